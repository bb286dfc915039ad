/** Rows as lines in one piece of memory, each with the message that it came from. Pure. */
import { type Fetched, type FetchedBlock, messageAt } from 'stackctl/service-kit/kafka';

export interface Rows {
  readonly count: number;
  /** The lines of the rows from one to before another. */
  lines(from: number, to: number): Buffer;
  /** The message of a row, which becomes a dead letter if the server refuses the row. */
  source(row: number): Fetched;
}

export interface RowsInWriting {
  /** Gives memory for a line, and where in it the line begins. */
  roomFor(bytes: number): Room;
  /** The line that was written into that memory ends here; `index` is of its message in the block. */
  add(end: number, block: FetchedBlock, index: number): void;
  finish(): Rows;
}

export interface Room {
  readonly out: Buffer;
  readonly from: number;
}

/** @param messages at most so many rows. @param bytes how many the lines are likely to have together. */
export function openRows(messages: number, bytes: number): RowsInWriting {
  let out = Buffer.allocUnsafeSlow(bytes);
  let used = 0;
  let count = 0;
  const ends = new Int32Array(messages);
  const indexes = new Int32Array(messages);
  /** Each with its first row. */
  const blocks: { readonly block: FetchedBlock; readonly row: number }[] = [];
  return {
    roomFor: (needed) => {
      if (used + needed > out.length) {
        const more = Buffer.allocUnsafeSlow(Math.max(used + needed, out.length * 2));
        out.copy(more, 0, 0, used);
        out = more;
      }
      return { out, from: used };
    },
    add: (end, block, index) => {
      if (blocks.at(-1)?.block !== block) blocks.push({ block, row: count });
      ends[count] = end;
      indexes[count] = index;
      used = end;
      count += 1;
    },
    finish: () => ({
      count,
      lines: (from, to) => out.subarray(from === 0 ? 0 : ends[from - 1], to === 0 ? 0 : ends[to - 1]),
      source: (row) => {
        const found = blocks.findLast((one) => one.row <= row);
        if (found === undefined) throw new RangeError(`there is no row ${row}`);
        return messageAt(found.block, indexes[row] ?? 0);
      },
    }),
  };
}
