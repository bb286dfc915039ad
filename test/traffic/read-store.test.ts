import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textHash } from '../../src/kinds/clickhouse/event-hash.ts';
import { RANGE_EVENTS } from '../../src/stack/contract/range-digest.ts';
import type { SendOutcome, TrafficStore } from '../../src/stack/contract/traffic.ts';
import { createLedger } from '../../src/traffic/ledger.ts';
import { createStoreReader } from '../../src/traffic/read-store.ts';
import { reconcile } from '../../src/traffic/reconcile.ts';
import { memoryStore, watched } from '../support/ranged-store.ts';

const RUN = 'a1b2c3d4-e5f6';
const hash = textHash(RUN);
const never = new AbortController().signal;

const OUTCOMES: Readonly<Record<string, SendOutcome>> = {
  acked: { type: 'acked' },
  rejected: { type: 'rejected', reason: 'HTTP 400' },
  unknown: { type: 'unknown', reason: 'connection reset' },
};

/** All acknowledged but these. */
function ledgerOf(count: number, others: Readonly<Record<number, keyof typeof OUTCOMES | 'unsent'>> = {}) {
  const ledger = createLedger();
  for (let sequence = 0; sequence < count; sequence++) {
    const outcome = OUTCOMES[others[sequence] ?? 'acked'];
    if (outcome !== undefined) ledger.record(sequence, outcome);
  }
  return ledger;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, sequence) => sequence);
const without = (count: number, ...gone: readonly number[]) => upTo(count).filter((one) => !gone.includes(one));

/** What is found by digests, what by reading everything, and what the store was asked for. */
async function compare(ledger: ReturnType<typeof ledgerOf>, store: TrafficStore) {
  const { asked, store: seen } = watched(store);
  const reading = await createStoreReader({ runId: RUN, store: seen, ledger, limit: () => never }).read();
  const of = (one: typeof reading) => ({
    ...reconcile({ runId: RUN, ledger, reading: one }),
    total: one.found.total,
  });
  return { found: of(reading), whole: of(await store.read(never)), asked };
}

async function asked(ledger: ReturnType<typeof ledgerOf>, stored: readonly number[]) {
  const { found, whole, asked: questions } = await compare(ledger, memoryStore(RUN, hash, stored));
  expect(found).toEqual(whole);
  return questions;
}

const COUNT = 12 * RANGE_EVENTS + 100;

test('where every digest is right no id is read', async () => {
  expect(await asked(ledgerOf(COUNT), upTo(COUNT).toReversed())).toEqual(['digest']);
});

test('refused ones that are not there are proven too, and unknown ones where none of a range or all are there', async () => {
  const others = { 5: 'rejected', 6: 'unsent', 700: 'unknown', 701: 'unknown', 1000: 'unknown' } as const;
  const ledger = ledgerOf(COUNT, others);
  expect(await asked(ledger, without(COUNT, 5, 6, 700, 701))).toEqual(['digest']);
  expect(await asked(ledger, without(COUNT, 5, 6, 700, 1000))).toEqual(['digest', 'ranges 2']);
  expect(await asked(ledger, without(COUNT, 5, 700, 701, 1000))).toEqual(['digest', 'ranges 0']);
});

test('refused ones that are there are read, also where all of a range are', async () => {
  const ledger = ledgerOf(COUNT, { 600: 'rejected', 601: 'unsent', 900: 'rejected', 901: 'unknown' });
  expect(await asked(ledger, upTo(COUNT))).toEqual(['digest', 'ranges 2 3']);
});

test.each([
  ['one that is missing', without(COUNT, 600), '2'],
  ['one that is there twice', [...upTo(COUNT), 300], '1'],
  ['one that is missing, and another one twice', [...without(COUNT, 600), 601], '2'],
  // Their number, sum and xor are those of the ones that are missing.
  ['two that are missing, and two others twice', [...without(COUNT, 512, 515), 513, 514], '2'],
  [
    'four that are missing, and four others twice, with equal sums of squares',
    [...without(COUNT, 0, 3, 5, 6), 1, 2, 4, 7],
    '0',
  ],
  ['faults in two ranges that make up for each other', [...without(COUNT, 5), 261], '0 1'],
  ['what was never sent', [...upTo(COUNT), COUNT, 2 ** 48 - 1], `12 ${2 ** 40 - 1}`],
  ['a whole batch', upTo(COUNT).filter((one) => one < 500 || one >= 700), '1 2'],
])('only ranges in doubt are read: %s', async (_, stored, ranges) => {
  expect(await asked(ledgerOf(COUNT), stored)).toEqual(['digest', `ranges ${ranges}`]);
});

