import { expect, test } from 'vitest';
import { migrationStatus } from '../../src/migrate/status.ts';
import { ledgerDigest } from '../../src/stack/contract/ledger.ts';
import type { MigrationSession } from '../../src/stack/contract/migrate.ts';
import { ledgerOf, onlyOne, stackOf } from '../support/memory-ledger.ts';

const SIGNAL = new AbortController().signal;
const FILES = { '1_a.sql': 'SELECT 1', '2_b.sql': 'SELECT 2', '3_c.sql': 'SELECT 3' };

/** Three files that are applied, and a server that can say so in short. */
function applied() {
  const ledger = ledgerOf();
  const whole: number[] = [];
  const entries = () => [...ledger.entries.values()];
  const session: MigrationSession = {
    ...ledger.session,
    applied: () => {
      whole.push(ledger.entries.size);
      return ledger.session.applied();
    },
    brief: async (newest) => {
      const isApplied = entries().every(({ state }) => state === 'applied' || state === 'baselined');
      const digest = isApplied ? ledgerDigest(entries()) : undefined;
      return { entries: entries().length, digest, newest: entries().slice(-newest) };
    },
  };
  const stack = stackOf(FILES, session);
  const migrated = onlyOne(stack);
  for (const { name, checksum } of migrated.files) ledger.enter(name, checksum, 'applied');
  return { ledger, whole, status: (most: number) => migrationStatus(stack, migrated, SIGNAL, { most, newest: 1 }) };
}

test('of more applied files than are shown the newest are read, and what is not valid', async () => {
  const { ledger, whole, status } = applied();
  ledger.unsound.push({ name: 'index i', reason: 'is not valid', fix: undefined });
  expect(await status(2)).toEqual({
    service: 'db',
    applied: [expect.objectContaining({ name: '3_c', state: 'applied' })],
    olderApplied: 2,
    ...{ pending: [], invalid: [], unavailable: [], drifted: [] },
    unsound: [{ name: 'index i', reason: 'is not valid', fix: null }],
  });
  expect(whole).toEqual([]);
  const few = await status(3);
  expect(few.applied.map(({ name }) => name)).toEqual(['1_a', '2_b', '3_c']);
  expect(few).not.toHaveProperty('olderApplied');
});

type Ledger = ReturnType<typeof ledgerOf>;

test.each<[string, (ledger: Ledger) => unknown, object]>([
  ['edited', ({ enter }) => enter('2_b', 'other', 'applied'), { drifted: [{ name: '2_b', type: 'edited' }] }],
  ['gone', ({ enter }) => enter('4_d', 'd', 'applied'), { drifted: [{ name: '4_d', type: 'missing' }] }],
  ['new', ({ entries }) => entries.delete('3_c'), { pending: [{ name: '3_c', reason: 'new' }] }],
  ['late', ({ entries }) => entries.delete('2_b'), { drifted: [{ name: '2_b', type: 'outOfOrder' }] }],
  ['failed', ({ enter }) => enter('3_c', 'c', 'failed'), { pending: [{ name: '3_c', reason: 'failed before' }] }],
  [
    'half taken back',
    ({ enter }) => enter('3_c', 'c', 'failed', { part: 'down', statementsDone: 1 }),
    { pending: [{ name: '3_c', next: expect.stringContaining('stackctl') }] },
  ],
])('where a file is %s the whole ledger is read, and said', async (_, change, expected) => {
  const { ledger, whole, status } = applied();
  change(ledger);
  const found = await status(2);
  expect(found).toMatchObject(expected);
  expect(found).not.toHaveProperty('olderApplied');
  expect(whole).toHaveLength(1);
});

test('files that were applied in another order are told one by one', async () => {
  const { ledger, whole, status } = applied();
  const first = ledger.entries.get('1_a');
  ledger.entries.delete('1_a');
  ledger.enter('1_a', first?.checksum ?? '', 'baselined');
  expect((await status(2)).applied.map(({ name }) => name)).toEqual(['2_b', '3_c', '1_a']);
  expect(whole).toHaveLength(1);
});
