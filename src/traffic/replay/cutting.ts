/** Cuts a piece out of text that comes in chunks; parts of it may be left out. */
export interface Cutting {
  /** The piece begins at this byte of the current chunk, or goes on after a part that is left out. */
  begin(at: number): void;
  /** From this byte on a part is left out; `instead` stands in its place. */
  leaveOut(chunk: Buffer, at: number, instead: string): void;
  /** The chunk ends: what belongs to the piece is kept. */
  keep(chunk: Buffer): void;
  /** The piece, which ends before this byte. */
  end(chunk: Buffer, at: number): Buffer;
}

/** @param tooLong the error for a piece of more than `longestBytes`. */
export function createCutting(longestBytes: number, tooLong: () => Error): Cutting {
  let parts: Buffer[] = [];
  let length = 0;
  /** Where in the chunk the part begins that belongs to the piece; undefined: none does. */
  let from: number | undefined;
  const add = (part: Buffer): void => {
    length += part.length;
    if (length > longestBytes) throw tooLong();
    parts.push(part);
  };
  const addUpTo = (chunk: Buffer, at: number): void => {
    if (from !== undefined && at > from) add(chunk.subarray(from, at));
  };
  return {
    begin: (at) => {
      from = at;
    },
    leaveOut: (chunk, at, instead) => {
      addUpTo(chunk, at);
      add(Buffer.from(instead));
      from = undefined;
    },
    keep: (chunk) => {
      addUpTo(chunk, chunk.length);
      if (from !== undefined) from = 0;
    },
    end: (chunk, at) => {
      addUpTo(chunk, at);
      const piece = Buffer.concat(parts, length);
      parts = [];
      length = 0;
      from = undefined;
      return piece;
    },
  };
}
