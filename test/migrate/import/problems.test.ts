import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../../src/kinds/_shared/postgres/sql/dialect.ts';
import { planImport } from '../../../src/migrate/import/plan.ts';
import { FOREIGN_TOOLS } from '../../../src/migrate/import/tools.ts';

const TARGET = { sql: POSTGRES_SQL, withoutTransactions: false, files: [] };

type Files = Readonly<Record<string, string>>;

function importOf(name: string, texts: Files) {
  const tool = FOREIGN_TOOLS.find((known) => known.name === name);
  if (tool === undefined) throw new Error(name);
  const files = Object.entries(texts).map(([file, text]) => ({ name: file, path: `db/${file}`, text }));
  return planImport(tool, files, TARGET);
}

const problemsOf = (tool: string, texts: Files): readonly string[] =>
  importOf(tool, texts).problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);

const notesOf = (tool: string, texts: Files): readonly string[] => {
  const { plan, problems } = importOf(tool, texts);
  expect(problems).toEqual([]);
  return [...plan.steps.flatMap(({ notes }) => notes), ...plan.notes];
};

/** A placeholder of Flyway. */
const filled = (name: string): string => `\${${name}}`;

const UP = '-- migrate:up\nCREATE TABLE a ();\n';

describe('what keeps files from being imported, each with its place', () => {
  test.each<[string, string, Files, readonly string[]]>([
    ['a file without marks', 'dbmate', { '1_a.sql': 'CREATE TABLE a ();' }, ['1:1 there is no "-- migrate:up" in it']],
    [
      'parts in the wrong order',
      'dbmate',
      { '1_a.sql': `-- migrate:down\nDROP TABLE a;\n${UP}` },
      ['1:1 the down part stands before "-- migrate:up"', '2:1 this stands above the first mark: move it below'],
    ],
    [
      'two up parts',
      'dbmate',
      { '1_a.sql': `${UP}-- migrate:down\nDROP TABLE a;\n${UP}` },
      ['5:1 a second up part: make a file of its own of it'],
    ],
    [
      'an option that dbmate does not know',
      'dbmate',
      { '1_a.sql': '-- migrate:up transactoin:false\nCREATE TABLE a ();' },
      ['1:1 dbmate has no option "transactoin:false"', '1:1 there is no "-- migrate:up" in it'],
    ],
    [
      'a text that is never closed',
      'goose',
      { '1_a.sql': "-- +goose Up\n-- +goose StatementBegin\nSELECT 'a;\n-- +goose StatementEnd" },
      ['3:8 this quoted text is never closed'],
    ],
    [
      'a block that is never ended',
      'goose',
      { '1_a.sql': '-- +goose Up\n-- +goose StatementBegin\nSELECT 1;' },
      ['2:1 this block is never ended'],
    ],
    [
      'environment variables',
      'goose',
      { '1_a.sql': '-- +goose Up\n-- +goose ENVSUB ON\nSELECT 1;' },
      ['2:1 goose fills in environment variables below this line'],
    ],
    [
      'a mark with a typo',
      'goose',
      { '1_a.sql': '-- +goose Upp\nSELECT 1;' },
      ['1:1 goose knows no mark "Upp"', '1:1 there is no'],
    ],
    [
      'a program',
      'goose',
      { '1_a.sql': '-- +goose Up\nSELECT 1;', '2_b.go': '' },
      ['db/2_b.go:1:1 a migration in Go: write what it does as SQL'],
    ],
    [
      'a down file without its up file',
      'golang-migrate',
      { '1_a.up.sql': 'SELECT 1', '2_b.down.sql': 'SELECT 2' },
      ['db/2_b.down.sql:1:1 there is no 2_b.up.sql that this takes back'],
    ],
    [
      'two files of one version',
      'golang-migrate',
      { '1_a.up.sql': 'SELECT 1', '001_b.up.sql': 'SELECT 2' },
      ['db/001_b.up.sql:1:1 another file has version 001 too'],
    ],
    [
      'transactions that do not hold the whole file',
      'golang-migrate',
      { '1_a.up.sql': 'BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;' },
      ['1:1 BEGIN: stackctl itself begins and commits', '3:1 COMMIT: stackctl itself begins and commits'],
    ],
    [
      'a placeholder',
      'flyway',
      { 'V1__a.sql': `-- ${filled('ok')}\nSELECT 1,\n  '${filled('schema')}';` },
      [`3:4 Flyway fills in ${filled('schema')} when it runs: write its value here`],
    ],
    [
      'a callback',
      'flyway',
      { 'V1__a.sql': 'SELECT 1', 'afterMigrate.sql': 'SELECT 2' },
      ['db/afterMigrate.sql:1:1 a callback'],
    ],
    [
      'an undo of nothing',
      'flyway',
      { 'V1__a.sql': 'SELECT 1', 'U2__b.sql': 'SELECT 2' },
      ['db/U2__b.sql:1:1 there is no V2'],
    ],
    [
      'two files of one version',
      'flyway',
      { 'V1__a.sql': 'SELECT 1', 'x/V1.0__b.sql': 'SELECT 2' },
      ['db/x/V1.0__b.sql:1:1 V1__a.sql has version 1 too'],
    ],
    [
      'a program',
      'flyway',
      { 'V1__a.sql': 'SELECT 1', 'x/V2__B.java': '' },
      ['db/x/V2__B.java:1:1 a migration that is a program'],
    ],
    [
      'settings that mean something else elsewhere',
      'flyway',
      { 'V1__a.sql': 'SELECT 1', 'V1__a.sql.conf': `shouldExecute=${filled('env')}==prod\nencoding=ISO-8859-1\nfoo=1` },
      [
        '1:1 whether this file runs depends on where',
        '2:1 the file is ISO-8859-1',
        '3:1 Flyway has no setting "foo" for one file',
      ],
    ],
    [
      'a down part of nothing',
      'sql-migrate',
      { '1_a.sql': '-- +migrate Up\n-- nothing\n-- +migrate Down\nDROP TABLE a;' },
      ['4:1 this takes back what no statement of 1_a.sql has done'],
    ],
    [
      'a comment that stackctl would read as its own',
      'sql-migrate',
      { '1_a.sql': '-- +migrate Up\nSELECT 1;\n-- stackctl: down\nSELECT 2;' },
      ['3:1 stackctl would read this comment as its own'],
    ],
    [
      'a custom dump',
      'pg_dump',
      { 'shop.dump': 'PGDMP\0' },
      ['1:1 a dump in the custom format: make a plain file of it by `pg_restore'],
    ],
    [
      'a dump of a whole server',
      'pg_dump',
      { 'all.sql': '--\n-- PostgreSQL database cluster dump\n--\n' },
      ['1:1 a dump of a whole server by pg_dumpall'],
    ],
    [
      'a dump that makes its database',
      'pg_dump',
      { 'a.sql': '-- PostgreSQL database dump\nCREATE DATABASE shop;\n\\connect shop\nSELECT 1;' },
      ['3:1 this goes to another database', '2:1 the database is made by `stackctl up`'],
    ],
    [
      'two dumps',
      'pg_dump',
      { 'a.sql': '-- PostgreSQL database dump\nSELECT 1;', 'b.sql': '-- PostgreSQL database dump\nSELECT 2;' },
      ['db/b.sql:1:1 a second dump: name the one to import'],
    ],
  ])('%s (%s)', (_what, tool, texts, expected) => {
    const found = problemsOf(tool, texts);
    expect(found).toEqual(expected.map((part) => expect.stringContaining(part)));
  });

  test('a file that is not UTF-8', () => {
    const goose = FOREIGN_TOOLS.find(({ name }) => name === 'goose');
    const mistake = { line: 2, column: 3, message: 'this is not UTF-8' };
    const file = { name: '1_a.sql', path: 'db/1_a.sql', text: '-- +goose Up\nSELECT 1;', mistake };
    expect(goose && planImport(goose, [file], TARGET).problems).toEqual([
      { file: 'db/1_a.sql', field: '', ...mistake },
    ]);
  });
});

