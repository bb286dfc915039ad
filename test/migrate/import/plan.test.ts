import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../../src/kinds/_shared/postgres/sql/dialect.ts';
import { CLICKHOUSE_SQL } from '../../../src/kinds/clickhouse/sql/dialect.ts';
import { planImport, type TargetFile } from '../../../src/migrate/import/plan.ts';
import { chooseTool } from '../../../src/migrate/import/tools.ts';
import { numberMigrations } from '../../../src/migrate/import/versions.ts';

const numbersOf = (...versions: readonly string[]) => numberMigrations(versions.map((version) => ({ version })));

describe('the number of a migration', () => {
  test('is the version of the tool, as it is written there', () => {
    expect(numbersOf('00001', '2', '20260105090000')).toEqual({
      numbers: ['00001', '2', '20260105090000'],
      note: undefined,
    });
  });

  test.each([
    [
      ['1', '1.1', '1.2', '1.10', '2'],
      ['1000', '1001', '1002', '1010', '2000'],
    ],
    [
      ['0.9', '1.0.1', '1.0.10', '1.2'],
      ['0009000', '1000001', '1000010', '1002000'],
    ],
    [
      ['1.1', '1.20260105'],
      ['100000001', '120260105'],
    ],
  ])('keeps the order of versions with dots: %j', (versions, numbers) => {
    const numbering = numbersOf(...versions);
    expect(numbering).toEqual({ numbers, note: 'versions with dots become whole numbers in the same order' });
  });

  test('is the next one for migrations without a version', () => {
    expect(numbersOf('0008', '0009', '', '').numbers).toEqual(['0008', '0009', '0010', '0011']);
  });

  test.each([
    [['10', '9'], 'the order of the tool is another'],
    [['1', '99999999999999999999'], 'a number is longer than a ledger keeps'],
    [['', '2'], 'a migration without a version is not the last'],
    [['', ''], 'no migration has a version'],
  ])('is counted from 1 where %j: %s', (versions) => {
    expect(numbersOf(...versions)).toEqual({
      numbers: ['0001', '0002'],
      note: expect.stringContaining('they get new numbers'),
    });
  });
});

const PAIR = [
  { name: '001_carts.up.sql', path: 'db/001_carts.up.sql', text: 'CREATE TABLE carts (id int);\n' },
  { name: '001_carts.down.sql', path: 'db/001_carts.down.sql', text: 'DROP TABLE carts;\n' },
];
const GOLANG = chooseTool(PAIR, 'db', undefined);
const TEXT = 'CREATE TABLE carts (id int);\n\n-- stackctl: down\nDROP TABLE carts;\n';

function planned(files: readonly TargetFile[], from = PAIR) {
  const tool = from === PAIR ? GOLANG : chooseTool(from, 'db', undefined);
  const { plan, problems } = planImport(tool, from, { sql: POSTGRES_SQL, withoutTransactions: false, files });
  return { steps: plan.steps, problems: problems.map(({ file, message }) => `${file}: ${message}`) };
}
const there = (name: string, text: string): TargetFile => ({ name, path: `migrations/${name}`, text });

describe('a target folder', () => {
  test('that is empty gets every file', () => {
    expect(planned([])).toEqual({
      steps: [
        {
          version: '001',
          sources: ['001_carts.up.sql', '001_carts.down.sql'],
          target: '001_carts.sql',
          text: TEXT,
          statements: 1,
          transaction: true,
          downStatements: 1,
          notes: [],
          isThere: false,
        },
      ],
      problems: [],
    });
  });

  test('that has the file already gets nothing, whatever its line ends are', () => {
    const { steps, problems } = planned([
      there('001_carts.sql', TEXT.replaceAll('\n', '\r\n')),
      there('README.md', ''),
    ]);
    expect(steps).toMatchObject([{ target: '001_carts.sql', isThere: true }]);
    expect(problems).toEqual([]);
  });

  test('is refused with another text under the name, or another name under the version', () => {
    const other = [there('001_carts.sql', 'SELECT 1'), there('0001_old.sql', 'SELECT 1'), there('0002_fine.sql', '')];
    expect(planned(other).problems).toEqual([
      'migrations/001_carts.sql: is there with another text: move it away, or give another folder by --to',
      'migrations/0001_old.sql: has the version of 001_carts.sql, which would be written: give another folder by --to',
    ]);
  });

  test('may have a migration without a version under an earlier number', () => {
    const flyway = [
      { name: 'V1__a.sql', path: 'db/V1__a.sql', text: 'SELECT 1;' },
      { name: 'V5__b.sql', path: 'db/V5__b.sql', text: 'SELECT 5;' },
      { name: 'R__view.sql', path: 'db/R__view.sql', text: 'SELECT 2;' },
    ];
    const { steps, problems } = planned([there('3_view.sql', 'SELECT 2;\n')], flyway);
    expect(problems).toEqual([]);
    expect(steps.map(({ target, isThere }) => [target, isThere])).toEqual([
      ['1_a.sql', false],
      ['5_b.sql', false],
      ['3_view.sql', true],
    ]);
  });

  test('of a server without transactions has files without that mark', () => {
    const files = [
      { name: '1_a.sql', path: 'db/1_a.sql', text: '-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1; # `;`\n' },
    ];
    const target = { sql: CLICKHOUSE_SQL, withoutTransactions: true, files: [] };
    const { plan, problems } = planImport(chooseTool(files, 'db', undefined), files, target);
    expect(problems).toEqual([]);
    expect(plan.steps).toMatchObject([{ statements: 1, text: 'SELECT 1; # `;`\n' }]);
  });

  test('marks what must not run twice, where the server asks for that', () => {
    const refused = (_: unknown, { once }: { readonly once: boolean }) =>
      once ? [] : [{ offset: 0, message: 'twice' }];
    const target = { sql: { ...CLICKHOUSE_SQL, refused }, withoutTransactions: true, files: [] };
    const { plan, problems } = planImport(GOLANG, PAIR, target);
    expect(problems).toEqual([]);
    const text =
      '-- stackctl: once=true\nCREATE TABLE carts (id int);\n\n-- stackctl: down once=true\nDROP TABLE carts;\n';
    expect(plan.steps).toMatchObject([{ text }]);
  });

  test('keeps the comments of a down part without statements', () => {
    const files = [
      { name: '1_a.sql', path: 'db/1_a.sql', text: '-- migrate:up\nSELECT 1\n-- migrate:down\n-- nothing to do\n' },
    ];
    expect(planned([], files).steps).toMatchObject([{ text: 'SELECT 1\n;\n-- nothing to do\n', downStatements: 0 }]);
  });

  test('gets titles that its names allow', () => {
    const files = ['V1__Straße & more.sql', 'V2__.sql'].map((name) => ({ name, path: name, text: 'SELECT 1' }));
    expect(planned([], files).steps.map(({ target }) => target)).toEqual(['1_Stra_e_more.sql', '2_migration.sql']);
  });
});

