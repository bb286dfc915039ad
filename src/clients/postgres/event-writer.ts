import type { Client } from 'pg';
import type { SendOutcome, TrafficSink } from '../../stack/contract/traffic.ts';
import { ACKED, outcomeOf, reasonOf } from './batch-writer.ts';
import { close, cut } from './connect.ts';
import { type CopyRows, copyPipeline, endsConnection } from './copy-pipeline.ts';
import { copyRows } from './copy-text.ts';
import { quoteIdentifier, quoteQualified } from './identifier.ts';

export interface CopyWriterInput {
  readonly connect: () => Promise<Client>;
  /** Schema and name, or the name alone. */
  readonly table: readonly string[];
  /** Fields of the events, which are columns of the table. */
  readonly fields: readonly string[];
  /** Deadline of a connection and of a statement, for messages. */
  readonly timeoutMs: number;
  /** Longest wait for the answer to a batch, from when the one before it was answered; undefined: none. */
  readonly answerMs?: number | undefined;
}

/** One is stored, and the next one lies before the server when that is done: each that is more may be left open by a failure. */
const MOST_SENT = 2;

/** One that batches go over, until there is any doubt. */
interface Line {
  readonly client: Promise<Client>;
  readonly copy: Promise<CopyRows>;
  isGone: boolean;
  /** What the server ended it with. */
  end: SendOutcome | undefined;
}

/** Writes events with COPY, a batch in each: all of its rows are stored, or none. They are stored in the order in which they are given. */
export function createCopyWriter({ connect, table, fields, timeoutMs, answerMs }: CopyWriterInput): TrafficSink {
  const statement = `copy ${quoteQualified(table)} (${fields.map(quoteIdentifier).join(', ')}) from stdin`;
  let expected = 0;
  let current: Line | undefined;
  const open = (): Line => {
    const client = connect();
    return { client, copy: client.then((to) => copyPipeline(to, statement, answerMs)), isGone: false, end: undefined };
  };
  const leave = (line: Line): void => {
    line.isGone = true;
    if (current === line) current = undefined;
  };

  const store = async (rows: Buffer): Promise<SendOutcome> => {
    current ??= open();
    const line = current;
    let copy: CopyRows;
    try {
      copy = await line.copy;
    } catch (error) {
      leave(line);
      return { type: 'rejected', reason: reasonOf(error, timeoutMs), unreachable: true };
    }
    // The one before has failed meanwhile, and nothing of this one has left.
    if (line.isGone) return store(rows);
    try {
      await copy(rows);
      return ACKED;
    } catch (error) {
      const outcome = outcomeOf(error, timeoutMs);
      if (outcome.type === 'unknown') {
        leave(line);
        cut(await line.client);
        return line.end ?? outcome;
      }
      if (endsConnection(error)) {
        line.end = outcome;
        leave(line);
      }
      return outcome;
    }
  };

  const places = createPlaces(MOST_SENT);
  return {
    send: async (events) => {
      // Before there is a place: it is written down while those before it are stored.
      const rows = copyRows(events, fields, expected);
      expected = rows.length;
      const outcome = await places.within(() => store(rows));
      return events.map(() => outcome);
    },
    close: async () => {
      const client = await current?.client.catch(() => undefined);
      if (client !== undefined) await close(client);
    },
  };
}

/** So many at a time, in the order in which they come. */
function createPlaces(count: number) {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    within: async <T>(use: () => Promise<T>): Promise<T> => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await use();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
