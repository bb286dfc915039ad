import { expect, test } from 'vitest';
import { planRepair, type RepairChoices, repair } from '../../src/migrate/repair.ts';
import { ledgerOf, onlyOne, stackOf } from '../support/memory-ledger.ts';

const SIGNAL = new AbortController().signal;
const FILES = { '1_a.sql': 'SELECT 1', '2_b.sql': '-- stackctl: transaction=false\nVACUUM', '3_c.sql': 'SELECT 3' };

const NOTHING: RepairChoices = { markApplied: [], statementsDone: new Map() };

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
    ['unsound index public.i', true, 'run DROP INDEX CONCURRENTLY public.i'],
    ['edited 1_a', true, 'accept the file as it is now; nothing of it is run'],
    ['missing 0_gone', true, 'take its entry out of the ledger; its objects stay'],
    ['missing 4_last', true, 'take its entry out of the ledger; its objects stay'],
    [
      'unfinished 2_b',
      false,
      'stackctl migrate up goes on behind its statement 1; if all of it is in effect: stackctl migrate repair --mark-applied 2_b',
    ],
  ]);
});

test('only what was confirmed is done, each with an event', async () => {
  const { ledger, report } = await run({ ...NOTHING, markApplied: ['2_b'] }, (key) => key !== 'missing 4_last');
  expect(report.done.map(({ key }) => key)).toEqual([
    'unsound index public.i',
    'edited 1_a',
    'missing 0_gone',
    'mark 2_b',
  ]);
  expect(ledger.calls.filter((call) => call.startsWith('DROP'))).toEqual(['DROP INDEX CONCURRENTLY public.i']);
  expect(ledger.amendments.map(({ name, event }) => [name, event])).toEqual([
    ['1_a', 'checksumAccepted'],
    ['0_gone', 'forgotten'],
    ['2_b', 'markedApplied'],
  ]);
  expect([...ledger.entries.values()].map(({ name, state }) => `${name} ${state}`)).toEqual([
    '1_a applied',
    '2_b applied',
    '4_last applied',
  ]);
});

test('a person may say how many statements of a file are in effect', async () => {
  const { ledger } = await run({ ...NOTHING, statementsDone: new Map([['2_b', 2]]) }, (key) => key === 'count 2_b');
  expect(ledger.amendments).toEqual([
    {
      ...{ name: '2_b', checksum: expect.any(String), state: 'failed', statementsDone: 2, event: 'statementsCounted' },
      reason: 'failed; 2 of its statements were said to be in effect',
    },
  ]);
});
