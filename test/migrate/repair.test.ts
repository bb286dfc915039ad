import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { planRepair, repair, requireChosen } from '../../src/migrate/repair.ts';
import type { RepairChoices } from '../../src/migrate/repair-choices.ts';
import { ledgerOf, onlyOne, stackOf } from '../support/memory-ledger.ts';
import { errorOf } from '../support/stack-fixtures.ts';

const SIGNAL = new AbortController().signal;
const FILES = { '1_a.sql': 'SELECT 1', '2_b.sql': '-- stackctl: transaction=false\nVACUUM', '3_c.sql': 'SELECT 3' };

const NOTHING: RepairChoices = { markApplied: [], markReverted: [], statementsDone: new Map() };

/** An edited file, one whose file is gone, a late one, one that failed, and an index that is not valid. */
function broken() {
  const ledger = ledgerOf();
  const stack = stackOf(FILES, ledger.session);
  ledger.enter('1_a', 'other', 'applied');
  ledger.enter('0_gone', 'x', 'applied');
  ledger.enter('2_b', 'y', 'failed', { statementsDone: 1 });
  ledger.enter('4_last', 'z', 'applied');
  ledger.unsound.push({ name: 'index public.i', reason: 'is not valid', fix: 'DROP INDEX CONCURRENTLY public.i' });
  return { ledger, stack };
}

async function run(choices: RepairChoices, confirm: (key: string) => boolean) {
  const { ledger, stack } = broken();
  const plan = await planRepair(stack, onlyOne(stack), choices, SIGNAL);
  const confirmed = new Set(plan.steps.map(({ key }) => key).filter(confirm));
  const options = { choices, confirmed, signal: SIGNAL, emit: () => undefined };
  return { ledger, plan, report: await repair(stack, onlyOne(stack), options) };
}

test('the plan says what repair does and which command does the rest', async () => {
  const { plan } = await run({ ...NOTHING }, () => false);
  expect(plan.steps.map(({ key, automatic, action }) => [key, automatic, action])).toEqual([
    ['unsound index public.i DROP INDEX CONCURRENTLY public.i', true, 'run DROP INDEX CONCURRENTLY public.i'],
    [expect.stringMatching(/^edited 1_a \w{64}$/), true, 'accept the file as it is now; nothing of it is run'],
    ['missing 0_gone', true, 'take its entry out of the ledger; its objects stay'],
    ['missing 4_last', true, 'take its entry out of the ledger; its objects stay'],
    [
      'unfinished 2_b',
      false,
      'stackctl migrate up goes on behind its statement 1; if all of it is in effect: stackctl migrate repair --mark-applied 2_b; if nothing of it is: stackctl migrate repair --mark-reverted 2_b',
    ],
  ]);
});

test('only what was confirmed is done, each with an event', async () => {
  const { ledger, report } = await run(NOTHING, (key) => key !== 'missing 4_last');
  expect(report.done.map(({ key }) => key.split(' ').slice(0, 2).join(' '))).toEqual([
    'unsound index',
    'edited 1_a',
    'missing 0_gone',
  ]);
  expect(ledger.calls.filter((call) => call.startsWith('DROP'))).toEqual(['DROP INDEX CONCURRENTLY public.i']);
  expect(ledger.amendments.map(({ name, event }) => [name, event])).toEqual([
    ['1_a', 'checksumAccepted'],
    ['0_gone', 'forgotten'],
  ]);
  expect([...ledger.entries.values()].map(({ name, state }) => `${name} ${state}`)).toEqual([
    '1_a applied',
    '2_b failed',
    '4_last applied',
  ]);
});

test('who says what is in effect in one file gets that, and nothing else is touched', async () => {
  const { ledger, plan } = await run({ ...NOTHING, markApplied: ['2_b'] }, () => true);
  expect(plan.steps.map(({ key }) => key)).toEqual(['mark 2_b']);
  expect(ledger.amendments.map(({ name, event }) => [name, event])).toEqual([['2_b', 'markedApplied']]);
});

