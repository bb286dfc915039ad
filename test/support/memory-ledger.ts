import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import { type MigratedService, readMigrations } from '../../src/migrate/folder.ts';
import type { Amendment, LedgerEntry, LedgerState } from '../../src/stack/contract/ledger.ts';
import type { MigrationSession, PendingMigration, UnsoundObject } from '../../src/stack/contract/migrate.ts';
import type { Stack } from '../../src/stack/contract/model.ts';

interface Hooks {
  beforeLock: () => void;
  apply: (migration: PendingMigration) => void;
}

/** A ledger in memory: what the runs decide is what is tested with it; the servers are tested with real ones. */
export function ledgerOf(features: readonly string[] = []) {
  const entries = new Map<string, LedgerEntry>();
  const calls: string[] = [];
  const amendments: Amendment[] = [];
  const unsound: UnsoundObject[] = [];
  const hooks: Hooks = { beforeLock: () => undefined, apply: () => undefined };
  const enter = (name: string, checksum: string, state: LedgerState, rest: Partial<LedgerEntry> = {}) =>
    entries.set(name, { name, checksum, state, appliedAt: '2026-01-02T03:04:05Z', durationMs: 1, ...rest });
  const statements = (migration: PendingMigration) => migration.statements.map(({ text }) => text).join('; ');
  const session: Required<Pick<MigrationSession, 'revert' | 'amend' | 'unsound' | 'fix'>> & MigrationSession = {
    applied: async () => [...entries.values()],
    lock: async () => {
      calls.push('lock');
      hooks.beforeLock();
    },
    missing: async (name) => (features.includes(name) ? undefined : 'not here'),
    apply: async (migration) => {
      calls.push(migration.unavailable === undefined ? migration.name : `${migration.name} (left out)`);
      hooks.apply(migration);
      enter(migration.name, migration.checksum, migration.unavailable === undefined ? 'applied' : 'unavailable');
    },
    revert: async (migration) => {
      calls.push(`${migration.name}: ${statements(migration)}`);
      enter(migration.name, migration.checksum, 'reverted');
    },
    amend: async (amendment) => {
      amendments.push(amendment);
      const { name, checksum, state } = amendment;
      if (state === 'forgotten') entries.delete(name);
      else enter(name, checksum, state);
    },
    unsound: async () => [...unsound],
    fix: async (object) => {
      calls.push(object.fix ?? '');
      unsound.splice(unsound.indexOf(object), 1);
    },
    close: async () => void calls.push('close'),
  };
  return { entries, calls, hooks, session, enter, amendments, unsound };
}

/** A stack with one service `db` and these migration files. */
export function stackOf(files: Readonly<Record<string, string>>, session?: MigrationSession): Stack {
  const migrator =
    session === undefined
      ? undefined
      : { sql: POSTGRES_SQL, requirements: [{ name: 'anything', pattern: /./ }], connect: async () => session };
  const listed = Object.entries(files).map(([file, text]) => ({
    name: file,
    path: `migrations/${file}`,
    read: () => ({ text, mistake: undefined }),
  }));
  return {
    name: 'demo',
    folder: '/demo',
    services: [{ name: 'db', kind: { name: 'fake', migrator }, instances: [{ name: 'db-1' }] }],
    migrations: [{ service: 'db', folder: '/demo/migrations', files: listed, others: [] }],
  } as unknown as Stack;
}

export function onlyOne(stack: Stack): MigratedService {
  const [migrated] = readMigrations(stack);
  if (migrated === undefined) throw new Error('no migrations');
  return migrated;
}
