import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import { CLICKHOUSE_SQL } from '../../src/kinds/clickhouse/sql/dialect.ts';
import { readContent } from '../../src/migrate/content.ts';
import { type MigratedService, readMigrations, requireValid } from '../../src/migrate/folder.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import { builtInStack } from '../support/built-in-stack.ts';
import { errorOf } from '../support/stack-fixtures.ts';

const problems = (text: string, { sql = POSTGRES_SQL, path = 'm/0001_a.sql' } = {}) => {
  const result = readContent(path, text, { sql, withoutTransactions: false });
  return result.ok ? [] : result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

const DROP = 'CREATE TABLE a (b int);\n\nDROP TABLE a;\n';

describe('the mark of another tool is refused where it stands, and nothing else of the file is said', () => {
  test.each([
    ['dbmate', '1:1', '-- migrate:up\nCREATE TABLE a (b int);\n\n-- migrate:down\nDROP TABLE a;'],
    ['dbmate', '3:1', '-- a title\n\n--migrate:up transaction:false\nVACUUM;'],
    [
      'goose',
      '1:1',
      '-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE a (b int);\n-- +goose StatementEnd\n-- +goose Down',
    ],
    ['goose', '2:3', 'CREATE TABLE a (b int);\n  -- +goose down  \nDROP TABLE a'],
    ['goose', '1:1', '-- +goose NO TRANSACTION\n-- stackctl: x=1\nVACUUM'],
    ['sql-migrate', '1:1', `-- +migrate Up notransaction\n${DROP}-- +migrate Down`],
    ['MyBatis Migrations', '4:1', '-- // First.\nCREATE TABLE a (b int);\n\n-- //@UNDO\nDROP TABLE a;'],
    ['MyBatis Migrations', '2:1', 'CREATE TABLE a (b int);\n--//@undo\nDROP TABLE a;'],
    ['MyBatis Migrations', '2:1', 'CREATE TABLE a (b int);\n-- @UNDO\nDROP TABLE a;'],
    ['tern', '2:1', 'CREATE TABLE a (b int);\n---- create above / drop below ----\nDROP TABLE a;'],
    ['shmig', '3:1', '-- ====  UP  ====\nCREATE TABLE a (b int);\n-- ==== DOWN ====\nDROP TABLE a;'],
    ['rambler', '1:1', '-- rambler up\nCREATE TABLE a (b int);\n-- rambler down\nDROP TABLE a;'],
    ['rambler', '1:25', 'CREATE TABLE a (b int); -- rambler down\nDROP TABLE a;'],
    ['micrate', '1:1', '-- +micrate Up\nCREATE TABLE a (b int);\n-- +micrate Down\nDROP TABLE a;'],
    ['Play', '2:1', 'CREATE TABLE a (b int);\n-- !Downs\nDROP TABLE a;'],
    ['node-pg-migrate', '3:1', '-- Up Migration\nCREATE TABLE a (b int);\n-- Down Migration\nDROP TABLE a;'],
    [
      'Liquibase',
      '1:1',
      '--liquibase formatted sql\n--changeset ann:1\nCREATE TABLE a (b int);\n--rollback DROP TABLE a;',
    ],
  ])('%s at %s', (tool, place, text) => {
    for (const sql of [POSTGRES_SQL, CLICKHOUSE_SQL]) {
      const found = problems(text, { sql });
      expect(found).toEqual([expect.stringMatching(`^${place} ".*" is a mark of ${tool}, `)]);
      expect(found[0]).not.toMatch(/higher|number/);
    }
    expect(problems(text.replaceAll('\n', '\r\n'))).toEqual([expect.stringContaining(tool)]);
  });
});

test.each([
  '-- we came from dbmate: see migrate:up there\nSELECT 1',
  '-- Up Migration\nSELECT 1',
  '-- the down migration is in the wiki\n-- Down Migration (not possible)\nSELECT 1',
  '-- goose Up and +goose Down were its marks\n-- +goose is a tool\nSELECT 1',
  "SELECT '\n-- migrate:up\n', $$\n-- +goose Up\n$$",
  '/*\n-- migrate:down\n--liquibase formatted sql\n*/ SELECT 1',
  '-- // a comment\n-- @UNDO this with care\nSELECT 1',
  '-- ==== UP ====\nSELECT 1;\n-- ==== DOWN ====\n-- DROP TABLE a;\n',
  '-- create above or drop below\n-- rambler down the road\n-- down ====\nSELECT 1',
  '-- migrates: up\n-- migrate: up\nSELECT 1',
  `COMMENT ON TABLE a IS '$\{app}: -- //@UNDO'`,
  'COPY a FROM stdin;\n-- migrate:down\n-- +goose Down\n\\.\n',
])('a text that only speaks of such marks is fine: %j', (text) => {
  expect(problems(text)).toEqual([]);
});

test('placeholders of Flyway are named where they stand outside of quotes', () => {
  const text = `CREATE TABLE IF NOT EXISTS $\{schema}.a (b text DEFAULT '$\{kept}');`;
  for (const sql of [POSTGRES_SQL, CLICKHOUSE_SQL])
    expect(problems(text, { sql })).toEqual([expect.stringMatching(/^1:28 \$\{schema\} is for a tool .* Flyway/)]);
});

describe('a folder', () => {
  const read = async (files: Readonly<Record<string, string>>, others: readonly string[] = []) => {
    const stack = await builtInStack('analytics', { runtime: 'process' });
    const listed = Object.entries(files).map(([name, text]) => {
      return { name, path: `m/${name}`, read: () => ({ text, mistake: undefined }) };
    });
    const folder = { service: 'timescaledb', folder: 'm', files: listed, others };
    return check({ ...stack, migrations: [folder] });
  };
  const check = (stack: Stack): readonly MigratedService[] => {
    const migrated = readMigrations(stack);
    requireValid(migrated.flatMap(({ files }) => files));
    return migrated;
  };

  test('with pairs: no hint leads to a number for what takes a file back', async () => {
    const error = await errorOf(
      read({ '000001_carts.down.sql': 'DROP TABLE carts', '000001_carts.up.sql': 'CREATE TABLE carts ()' }),
    );
    expect(error).toMatchObject({ code: 'E_MIGRATION_INVALID' });
    expect(error.message).toMatch(/m\/000001_carts\.down\.sql:1:1 .*golang-migrate.*stackctl migrate import/);
    expect(error.message).not.toContain('higher number');
  });

  const IMPORTED = /golang-migrate, .*stackctl migrate import/;
  const MADE = /make one file 0001_carts\.sql of the two, .*"-- stackctl: down"/;
  test.each([
    [['0001_carts.up.sql', '0001_carts.DOWN.sql'], [0, 1], IMPORTED],
    [['0001_carts.UP.sql', '0001_carts.down.sql'], [0, 1], IMPORTED],
    [['0001_carts.up.sql', '0002_carts.down.sql'], [0, 1], IMPORTED],
    [['0001_carts.up.sql', '0007_other.Down.sql'], [0, 1], IMPORTED],
    [['0001_carts.down.sql'], [0], IMPORTED],
    [['0001_carts_up.sql', '0001_carts_down.sql'], [0, 1], MADE],
    [['0001_carts-up.sql', '0001_carts-DOWN.sql'], [0, 1], MADE],
    [['0001_carts.sql', '0001_carts_down.sql'], [1], MADE],
    [['0001_carts.sql', '0001_carts.rollback.sql'], [1], /yoyo, what takes 0001_carts\.sql back.* make one file/],
    [['0001_carts.sql', '0001_carts_rollback.sql'], [1], MADE],
    [['0001_carts.sql', '0001_carts.undo.sql'], [1], /Postgrator, what takes 0001_carts\.sql back/],
    [['0001_carts.do.sql', '0001_carts.undo.sql'], [0, 1], /Postgrator, .*0001_carts\.(?:un)?do\.sql/],
    [['0001_carts.undo.sql'], [0], /Postgrator, what takes another file back, /],
    [['0001_a.do.sql', '0002_b.undo.sql'], [0, 1], /Postgrator, half of a pair, and does not run as it is/],
    [['V1__x.sql', 'U1__x.sql'], [0, 1], /file of Flyway.*stackctl migrate import/],
  ] as const)('with the pair %j', async (names, refused, message) => {
    const error = await errorOf(read(Object.fromEntries(names.map((name) => [name, 'SELECT 1']))));
    expect(error).toMatchObject({ code: 'E_MIGRATION_INVALID' });
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/higher|number/);
    // Where two have one number, that is said first, of one of them.
    const some = refused.filter((index) => error.message.includes(`m/${names[index]}:1:1 `));
    expect(some.length).toBeGreaterThan(0);
    for (const [index, name] of names.entries())
      if (!(refused as readonly number[]).includes(index)) expect(error.message).not.toContain(`m/${name}`);
  });

  test('with an ending in capitals, which is not read', async () => {
    const error = await errorOf(
      read({ '0001_a.sql': 'SELECT 1' }, ['0002_b.SQL', 'notes.md', '0003_c.sql.orig', 'old.sql/']),
    );
    expect(error).toMatchObject({ code: 'E_MIGRATION_INVALID' });
    expect(error.message).toContain(
      'has 1 problem:\n  m/0002_b.SQL is not read, because its name does not end with .sql in lower case: rename it to 0002_b.sql',
    );
  });

  test('with words of a pair in titles', async () => {
    const names = ['0001_scale_up.sql', '0002_scale_down.sql', '0003_undo.sql', '0004_a.up.sql', '0005_what-to-do.sql'];
    const [migrated] = await read(Object.fromEntries(names.map((name) => [name, 'SELECT 1'])));
    expect(migrated?.files).toHaveLength(names.length);
  });

  test('with files of Flyway', async () => {
    const names = ['V1__a.sql', 'V2.1__b.sql', 'U2.1__b.sql', 'R__views.sql', 'B3_1__base.sql'];
    const error = await errorOf(read(Object.fromEntries(names.map((name) => [name, 'SELECT 1']))));
    for (const name of names) expect(error.message).toContain(`m/${name}:1:1 this is a file of Flyway`);
  });

  test('with folders of Prisma or Diesel, alone or beside files', async () => {
    const prisma = ['20260102150405_init/', '20260103150405_more/', 'migration_lock.toml'];
    expect((await errorOf(read({}, prisma))).message).toContain(
      'm/20260102150405_init/:1:1 this is a folder of Prisma',
    );
    const diesel = ['2026-01-02-150405_init/', '.gitkeep'];
    expect((await errorOf(read({}, diesel))).message).toContain('this is a folder of Diesel');
    const beside = await errorOf(read({ '0001_a.sql': 'SELECT 1' }, prisma));
    expect(beside).toMatchObject({ code: 'E_MIGRATION_INVALID' });
    expect(beside.message).toContain('m/20260102150405_init/:1:1 this is a folder of Prisma');
    expect(await read({ '0001_a.sql': 'SELECT 1' }, ['old/', 'README.md'])).toHaveLength(1);
    expect(await read({}, ['notes/', 'README.md'])).toHaveLength(1);
  });
});
