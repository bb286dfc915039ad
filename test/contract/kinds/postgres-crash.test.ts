import { expect, test as it } from 'vitest';
import { type PostgresTarget, withPostgres } from '../../../src/clients/postgres/connect.ts';
import { connectMigrator } from '../../../src/kinds/_shared/postgres/migrator/migrator.ts';
import { targetOf } from '../../../src/kinds/_shared/postgres/options.ts';
import { kind } from '../../../src/kinds/postgres/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { MigrationSession } from '../../../src/stack/contract/migrate.ts';
import { fileOf, soon } from '../../support/postgres-database.ts';
import { installation, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';

const FOUND = installation(false) ?? installation(true);
const test = it.skipIf(FOUND === undefined);
const OPTIONS = { database: 'shop', user: 'shop_user', password: new Secret('secret') };
const FILES = 20;

test('a server that crashes has each file together with its entry, and all of them once that was waited for', async () => {
  if (FOUND === undefined) return;
  await using server = await postgresServer({ kind, options: OPTIONS, installation: FOUND });
  await server.start();
  await server.ready();
  const target = targetOf(server.input.instance.client, OPTIONS, 'ledger');
  // By itself the server writes its log to the disk so rarely that a crash comes before it.
  await withPostgres(target, (client) => client.query("alter system set wal_writer_delay = '10s'"));
  await crash(server);

  await applying(target, 'kept', (session) => session.settle?.());
  await crash(server);
  expect(await stateOf(target)).toEqual({ entries: FILES, tables: FILES });

  await applying(target, 'maybe', async () => undefined);
  await crash(server);
  const { entries, tables } = await stateOf(target);
  expect(tables).toBe(entries);
  expect(entries).toBeGreaterThanOrEqual(FILES);
});

async function applying(
  target: PostgresTarget,
  name: string,
  then: (session: MigrationSession) => Promise<void> | undefined,
): Promise<void> {
  const session = await connectMigrator(target, { features: {} }, soon());
  try {
    await session.lock(soon(), () => undefined);
    for (let index = 1; index <= FILES; index++)
      await session.apply(fileOf(`${index}_${name}`, `CREATE TABLE ${name}_${index} (n int)`), soon());
    await then(session);
  } finally {
    await session.close();
  }
}

async function crash(server: PostgresServer<never> | PostgresServer<typeof OPTIONS>): Promise<void> {
  process.kill(-(server.child().pid ?? 0), 'SIGKILL');
  await server.end('SIGKILL');
  await server.start();
  await server.ready();
}

async function stateOf(target: PostgresTarget): Promise<{ readonly entries: number; readonly tables: number }> {
  return withPostgres(target, async (client) => {
    const { rows } = await client.query(
      `select (select count(*) from stackctl.migrations where state = 'applied')::int as entries,
              (select count(*) from pg_tables where schemaname = 'public')::int as tables`,
    );
    return rows[0];
  });
}
