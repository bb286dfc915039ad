import { describe, expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { baseline, planBaseline } from '../../src/migrate/baseline.ts';
import { planRevert, revert } from '../../src/migrate/revert.ts';
import { runPending } from '../../src/migrate/run-pending.ts';
import { migrationStatus, planPending } from '../../src/migrate/status.ts';
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
  expect(plan.steps).toEqual([{ name: '10_c', reason: null, transactional: true, statements: ['DROP TABLE c'] }]);
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
  expect(error.hint).toMatch(/`stackctl migrate up`.*--mark-applied 10_c`.*--mark-reverted 10_c`/);
  const planned = planBaseline(stack, onlyOne(stack), { version: 11n, signal: SIGNAL });
  expect(await errorOf(planned)).toMatchObject({ code: 'E_MIGRATION_UNAVAILABLE' });
  expect(ledger.calls).toEqual(['lock', 'close', 'close']);
});

describe('a file whose down part stopped', () => {
  function half() {
    const { ledger, stack } = applied(['1_a', '2_b']);
    const [, , c] = onlyOne(stack).files;
    ledger.enter('10_c', c?.checksum ?? '', 'failed', { statementsDone: 1, part: 'down' });
    return { ledger, stack };
  }

  test('is what down goes on with, alone or before the rest', async () => {
    const { ledger, stack } = half();
    const plan = await planRevert(stack, onlyOne(stack), { to: undefined, signal: SIGNAL });
    expect(plan.steps).toMatchObject([{ name: '10_c', reason: 'its down part stopped after statement 1' }]);
    const all = await planRevert(stack, onlyOne(stack), { to: 1n, signal: SIGNAL });
    expect(all.steps.map(({ name }) => name)).toEqual(['10_c', '2_b']);
    await run(stack, undefined, ['10_c']);
    expect(ledger.entries.get('10_c')?.state).toBe('reverted');
  });

  test('keeps up, baseline and a down that leaves it from being done, and each names every way on', async () => {
    const { ledger, stack } = half();
    const migrated = onlyOne(stack);
    const ways =
      /^`stackctl migrate down` goes on .*`stackctl migrate repair --mark-reverted 10_c`.*`stackctl migrate repair --mark-applied 10_c`\.$/;
    const expected = {
      code: 'E_MIGRATION_UNAVAILABLE',
      message: '10_c is taken back in part: its down part stopped after statement 1: nothing was changed',
      hint: expect.stringMatching(ways),
    };
    expect(await errorOf(runPending(stack, migrated, { signal: SIGNAL, emit }))).toMatchObject(expected);
    expect(await errorOf(planBaseline(stack, migrated, { version: 11n, signal: SIGNAL }))).toMatchObject(expected);
    expect(await errorOf(planRevert(stack, migrated, { to: 10n, signal: SIGNAL }))).toMatchObject(expected);
    expect((await planPending(stack, migrated, { signal: SIGNAL })).steps).toMatchObject([
      { name: '10_c', action: 'refuse', reason: 'its down part stopped after statement 1' },
      { name: '11_d', action: 'apply' },
    ]);
    const status = await migrationStatus(stack, migrated, SIGNAL);
    expect(status.pending).toMatchObject([{ name: '10_c', next: expect.stringMatching(ways) }, { next: null }]);
    // Files below it are no reason to wait for it.
    expect(ledger.calls).not.toContain('11_d');
    expect((await runPending(stack, migrated, { to: 2n, signal: SIGNAL, emit })).applied).toEqual([]);
  });

  test('without its section: the way back is to write it again', async () => {
    const ledger = ledgerOf();
    const stack = stackOf(FILES, ledger.session);
    ledger.enter('11_d', 'x', 'failed', { statementsDone: 0, part: 'down' });
    const error = await errorOf(planRevert(stack, onlyOne(stack), { to: undefined, signal: SIGNAL }));
    expect(error.message).toContain('its section "-- stackctl: down" is gone');
    expect(error.hint).toMatch(/^Put the section back\. /);
  });
});

test('a transaction that failed leaves its file applied: the hint says how an edit of it gets into the ledger', async () => {
  const { ledger, stack } = applied(['1_a', '2_b']);
  const hint = { hint: 'Correct the file. Run `stackctl migrate up` again.' };
  ledger.session.revert = async () => Promise.reject(new StackctlError('E_MIGRATION_FAILED', 'no', hint));
  expect(await errorOf(run(stack, undefined, ['2_b']))).toMatchObject({
    hint: 'Correct the file. Run `stackctl migrate down` again. The file is still applied: if you edit it, `stackctl migrate repair` has to accept that first.',
  });
});

test('an error of the server names the down that was run, with the service where there are several', async () => {
  const { ledger, stack } = applied(['1_a', '2_b']);
  const blocked = { hint: 'Run `stackctl migrate up` again, or `stackctl migrate up --timeout 10m`.' };
  ledger.session.revert = async () => Promise.reject(new StackctlError('E_LOCKED', 'lost', blocked));
  expect(await errorOf(run(stack, 1n, ['2_b']))).toMatchObject({
    hint: 'Run `stackctl migrate down --to 1` again, or `stackctl migrate down --to 1 --timeout 10m`.',
  });
  const both = { ...stack, migrations: [...stack.migrations, ...stack.migrations] };
  expect(
    await errorOf(revert(both, onlyOne(stack), { to: undefined, expected: ['2_b'], signal: SIGNAL, emit })),
  ).toMatchObject({
    hint: 'Run `stackctl migrate down db` again, or `stackctl migrate down db --timeout 10m`.',
  });
});
