import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askClickhouse, type ClickhouseTarget, runOnClickhouse } from '../../../src/clients/clickhouse/ask.ts';
import { kind } from '../../../src/kinds/clickhouse/index.ts';
import { type ClickhouseOptions, clickhouseOptions } from '../../../src/kinds/clickhouse/options.ts';
import { dumpSchema } from '../../../src/kinds/clickhouse/schema/dump.ts';
import { CLICKHOUSE_SQL } from '../../../src/kinds/clickhouse/sql/dialect.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { shadowComment, shadowName } from '../../../src/lib/shadow-name.ts';
import type { PendingMigration } from '../../../src/stack/contract/migrate.ts';
import type { Service, ServiceInput, Stack } from '../../../src/stack/contract/model.ts';
import { type ClickhouseFront, findChdb, openFront } from '../../support/clickhouse-front.ts';
import { errorOf } from '../../support/stack-fixtures.ts';

const chdb = findChdb();
const SQL = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const soon = () => AbortSignal.timeout(60_000);

describe.skipIf(chdb === undefined)('the schema of a ClickHouse server', () => {
  let front: ClickhouseFront;
  let target: ClickhouseTarget & { readonly database: string };
  beforeAll(async () => {
    front = await openFront(chdb ?? '');
    const address = { host: '127.0.0.1', port: front.port };
    target = { address, user: 'tester', password: new Secret(front.password), database: 'events', timeoutMs: 30_000 };
    await runAll(target, SQL('schema/clickhouse.sql'));
  });
  afterAll(() => front?.[Symbol.asyncDispose]());

  test('what was dumped makes the same schema in a database of another name, without a password', async () => {
    const objects = await dumpSchema(target, [], soon());
    const text = objects.map(({ sql }) => sql).join('\n');
    expect(objects.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'database audit',
      'function linear',
      'table alias_',
      'table events',
      'table far',
      'table my',
      'table target',
      'table visits',
      'table audit.log',
      'dictionary dict',
      'view b_first',
      'view a_second',
      'view shadowing',
      'materialized view own',
      'materialized view to_target',
    ]);
    expect(text).not.toMatch(/topsecret|stackctl_/);
    expect(text).toContain("PASSWORD '[HIDDEN]' DB 'events'");
    expect(text).toContain('CREATE MATERIALIZED VIEW to_target TO target\n');
    expect(text).toMatch(/AS SELECT\n +visits\.id,\n/);
    await runOnClickhouse(target, 'CREATE DATABASE copy');
    const copy = { ...target, database: 'copy' };
    // What the server has is made once: a dump is for an empty one.
    await runOnClickhouse(target, 'DROP FUNCTION linear');
    await runOnClickhouse(target, 'DROP TABLE audit.log SYNC');
    await runAll(copy, text);
    expect(await dumpSchema(copy, ['events'], soon())).toEqual(objects);
    await runOnClickhouse(target, 'DROP DATABASE copy SYNC');
  });

  test('the migrations of the built-in stack', async () => {
    await runAll(target, SQL('../../../templates/email-timing/migrations/clickhouse/0001_email_events.sql'));
    const leftOut = ['events', 'audit', 'sendflowr', 'copy'];
    const objects = await dumpSchema({ ...target, database: 'sendflowr' }, leftOut, soon());
    expect(objects.map(({ name }) => name)).toEqual(['linear', 'email_events', 'email_events_dead_letters']);
    await runOnClickhouse(target, 'CREATE DATABASE copy');
    for (const { type, sql } of objects) if (type !== 'function') await runAll({ ...target, database: 'copy' }, sql);
    expect(await dumpSchema({ ...target, database: 'copy' }, leftOut, soon())).toEqual(objects);
    for (const name of ['copy', 'sendflowr']) await runOnClickhouse(target, `DROP DATABASE ${name} SYNC`);
  });

  test('a shadow database takes files that name the live one, and nothing live is touched', async () => {
    const input = inputOf(front, 'events');
    const live = await dumpSchema(target, [], soon());
    const mark = shadowComment(new Date()).replace(/"started":"[^"]*"/, '"started":"0@before"');
    const killed = shadowName(new Date());
    await runOnClickhouse(target, `CREATE DATABASE ${killed} COMMENT '${mark}'`);
    const shadow = await kind.migrator?.shadow?.(input, soon());
    if (shadow === undefined) throw new Error('no shadow');
    const { session } = shadow;
    expect(await databases()).toEqual([shadow.database]);
    await session.lock(soon(), () => undefined);
    const notices: string[] = [];
    const apply = (name: string, text: string) =>
      session.apply(migration(name, text), soon(), { onNotice: (notice) => notices.push(notice) });
    await apply(
      '0001_email',
      `CREATE DATABASE IF NOT EXISTS events; CREATE TABLE events.mails (id UInt8, at DateTime) ENGINE = MergeTree ORDER BY id;
       INSERT INTO events.mails VALUES (1, now()); ALTER TABLE events.mails ADD COLUMN n Int8;
       CREATE FUNCTION linear AS (x) -> x; CREATE VIEW last AS SELECT events.mails.id FROM events.mails WHERE id IN (SELECT id FROM events.mails);
       TRUNCATE TABLE events.mails; DROP TABLE IF EXISTS events.visits`,
    );
    expect(notices).toEqual([
      'migrations/0001_email.sql:3: left out of the shadow database: CREATE FUNCTION concerns the whole server',
    ]);
    const dumped = await session.dump?.(soon());
    expect(
      dumped?.filter(({ name }) => !/^(audit|linear)/.test(name)).map(({ type, name }) => `${type} ${name}`),
    ).toEqual(['table mails', 'view last']);
    expect(dumped?.find(({ name }) => name === 'last')?.sql).toMatch(
      /^CREATE VIEW last\n\(\n {4}`id` UInt8\n\)\nAS SELECT mails\.id\nFROM mails/,
    );
    const refused = await errorOf(
      apply('0002_more', 'SELECT 1;\nINSERT INTO audit.log VALUES (1); CREATE TABLE k (a Int8) ENGINE = Kafka'),
    );
    expect(refused).toMatchObject({
      code: 'E_MIGRATION_UNAVAILABLE',
      message: 'migrations/0002_more.sql:2:1: it names the database audit: it cannot run in a shadow database',
    });
    expect(refused.details?.reasons).toHaveLength(2);
    // Nothing of a file runs that could write to the live table.
    const buffer = "ENGINE = Buffer('events', 'visits', 1, 0, 0, 0, 0, 0, 0)";
    const rows = 'SELECT count() AS n FROM visits';
    const { rows: before } = await askClickhouse<{ n: number }>(target, rows);
    const written = `CREATE TABLE b AS events.visits ${buffer};\nINSERT INTO b SELECT * FROM generateRandom() LIMIT 1`;
    expect(await errorOf(apply('0003_buffer', written))).toMatchObject({
      code: 'E_MIGRATION_UNAVAILABLE',
      message: expect.stringMatching(/^migrations\/0003_buffer\.sql:1:1: ENGINE = Buffer may .* in a shadow database$/),
    });
    for (const text of ['TRUNCATE ALL TABLES FROM events', 'RENAME events.visits TO events.gone'])
      expect(await errorOf(apply('0004_live', text))).toMatchObject({ code: 'E_MIGRATION_UNAVAILABLE' });
    expect((await askClickhouse<{ n: number }>(target, rows)).rows).toEqual(before);
    await shadow.drop();
    expect(await databases()).toEqual([]);
    expect(await dumpSchema(target, [], soon())).toEqual(live);
  });

  test('checks hold when no row begins with 0, false or null, and can change nothing', async () => {
    const session = await kind.migrator?.connect(inputOf(front, 'events'), soon());
    const reasons = await session?.check?.(
      [
        'SELECT count() = 0 FROM visits',
        'SELECT 1 AS x WHERE 0',
        'SELECT number FROM numbers(3) ORDER BY number DESC',
        'DROP TABLE visits',
        'SELECT nothing',
      ].map((text) => ({ text, line: 1, column: 1 })),
      soon(),
    );
    await session?.close();
    expect(reasons).toEqual([
      undefined,
      'gives no row',
      'gives 0 in its first column, row 3 of 3',
      expect.stringMatching(/READONLY/),
      expect.stringMatching(/UNKNOWN_IDENTIFIER/),
    ]);
  });

  async function databases(): Promise<readonly string[]> {
    const sql = "SELECT name FROM system.databases WHERE startsWith(name, 'stackctl_shadow_')";
    return (await askClickhouse<{ name: string }>(target, sql)).rows.map(({ name }) => name);
  }
});

async function runAll(target: ClickhouseTarget, text: string): Promise<void> {
  for (const statement of CLICKHOUSE_SQL.split(text).statements) await runOnClickhouse(target, statement.text);
}

function migration(name: string, text: string): PendingMigration {
  const path = `migrations/${name}.sql`;
  const statements = CLICKHOUSE_SQL.split(text).statements.map((piece) => {
    const before = text.slice(0, piece.offset).split('\n');
    return { text: piece.text, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  });
  return {
    name,
    path,
    checksum: 'c'.repeat(64),
    statements,
    transactional: false,
    lockTimeoutMs: 0,
    unavailable: undefined,
  };
}

function inputOf({ port, password }: ClickhouseFront, database: string): ServiceInput<ClickhouseOptions> {
  const address = { host: '127.0.0.1', port };
  const options = clickhouseOptions.parse({ database, user: 'tester', password: new Secret(password) });
  const service = { name: 'clickhouse', kind, options, instances: [{ name: 'clickhouse-1', client: address }] };
  return { stack: {} as Stack, service: service as unknown as Service<ClickhouseOptions> };
}
