import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import type { Application } from './apply-migration.ts';
import { isPlain } from './plain-file.ts';
import { findUnsound } from './unsound.ts';
import { type Afterwards, leavesNothing } from './work-sessions.ts';

/** What is known before a file runs. */
export type BeforeFile = Pick<Application, 'isPlain' | 'unsound'>;

/** What is asked of the session that holds the lock, before each file. As long as it answers, the lock is held. */
export interface BetweenFiles {
  before(migration: PendingMigration, direction: 'up' | 'down'): Promise<BeforeFile>;
  /** What is to become of the session that has run a file. */
  after(migration: PendingMigration, before: BeforeFile): Afterwards;
}

const MOMENT_MS = 200;

export function betweenFiles(guard: Client): BetweenFiles {
  const unsoundNow = () => findUnsound(guard);
  let last: { readonly hasEventTriggers: boolean; readonly at: number } | undefined;
  const forget = (): void => {
    last = undefined;
  };
  guard.once('end', forget);
  /** Of plain files an answer of a moment ago counts: should the lock be lost since, the ledger refuses what another run has applied. */
  const answer = async (): Promise<boolean> => {
    if (last === undefined || performance.now() - last.at >= MOMENT_MS)
      last = { hasEventTriggers: await askEventTriggers(guard), at: performance.now() };
    return last.hasEventTriggers;
  };
  return {
    before: async (migration, direction) => {
      if (direction === 'up' && isPlain(migration)) return { isPlain: !(await answer()), unsound: unsoundNow };
      // It may make event triggers.
      forget();
      await askEventTriggers(guard);
      // What a transaction does, other sessions do not see until its end.
      if (migration.transactional) return { isPlain: false, unsound: unsoundNow };
      const found = await unsoundNow();
      return { isPlain: false, unsound: async () => found };
    },
    after: (migration, { isPlain }) => {
      if (isPlain) return 'kept';
      return leavesNothing(migration) ? 'reset' : 'ended';
    },
  };
}

/** Whether code of the database runs with each statement that changes the schema. */
async function askEventTriggers(guard: Client): Promise<boolean> {
  const { rows } = await ask<{ found: boolean }>(
    guard,
    'select exists (select from pg_catalog.pg_event_trigger) as found',
  );
  return rows[0]?.found !== false;
}