test('a file that did not fail, and more statements than it has, are refused', async () => {
  const { stack } = broken();
  const chosen = { ...NOTHING, markApplied: ['1_a'] };
  const plan = await planRepair(stack, onlyOne(stack), chosen, SIGNAL);
  expect(() => requireChosen(chosen, [plan])).toThrow('no file that failed or was interrupted: 1_a');
  const many = planRepair(stack, onlyOne(stack), { ...NOTHING, statementsDone: new Map([['2_b', 2]]) }, SIGNAL);
  await expect(many).rejects.toMatchObject({ code: 'E_USAGE', message: '2_b has 1 statements, not 2' });
});

test('an accepted file that was baselined stays baselined', async () => {
  const { ledger, stack } = broken();
  ledger.enter('1_a', 'other', 'baselined');
  const plan = await planRepair(stack, onlyOne(stack), NOTHING, SIGNAL);
  const confirmed = new Set(plan.steps.map(({ key }) => key).filter((key) => key.startsWith('edited')));
  await repair(stack, onlyOne(stack), { choices: NOTHING, confirmed, signal: SIGNAL, emit: () => undefined });
  expect(ledger.entries.get('1_a')?.state).toBe('baselined');
});

test('a person may say how many statements of a file are in effect', async () => {
  const { ledger } = await run({ ...NOTHING, statementsDone: new Map([['2_b', 1]]) }, (key) => key === 'count 2_b');
  expect(ledger.amendments).toEqual([
    {
      ...{ name: '2_b', checksum: expect.any(String), state: 'failed', statementsDone: 1, event: 'statementsCounted' },
      reason: 'failed; 1 of its statements were said to be in effect',
    },
  ]);
});

test('a file whose down part stopped: every way on is named, and what is counted are statements of that part', async () => {
  const files = {
    '1_a.sql': 'SELECT 1',
    '2_b.sql': 'SELECT 2; SELECT 3;\n-- stackctl: down transaction=false\nVACUUM',
  };
  const ledger = ledgerOf();
  const stack = stackOf(files, ledger.session);
  ledger.enter('2_b', 'y', 'running', { statementsDone: 1, part: 'down' });
  const planFor = (choices: RepairChoices) => planRepair(stack, onlyOne(stack), choices, SIGNAL);
  const steps = (await planFor(NOTHING)).steps;
  expect(steps).toMatchObject([{ key: 'unfinished 2_b', problem: 'was taken back in part', automatic: false }]);
  expect(steps[0]?.action).toMatch(/`stackctl migrate down` .*--mark-reverted 2_b`.*--mark-applied 2_b`/);
  const many = planFor({ ...NOTHING, statementsDone: new Map([['2_b', 2]]) });
  await expect(many).rejects.toMatchObject({ message: 'the down part of 2_b has 1 statements, not 2' });
  const choices = { ...NOTHING, markReverted: ['2_b'] };
  const confirmed = new Set((await planFor(choices)).steps.map(({ key }) => key));
  await repair(stack, onlyOne(stack), { choices, confirmed, signal: SIGNAL, emit: () => undefined });
  expect(ledger.amendments).toMatchObject([{ name: '2_b', state: 'reverted', event: 'markedReverted' }]);
});

test('an error of the server names the repair that was run', async () => {
  const { ledger, stack } = broken();
  const choices = { markApplied: ['2_b'], markReverted: [], statementsDone: new Map([['3_c', 1]]) };
  const lost = new StackctlError('E_LOCKED', 'lost', { hint: 'Run `stackctl migrate up` again.' });
  ledger.session.amend = async () => Promise.reject(lost);
  const options = { choices, confirmed: new Set(['mark 2_b']), signal: SIGNAL, emit: () => undefined };
  expect(await errorOf(repair(stack, onlyOne(stack), options))).toMatchObject({
    code: 'E_LOCKED',
    hint: 'Run `stackctl migrate repair --mark-applied 2_b --statements-done 3_c=1` again.',
  });
});