test('where most of the run is in doubt, or there is no digest, everything is read', async () => {
  expect(await asked(ledgerOf(COUNT), [])).toEqual(['digest', 'read']);
  expect(
    await asked(
      ledgerOf(COUNT),
      upTo(COUNT).filter((one) => one % 2 === 0),
    ),
  ).toEqual(['digest', 'read']);
  const { ranged, ...plain } = memoryStore(RUN, hash, upTo(COUNT));
  const digests = [
    async () => undefined,
    () => Promise.reject(new Error('function uuid_hash_extended does not exist')),
  ];
  for (const digest of digests) {
    const store = ranged && { ...plain, ranged: { ...ranged, digest } };
    expect((await compare(ledgerOf(COUNT), store ?? plain)).asked).toEqual(['digest', 'read']);
  }
  const readRanges = () => Promise.reject(new Error('too long'));
  const store = memoryStore(RUN, hash, without(COUNT, 7));
  const broken = store.ranged && { ...store, ranged: { ...store.ranged, readRanges } };
  const { found, whole, asked: questions } = await compare(ledgerOf(COUNT), broken ?? store);
  expect([found, questions]).toEqual([whole, ['digest', 'ranges 0', 'read']]);
  expect((await compare(ledgerOf(COUNT), plain)).asked).toEqual(['read']);
});

test('a server that has no answer in time is not asked the longer question', async () => {
  const stop = new AbortController();
  const { asked: questions, store } = watched(memoryStore(RUN, hash, upTo(COUNT)));
  const digest = async (): Promise<never> => {
    questions.push('hangs');
    stop.abort(new DOMException('', 'TimeoutError'));
    throw new Error('connection terminated');
  };
  const hanging = store.ranged && { ...store, ranged: { ...store.ranged, digest } };
  const input = { runId: RUN, store: hanging ?? store, ledger: ledgerOf(COUNT), limit: () => stop.signal };
  await expect(createStoreReader(input).read()).rejects.toThrow(stop.signal.reason);
  expect(questions).toEqual(['hangs']);
});

test('while it waits for what is missing, only ranges in doubt are read again', async () => {
  const stored = without(COUNT, 600, 601, 605, 606);
  const { asked: questions, store } = watched(memoryStore(RUN, hash, stored));
  const ledger = ledgerOf(COUNT, { 3: 'unknown', 605: 'rejected', 606: 'unsent' });
  const reader = createStoreReader({ runId: RUN, store, ledger, limit: () => never });
  await reader.read();
  expect(await reader.countArrived(never)).toBe(COUNT - 4);
  // A copy of one that is there is no arrival, nor is what was refused or never sent.
  stored.push(600, 602, 602, 605, 606, COUNT);
  expect(await reader.countArrived(never)).toBe(COUNT - 3);
  expect(questions).toEqual(['digest', 'ranges 2', 'ranges 2', 'ranges 2']);
  await reader.read();
  expect(questions.slice(4)).toEqual(['digest', 'ranges 2 12']);

  const plain = watched({ ...memoryStore(RUN, hash, stored), ranged: undefined } as unknown as TrafficStore);
  const whole = createStoreReader({ runId: RUN, store: plain.store, ledger: ledgerOf(COUNT), limit: () => never });
  await whole.read();
  expect([await whole.countArrived(never), plain.asked]).toEqual([COUNT - 1, ['read', 'read']]);
});

test('whatever became of the events and whatever is stored, the report is that of reading everything', async () => {
  const place = fc.nat({ max: 14 * RANGE_EVENTS });
  const fate = fc.constantFrom('rejected', 'unknown', 'unsent');
  const span = fc.record({ from: place, length: fc.integer({ min: 1, max: 300 }), fate });
  // Where most are there as they have to be, and where anything goes.
  const faults = fc.oneof(fc.uniqueArray(place, { maxLength: 4 }), fc.uniqueArray(place, { maxLength: 60 }));
  const inputs = [
    fc.integer({ min: 1, max: 13 * RANGE_EVENTS }),
    fc.array(span, { maxLength: 4 }),
    fc.constantFrom('none', 'all', 'some'),
    fc.constantFrom('none', 'none', 'all', 'some'),
    faults,
    faults,
    fc.array(place, { maxLength: 4 }),
  ] as const;
  let byDigest = 0;
  const property = fc.asyncProperty(...inputs, async (count, spans, unknown, refused, dropped, doubled, strange) => {
    const others: Record<number, 'rejected' | 'unknown' | 'unsent'> = {};
    for (const { from, length, fate: own } of spans) for (let at = from; at < from + length; at++) others[at] = own;
    const isThere = (sequence: number): boolean => {
      const own = others[sequence];
      if (own === undefined) return !dropped.includes(sequence);
      const how = own === 'unknown' ? unknown : refused;
      return how === 'all' || (how === 'some' && sequence % 3 === 0);
    };
    const kept = upTo(count).filter(isThere);
    const stored = [...kept, ...doubled.filter(isThere), ...strange];
    const questions = await asked(ledgerOf(count, others), stored);
    if (!questions.includes('read')) byDigest += 1;
  });
  await fc.assert(property, { numRuns: 60 });
  expect(byDigest).toBeGreaterThan(5);
});
