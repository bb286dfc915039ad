import type { Client } from 'pg';
import { errorText } from '../../errors.ts';
import { connectionFailure } from '../../lib/connection-failure.ts';
import { isTrouble, type SendOutcome, type TrafficSink } from '../../stack/contract/traffic.ts';
import type { TrafficEvent } from '../../stack/contract/traffic-event.ts';
import { close, cut } from './connect.ts';

/** A server that shuts down, or has no room now (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const NOT_NOW = /^(53|57P0|55P03|40)/;
/** No class of errors begins with E, and names of the system's errors do. */
const SQLSTATE = /^(?!E)[0-9A-Z]{5}$/;

export interface BatchWriterInput<Rows> {
  readonly connect: () => Promise<Client>;
  /** Writes a batch down while the one before it is stored. */
  readonly prepare: (events: readonly TrafficEvent[]) => Rows;
  /** In one statement: all of them are stored, or none. Rejects with what the server or the connection says. */
  readonly store: (client: Client, rows: Rows) => Promise<unknown>;
  /** Deadline of a connection and of a statement, for messages. */
  readonly timeoutMs: number;
}

/** One connection, which takes one batch after the other, and a new one after any doubt. */
export function createBatchWriter<Rows>({
  connect,
  prepare,
  store: storeOn,
  timeoutMs,
}: BatchWriterInput<Rows>): TrafficSink {
  let current: Promise<Client> | undefined;

  const store = async (events: readonly TrafficEvent[], rows: Rows): Promise<readonly SendOutcome[]> => {
    current ??= connect();
    const used = current;
    let client: Client;
    try {
      client = await used;
    } catch (error) {
      if (current === used) current = undefined;
      return events.map(() => ({ type: 'rejected', reason: reasonOf(error, timeoutMs), unreachable: true }));
    }
    try {
      await storeOn(client, rows);
      return events.map(() => ACKED);
    } catch (error) {
      const outcome = outcomeOf(error, timeoutMs);
      // After a plain refusal the next batch, which waits behind it, is taken.
      if (isTrouble(outcome)) {
        if (current === used) current = undefined;
        cut(client);
      }
      return events.map(() => outcome);
    }
  };

  // A connection does one thing after the other; the next rows are written down meanwhile.
  let before: Promise<unknown> = Promise.resolve();
  return {
    send: (events) => {
      const rows = prepare(events);
      const stored = before.then(() => store(events, rows));
      before = stored;
      return stored;
    },
    close: async () => {
      const client = await current?.catch(() => undefined);
      if (client !== undefined) await close(client);
    },
  };
}

export const ACKED: SendOutcome = { type: 'acked' };

/** What the server answers instead of a statement that is done, it answers of one whose rows are not there. */
export function outcomeOf(error: unknown, timeoutMs: number): SendOutcome {
  const { code } = error as { readonly code?: unknown };
  const reason = reasonOf(error, timeoutMs);
  if (typeof code !== 'string' || !SQLSTATE.test(code)) return { type: 'unknown', reason };
  return NOT_NOW.test(code) ? { type: 'rejected', reason, unreachable: true } : { type: 'rejected', reason };
}

export function reasonOf(error: unknown, timeoutMs: number): string {
  return connectionFailure(error, timeoutMs) ?? errorText(error);
}
