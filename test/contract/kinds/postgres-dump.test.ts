import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test as it } from 'vitest';
import { type PostgresTarget, withPostgres } from '../../../src/clients/postgres/connect.ts';
import { connectMigrator } from '../../../src/kinds/_shared/postgres/migrator/migrator.ts';
import { targetOf } from '../../../src/kinds/_shared/postgres/options.ts';
import { POSTGRES_SQL } from '../../../src/kinds/_shared/postgres/sql/dialect.ts';
import { kind } from '../../../src/kinds/postgres/index.ts';
import type { PostgresOptions } from '../../../src/kinds/postgres/options.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { readMigration } from '../../../src/migrate/file.ts';
import { contentOf } from '../../../src/migrate/folder.ts';
import { HARD_TO_DUMP } from '../../support/hard-to-dump.ts';
import { dumpBy } from '../../support/postgres-databases.ts';
import { installation, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';
import { errorOf } from '../../support/stack-fixtures.ts';
import { patience } from '../../support/wait-for.ts';

const FOUND = installation(false);
const test = it.skipIf(FOUND === undefined);
const OPTIONS = { database: 'shop', user: 'shop_user', password: new Secret('secret') };

let server: PostgresServer<PostgresOptions>;
let shop: PostgresTarget;

beforeAll(async () => {
  if (FOUND === undefined) return;
  server = await postgresServer({ kind, options: OPTIONS, installation: FOUND });
  await server.start();
  await server.ready();
  shop = targetOf(server.input.instance.client, OPTIONS, 'ledger');
  await sql(shop, HARD_TO_DUMP);
});

afterAll(() => server?.[Symbol.asyncDispose]());

const soon = patience;

function sql(target: PostgresTarget, text: string): Promise<readonly Record<string, unknown>[]> {
  const plain = { ...target, settings: { ...target.settings, search_path: 'public' } };
  return withPostgres(plain, async (client) => (await client.query(text)).rows);
}

const dump = (target: PostgresTarget, ...options: string[]): Promise<string> =>
  dumpBy(join(dirname(FOUND?.postgres ?? ''), 'pg_dump'), target, ...options);

/** The key is new in each dump. */
const withoutKey = (text: string) => text.replace(/^\\(un)?restrict .*$/gm, '');

async function databaseOf(name: string): Promise<PostgresTarget> {
  await sql(shop, `create database ${name}`);
  return { ...shop, database: name };
}

/** As `migrate up` does, with one file. */
async function apply(target: PostgresTarget, text: string): Promise<void> {
  const read = readMigration(
    { name: '0001_baseline.sql', path: 'm/0001_baseline.sql', text, mistake: undefined },
    { sql: POSTGRES_SQL, withoutTransactions: false },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { name, path, checksum } = read.file;
  const { up } = contentOf(read.file);
  const session = await connectMigrator(target, { features: {} }, soon());
  try {
    await session.lock(soon(), () => undefined);
    await session.apply({ name, path, checksum, ...up, unavailable: undefined }, soon());
    expect(await session.applied()).toMatchObject([{ name: '0001_baseline', state: 'applied' }]);
  } finally {
    await session.close();
  }
}

test.each([
  ['with the data as COPY writes it', []],
  ['with INSERTs', ['--inserts']],
  ['of the schema alone', ['--schema-only']],
])('a dump %s makes the same database again', async (_what, options) => {
  const text = await dump(shop, ...options);
  const copy = await databaseOf(`copy_${options.join('').replace(/-/g, '')}`);
  await apply(copy, text);
  expect(withoutKey(await dump(copy, ...options))).toBe(withoutKey(text));
});

test('data that the server refuses is named by its line in the file, and nothing of the file stays', async () => {
  const text = (await dump(shop)).replace(/^(3\tCafe \$\$.*)$/m, '$1\ttoo much');
  const line = text.split('\n').findIndex((each) => each.includes('too much')) + 1;
  const broken = await databaseOf('broken');
  const error = await errorOf(apply(broken, text));
  expect(error).toMatchObject({
    code: 'E_MIGRATION_FAILED',
    message: expect.stringContaining(`m/0001_baseline.sql:${line}:1: extra data after last expected column`),
  });
  expect(await sql(broken, "select to_regclass('public.shops') as found")).toEqual([{ found: null }]);
});

test('rows that arrive are checked as others are: a duplicate is named by its line', async () => {
  const text = `create table t (id int primary key);
copy t from stdin with (format csv, header);
id
1
2
1
\\.
create table later (a int);`;
  expect((await errorOf(apply(await databaseOf('twice'), text))).message).toContain(
    'm/0001_baseline.sql:6:1: duplicate',
  );
  const own = text.replace('\n1\n\\.', '\n3\n\\.');
  const fine = await databaseOf('fine');
  await apply(fine, `-- stackctl: transaction=false\n${own}`);
  expect(await sql(fine, 'select count(*)::int as n from t')).toEqual([{ n: 3 }]);
  expect(await sql(fine, 'select from later')).toEqual([]);
});

test('a text goes on behind a comment and a line end, as this server reads it', async () => {
  const text = "select E'a' -- ;\n -- it's;\n 'b\\';' as text";
  expect(POSTGRES_SQL.split(`${text};`).statements).toEqual([{ text, offset: 0 }]);
  expect(await sql(shop, text)).toEqual([{ text: "ab';" }]);
});