describe('what is left out or means something else is said', () => {
  test.each<[string, string, Files, string]>([
    [
      'a file of another name',
      'dbmate',
      { '1_a.sql': UP, 'seed.sql': 'SELECT 1' },
      'seed.sql is left out: it is no file of dbmate',
    ],
    [
      'other files',
      'pg_dump',
      { 'a.sql': '-- PostgreSQL database dump\nSELECT 1;', 'b.sql': '', 'c.sql': '', 'd/e.sql': '', 'f.sql': '' },
      'b.sql, c.sql, d/e.sql and 1 more are left out: they are no files of pg_dump',
    ],
    [
      'a setting of the session',
      'goose',
      { '1_a.sql': '-- +goose Up\nUPDATE a\nSET b = 1;\nSET search_path = app;' },
      '"SET search_path = app" ends with its file',
    ],
    [
      'a file without statements',
      'golang-migrate',
      { '1_a.up.sql': 'SELECT 1', '2_b.up.sql': '-- later' },
      '2_b.up.sql: left out, there is no statement in it',
    ],
    [
      'BEGIN and COMMIT',
      'golang-migrate',
      { '1_a.up.sql': 'begin transaction;\nSELECT 1;\nEND;' },
      'BEGIN and COMMIT are taken out',
    ],
    [
      'a file that cannot be one transaction',
      'golang-migrate',
      { '1_a.up.sql': 'CREATE TABLE a ();\nVACUUM a;' },
      'all of it runs statement by statement',
    ],
    [
      'a repeatable file',
      'flyway',
      { 'V1__a.sql': 'SELECT 1', 'R__v.sql': 'SELECT 2' },
      'Flyway runs it again whenever its text has changed',
    ],
    ['a baseline of Flyway', 'flyway', { 'V1__a.sql': 'SELECT 1', 'B1__b.sql': 'SELECT 1' }, 'B1__b.sql is left out'],
    [
      'a file that Flyway never runs',
      'flyway',
      { 'V1__a.sql': 'SELECT 1', 'V2__b.sql': 'SELECT 1', 'V2__b.sql.conf': 'shouldExecute=false' },
      'V2__b.sql is left out: shouldExecute=false',
    ],
    [
      'owners',
      'pg_dump',
      { 'a.sql': '-- PostgreSQL database dump\nCREATE TABLE a ();\nALTER TABLE public.a OWNER TO shop;' },
      'it names owners or rights (shop)',
    ],
  ])('%s (%s)', (_what, tool, texts, expected) => {
    expect(notesOf(tool, texts)).toEqual([expect.stringContaining(expected)]);
  });
});
