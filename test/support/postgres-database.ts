/** One PostgreSQL server for the tests of a file, and the migrator on it. */
import { beforeEach } from 'vitest';
import { type PostgresTarget, withPostgres } from '../../src/clients/postgres/connect.ts';
import { connectMigrator } from '../../src/kinds/_shared/postgres/migrator/migrator.ts';
import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import { kind as postgres } from '../../src/kinds/postgres/index.ts';
import { features } from '../../src/kinds/timescaledb/features.ts';
import { hints } from '../../src/kinds/timescaledb/hints.ts';
import { kind as timescaledb } from '../../src/kinds/timescaledb/index.ts';
import { placeFinder } from '../../src/lib/text-place.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { MigrationSession, PendingMigration } from '../../src/stack/contract/migrate.ts';
import { postgresForTests } from './postgres-for-tests.ts';
import { installation } from './postgres-server.ts';
import { patience } from './wait-for.ts';

export type Session = MigrationSession & AsyncDisposable;

export const soon = patience;

interface DatabaseInput {
  readonly hasTimescale: boolean;
  /** What else the tests of the file need is here. */
  readonly isPossible?: boolean;
}

/** Starts a server for the tests of the file that calls this. Each test has an empty database. */
export function databaseForTests({ hasTimescale, isPossible = true }: DatabaseInput) {
  const found = isPossible ? installation(hasTimescale) : undefined;
  const kind = (hasTimescale ? timescaledb : postgres) as Kind<never>;
  const started = postgresForTests({ kind, found, settings: { wal_level: 'logical' } });
  let target: PostgresTarget;
  let databases = 0;
  beforeEach(async () => {
    if (found === undefined) return;
    const first = started.target('ledger');
    target = { ...first, database: `shop_${++databases}` };
    await run(first, `create database ${target.database}`);
    if (hasTimescale) await run(target, 'create extension timescaledb');
  });

  const session = async (to: PostgresTarget = target): Promise<Session> => {
    const opened = await connectMigrator(to, { features, hints }, soon());
    return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
  };
  return {
    test: started.test,
    target: () => target,
    session,
    /** One that has the lock. */
    locked: async (to?: PostgresTarget): Promise<Session> => {
      const opened = await session(to);
      await opened.lock(soon(), () => undefined);
      return opened;
    },
    query: <Row>(sql: string): Promise<readonly Row[]> => run(target, sql),
  };
}

/** What a person runs beside. */
function run<Row>(target: PostgresTarget, sql: string): Promise<readonly Row[]> {
  const settings = { ...target.settings, search_path: 'public' };
  const plain = { ...target, applicationName: 'test', settings };
  return withPostgres(plain, async (client) => (await client.query(sql)).rows);
}

export type Database = ReturnType<typeof databaseForTests>;

/** A file of this text, as the feature hands it to a kind. */
export function fileOf(name: string, text: string, rest: Partial<PendingMigration> = {}): PendingMigration {
  const placeOf = placeFinder(text);
  const statements = POSTGRES_SQL.split(text).statements.map((piece) => ({
    text: piece.text,
    ...placeOf(piece.offset),
  }));
  const transactional = !text.startsWith('-- stackctl: transaction=false');
  return {
    name,
    path: `m/${name}.sql`,
    checksum: name,
    statements,
    transactional,
    lockTimeoutMs: transactional ? 2000 : 0,
    unavailable: undefined,
    ...rest,
  };
}

/** A file without a transaction. */
export const bare = (name: string, text: string, rest?: Partial<PendingMigration>): PendingMigration =>
  fileOf(name, `-- stackctl: transaction=false\n${text}`, rest);
