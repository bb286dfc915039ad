import { expect, test } from 'vitest';
import { baseline, planBaseline } from '../../src/migrate/baseline.ts';
import { planRevert, revert } from '../../src/migrate/revert.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import { ledgerOf, onlyOne, stackOf } from '../support/memory-ledger.ts';
import { errorOf } from '../support/stack-fixtures.ts';

const SIGNAL = new AbortController().signal;
const FILES = {
  '1_a.sql': 'CREATE TABLE a (n int)',
  '2_b.sql': 'CREATE TABLE b (n int)\n-- stackctl: down\nDROP TABLE b',
  '10_c.sql': 'CREATE TABLE c (n int);\n-- stackctl: down\nDROP TABLE c',
  '11_d.sql': 'SELECT 1',
};

function applied(names: readonly string[]) {
  const ledger = ledgerOf();
  const stack = stackOf(FILES, ledger.session);
  for (const { name, checksum } of onlyOne(stack).files)
    if (names.includes(name)) ledger.enter(name, checksum, 'applied');
  return { ledger, stack };
}

const emit = () => undefined;
const run = (stack: Stack, to: bigint | undefined, expected: readonly string[]) =>
  revert(stack, onlyOne(stack), { to, expected, signal: SIGNAL, emit });

test('the last file is taken back by its down part', async () => {
  const { ledger, stack } = applied(['1_a', '2_b', '10_c']);
  const plan = await planRevert(stack, onlyOne(stack), { to: undefined, signal: SIGNAL });
  expect(plan.steps).toEqual([{ name: '10_c', transactional: true, statements: ['DROP TABLE c'] }]);
  expect(ledger.calls).toEqual(['close']);
  await run(stack, undefined, ['10_c']);
  expect(ledger.calls).toEqual(['close', 'lock', '10_c: DROP TABLE c', 'close']);
  expect(ledger.entries.get('10_c')?.state).toBe('reverted');
});

test('down to a version takes back what is above it, the last one first', async () => {
  const { ledger, stack } = applied(['1_a', '2_b', '10_c']);
  expect((await run(stack, 1n, ['10_c', '2_b'])).reverted.map(({ name }) => name)).toEqual(['10_c', '2_b']);
  expect(ledger.entries.get('1_a')?.state).toBe('applied');
});

test('a file without a down part stops all of it before anything is changed', async () => {
  const { ledger, stack } = applied(['1_a', '2_b', '10_c']);
  const error = await errorOf(run(stack, 0n, ['10_c', '2_b', '1_a']));
  expect(error).toMatchObject({ code: 'E_MIGRATION_UNAVAILABLE', details: { files: ['1_a'] } });
  expect(error.message).toContain('migrations/1_a.sql');
  expect(ledger.calls).toEqual(['lock', 'close']);
});

test('other files than the confirmed ones are not taken back', async () => {
  const { ledger, stack } = applied(['1_a', '2_b']);
  expect(await errorOf(run(stack, undefined, ['10_c']))).toMatchObject({ code: 'E_LOCKED' });
  expect(ledger.calls).toEqual(['lock', 'close']);
});

test('an edited file is not taken back by what it says now', async () => {
  const { ledger, stack } = applied(['1_a', '2_b']);
  ledger.enter('2_b', 'other', 'applied');
  expect(await errorOf(run(stack, undefined, ['2_b']))).toMatchObject({ code: 'E_DRIFT' });
});

test('a baseline enters what is not in the ledger, up to its version, and runs nothing', async () => {
  const { ledger, stack } = applied(['1_a']);
  expect(await planBaseline(stack, onlyOne(stack), { version: 10n, signal: SIGNAL })).toEqual(['2_b', '10_c']);
  const report = await baseline(stack, onlyOne(stack), {
    version: 10n,
    expected: ['2_b', '10_c'],
    signal: SIGNAL,
    emit,
  });
  expect(report.baselined).toEqual(['2_b', '10_c']);
  expect(ledger.amendments.map(({ name, state, event }) => [name, state, event])).toEqual([
    ['2_b', 'baselined', 'baselined'],
    ['10_c', 'baselined', 'baselined'],
  ]);
  expect(ledger.calls).toEqual(['close', 'lock', 'close']);
});

test('a baseline at a version that there is not names those that there are', async () => {
  const { stack } = applied([]);
  const error = await errorOf(planBaseline(stack, onlyOne(stack), { version: 3n, signal: SIGNAL }));
  expect(error).toMatchObject({ code: 'E_USAGE', hint: 'There are: 1_a, 2_b, 10_c, 11_d.' });
});

test('a baseline of other files than the confirmed ones is not written', async () => {
  const { ledger, stack } = applied(['1_a']);
  const options = { version: 10n, expected: ['10_c'], signal: SIGNAL, emit };
  expect(await errorOf(baseline(stack, onlyOne(stack), options))).toMatchObject({ code: 'E_LOCKED' });
  expect(ledger.amendments).toEqual([]);
});

test('while a file is neither applied nor taken back, none is taken back and none baselined', async () => {
  const { ledger, stack } = applied(['1_a', '2_b']);
  ledger.enter('10_c', 'x', 'failed');
  const error = await errorOf(run(stack, undefined, ['2_b']));
  expect(error).toMatchObject({ code: 'E_MIGRATION_UNAVAILABLE', details: { files: ['10_c'] } });
  expect(error.hint).toContain('stackctl migrate repair --mark-applied 10_c');
  const planned = planBaseline(stack, onlyOne(stack), { version: 11n, signal: SIGNAL });
  expect(await errorOf(planned)).toMatchObject({ code: 'E_MIGRATION_UNAVAILABLE' });
  expect(ledger.calls).toEqual(['lock', 'close', 'close']);
});