describe('the tool', () => {
  const dbmate = { name: '1_a.sql', path: 'db/1_a.sql', text: '-- migrate:up\nSELECT 1;' };

  test('is what the files are of', () => {
    expect(chooseTool([dbmate], 'db', undefined).name).toBe('dbmate');
  });

  test('is known by its marks, although a migration holds a dump', () => {
    const dump = { name: '1_a.up.sql', path: 'db/1_a.up.sql', text: '-- PostgreSQL database dump\n\nSELECT 1;' };
    expect(chooseTool([dump], 'db', undefined).name).toBe('golang-migrate');
  });

  test('is known by the names of a pair in any case', () => {
    const files = PAIR.map((file) => ({
      ...file,
      name: file.name.replace(/\.(up|down)\.sql$/, (end) => end.toUpperCase()),
    }));
    const { plan, problems } = planImport(chooseTool(files, 'db', undefined), files, {
      sql: POSTGRES_SQL,
      withoutTransactions: false,
      files: [],
    });
    expect(problems).toEqual([]);
    expect(plan.steps).toMatchObject([{ sources: files.map(({ name }) => name) }]);
  });

  test('is the one that is asked for, and the files of others are left out', () => {
    const files = [...PAIR, dbmate];
    const asked = chooseTool(files, 'db', 'dbmate');
    const { plan, problems } = planImport(asked, files, { sql: POSTGRES_SQL, withoutTransactions: false, files: [] });
    expect(problems).toEqual([]);
    expect(plan.steps).toMatchObject([{ sources: ['1_a.sql'] }]);
    expect(plan.notes).toEqual(PAIR.map(({ name }) => `${name} is left out: it is a file of golang-migrate`));
  });

  test.each([
    [[...PAIR, dbmate], undefined, 'db has files of several tools: dbmate, golang-migrate', '--from dbmate'],
    [
      [{ ...dbmate, text: 'SELECT 1' }],
      undefined,
      'no file is one of a tool that stackctl knows in db',
      'known: dbmate, goose',
    ],
    [[], undefined, 'there is no migration file in db', 'Name the folder that the tool reads'],
    [[dbmate], 'gose', '--from gose: unknown tool', 'did you mean "goose"?'],
    [[dbmate], 'goose', 'no file in db is one of goose; they look like files of dbmate', 'Leave --from out.'],
    [[], 'goose', 'no file in db is one of goose', 'Name the folder'],
  ])('is asked for otherwise: %#', (files, from, message, hint) => {
    expect(() => chooseTool(files, 'db', from)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});

test('of a dump, what is for psql or for a newer server is left out, and not where the database holds such lines', () => {
  const held = ['\\restrict key', 'SET transaction_timeout = 0;', '\\connect other'];
  const lines = [
    '-- PostgreSQL database dump',
    '\\restrict AbC',
    'SET statement_timeout = 0;',
    'SET transaction_timeout = 0;',
    "SELECT '",
    ...held,
    "';",
    'COPY t FROM stdin;',
    ...held,
    '\\.',
    'SET transaction_timeout = 5;',
    'SET transaction_timeout = 0; SELECT 1;',
    '\\unrestrict AbC',
  ];
  const dump = { name: 'dump.sql', path: 'dump.sql', text: `${lines.join('\n')}\n` };
  const target = { sql: POSTGRES_SQL, withoutTransactions: false, files: [] };
  const { plan, problems } = planImport(chooseTool([dump], '.', undefined), [dump], target);
  expect(problems).toEqual([]);
  const kept = lines.filter((_, index) => ![1, 3, lines.length - 1].includes(index));
  expect(plan.steps.map(({ text }) => text)).toEqual([`${kept.join('\n')}\n`]);
  expect(plan.steps[0]?.notes).toEqual([
    expect.stringMatching(/^SET transaction_timeout = 0 is left out: .*PostgreSQL 17/),
  ]);
  const windows = { ...dump, text: dump.text.replaceAll('\n', '\r\n') };
  expect(planImport(chooseTool([windows], '.', undefined), [windows], target).plan.steps).toEqual(plan.steps);
});
