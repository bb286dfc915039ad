import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import { CLICKHOUSE_SQL } from '../../src/kinds/clickhouse/sql/dialect.ts';
import { readContent } from '../../src/migrate/content.ts';
import { type MigratedService, readMigrations, requireValid } from '../../src/migrate/folder.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import { builtInStack } from '../support/built-in-stack.ts';
import { errorOf } from '../support/stack-fixtures.ts';

const problems = (text: string, { sql = POSTGRES_SQL, path = 'm/0001_a.sql', hasDownFiles = false } = {}) => {
  const result = readContent(path, text, { sql, withoutTransactions: false, hasDownFiles });
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

test('halves of a pair are refused where the folder has down files, and fine where it has none', () => {
  expect(problems('SELECT 1', { path: 'm/0003_a.up.sql' })).toEqual([]);
  const half = (part: string) => problems('SELECT 1', { path: `m/0003_a.${part}.sql`, hasDownFiles: true });
  expect(half('up')).toEqual([expect.stringMatching(/^1:1 .* golang-migrate, half of a pair with 0003_a\.down\.sql/)]);
  expect(half('down')).toEqual([expect.stringMatching(/^1:1 .* golang-migrate, what takes 0003_a\.up\.sql back/)]);
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

  test('with files of Flyway', async () => {
    const names = ['V1__a.sql', 'V2.1__b.sql', 'U2.1__b.sql', 'R__views.sql', 'B3_1__base.sql'];
    const error = await errorOf(read(Object.fromEntries(names.map((name) => [name, 'SELECT 1']))));
    for (const name of names) expect(error.message).toContain(`m/${name}:1:1 this is a file of Flyway`);
  });

  test('with folders of Prisma or Diesel and nothing else', async () => {
    const prisma = ['20260102150405_init/', '20260103150405_more/', 'migration_lock.toml'];
    expect((await errorOf(read({}, prisma))).message).toContain('m/20260102150405_init/ this is a folder of Prisma');
    const diesel = ['2026-01-02-150405_init/', '.gitkeep'];
    expect((await errorOf(read({}, diesel))).message).toContain('this is a folder of Diesel');
    expect(await read({ '0001_a.sql': 'SELECT 1' }, ['20260102150405_old/', 'README.md'])).toHaveLength(1);
    expect(await read({}, ['notes/', 'README.md'])).toHaveLength(1);
  });
});
