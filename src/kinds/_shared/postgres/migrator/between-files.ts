import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';

/** Questions to the session that holds the lock, before each file. As long as it answers, the lock is held. */
export interface BetweenFiles {
  /**
   * Whether code of the database runs with each statement that changes the schema. An answer of a moment ago counts: should the
   * lock be lost since, the ledger refuses a transaction that another run has been faster with.
   */
  hasEventTriggers(): Promise<boolean>;
  /** A file may have made event triggers. */
  forget(): void;
}

const MOMENT_MS = 200;

export function betweenFiles(guard: Client): BetweenFiles {
  let last: { readonly found: boolean; readonly at: number } | undefined;
  const forget = (): void => {
    last = undefined;
  };
  guard.once('end', forget);
  return {
    hasEventTriggers: async () => {
      if (last !== undefined && performance.now() - last.at < MOMENT_MS) return last.found;
      const { rows } = await ask<{ found: boolean }>(guard, QUESTION);
      last = { found: rows[0]?.found !== false, at: performance.now() };
      return last.found;
    },
    forget,
  };
}

const QUESTION = 'select exists (select from pg_catalog.pg_event_trigger) as found';
