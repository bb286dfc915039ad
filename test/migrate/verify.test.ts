import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { dumpService, refuseFolder, refuseForeignFile } from '../../src/migrate/dump.ts';
import { verifyService } from '../../src/migrate/verify.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import type { SchemaObject } from '../../src/stack/contract/schema.ts';
import { ledgerOf, onlyOne, stackOf } from '../support/memory-ledger.ts';
import { errorOf } from '../support/stack-fixtures.ts';

const SIGNAL = new AbortController().signal;
const FILES = {
  '1_a.sql': 'SELECT 1;\n-- stackctl: verify\nSELECT true;\nSELECT false',
  '2_b.sql': 'SELECT 2;\n-- stackctl: verify\nSELECT 0 = 1',
};
const options = (shadow: boolean) => ({ signal: SIGNAL, emit: () => undefined, shadow });

/** A stack whose database has the first file, and one that has no object that the files make. */
function setUp(live: readonly SchemaObject[], made: readonly SchemaObject[]) {
  const ledger = ledgerOf();
  const checked: string[] = [];
  const session = {
    ...ledger.session,
    dump: async () => live,
    check: async (statements: readonly { text: string }[]) =>
      statements.map(({ text }) => {
        checked.push(text);
        return text.includes('false') ? 'gives false' : undefined;
      }),
  };
  const stack = stackOf(FILES, session);
  const migrated = onlyOne(stack);
  const [first] = migrated.files;
  ledger.enter('1_a', first?.checksum ?? '', 'applied');
  const empty = ledgerOf();
  const shadow = async () => ({
    session: { ...empty.session, dump: async () => made },
    database: 'stackctl_shadow_x',
    drop: async () => void empty.calls.push('drop'),
  });
  const withShadow = { ...migrated, migrator: { ...migrated.migrator, shadow } };
  return { stack: stack as Stack, migrated: withShadow, empty, checked };
}

test('checks of what is applied are run, and those of a pending file are not', async () => {
  const { stack, migrated, checked } = setUp([], []);
  const report = await verifyService(stack, migrated, options(false));
  expect(checked).toEqual(['SELECT true', 'SELECT false']);
  expect(report).toMatchObject({ service: 'db', files: 1, pending: ['2_b'], drifted: [], shadow: null });
  expect(report.checks).toEqual([
    { migration: '1_a', path: 'migrations/1_a.sql', line: 3, statement: 'SELECT true', reason: null },
    { migration: '1_a', path: 'migrations/1_a.sql', line: 4, statement: 'SELECT false', reason: 'gives false' },
  ]);
});

test('the files that are applied make the shadow database, which is dropped', async () => {
  const object = { type: 'table', name: 'a', sql: 'A;\n' };
  const { stack, migrated, empty } = setUp([], [object]);
  const { shadow } = await verifyService(stack, migrated, options(true));
  expect(empty.calls).toEqual(['lock', '1_a', 'drop']);
  expect(shadow).toEqual({
    applied: ['1_a'],
    unavailable: [],
    differences: [{ type: 'table', name: 'a', state: 'missing', diff: '-A;' }],
  });
});

test('a file that fails there is a verdict about the files, and the database is dropped', async () => {
  const { stack, migrated, empty } = setUp([], []);
  empty.hooks.apply = () => {
    throw new StackctlError('E_MIGRATION_FAILED', '1_a.sql:1:1: no such table', { details: { line: 1 } });
  };
  expect(await errorOf(verifyService(stack, migrated, options(true)))).toMatchObject({
    code: 'E_MIGRATION_UNVERIFIED',
    message: 'the files do not make the schema from nothing: 1_a.sql:1:1: no such table',
    details: { line: 1 },
  });
  expect(empty.calls.at(-1)).toBe('drop');
});

test('a dump takes the place of an earlier one only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-dump-'));
  const path = join(folder, 'schema.sql');
  const { stack, migrated } = setUp([{ type: 'table', name: 'a', sql: 'A;\n' }], []);
  await refuseForeignFile(path);
  const { sql } = await dumpService(stack, migrated, { signal: SIGNAL });
  for (const text of [sql, sql.replace('of db', 'of old'), sql.replaceAll('\n', '\r\n'), '\n']) {
    await writeFile(path, text);
    await refuseForeignFile(path);
  }
  for (const text of ['SET statement_timeout = 0;\n', `\n${sql}`]) {
    await writeFile(path, text);
    expect(await errorOf(refuseForeignFile(path))).toMatchObject({
      code: 'E_USAGE',
      message: `${path} is there and is no dump of stackctl: it was not replaced`,
      hint: expect.stringContaining('--output FILE'),
    });
  }
  await refuseFolder(path);
  expect(await errorOf(refuseFolder(folder))).toMatchObject({
    code: 'E_USAGE',
    exitCode: 2,
    message: `${folder} is a folder, and a dump is one file`,
    hint: `Name a file in it: stackctl migrate dump --output ${path}`,
  });
  await rm(folder, { recursive: true });
});

test('a dump names each object, and a kind without one is refused', async () => {
  const { stack, migrated } = setUp([{ type: 'table', name: 'a', sql: 'A;\n' }], []);
  expect(await dumpService(stack, migrated, { signal: SIGNAL })).toEqual({
    service: 'db',
    objects: 1,
    sql: '-- The schema of db, as `stackctl migrate dump` has read it from the server.\n\n-- table a\nA;\n',
  });
  const plain = stackOf(FILES, ledgerOf().session);
  expect(await errorOf(dumpService(plain, onlyOne(plain), { signal: SIGNAL }))).toMatchObject({ code: 'E_USAGE' });
  expect(await errorOf(verifyService(plain, onlyOne(plain), options(true)))).toMatchObject({ code: 'E_USAGE' });
});
