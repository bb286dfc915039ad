import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trafficFailure } from '../../src/commands/seed/send-traffic.ts';
import { eventId } from '../../src/stack/contract/event-id.ts';
import { tallyOf } from '../../src/stack/contract/id-tally.ts';
import type { SendOutcome } from '../../src/stack/contract/traffic.ts';
import { createLedger, type Ledger } from '../../src/traffic/ledger.ts';
import { createMeasure } from '../../src/traffic/measure/measure.ts';
import { reconcile } from '../../src/traffic/reconcile.ts';
import { reportOf } from '../../src/traffic/report.ts';
import { oneSink } from '../support/one-sink.ts';

const RUN = 'a1b2c3d4-e5f6';
const id = (sequence: number): string => eventId(RUN, sequence);

const ACKED: SendOutcome = { type: 'acked' };
const REJECTED: SendOutcome = { type: 'rejected', reason: 'HTTP 400' };
const UNKNOWN: SendOutcome = { type: 'unknown', reason: 'connection reset' };

function ledgerOf(...outcomes: readonly (SendOutcome | undefined)[]) {
  const ledger = createLedger();
  for (const [sequence, outcome] of outcomes.entries()) if (outcome !== undefined) ledger.record(sequence, outcome);
  return ledger;
}

function compare(ledger: ReturnType<typeof ledgerOf>, ids: readonly string[]) {
  return reconcile({ runId: RUN, ledger, reading: { found: tallyOf(RUN, ids), contradictions: [] } });
}

test('what was acknowledged and stored is well, and an unknown outcome may have gone either way', () => {
  const ledger = ledgerOf(ACKED, UNKNOWN, ACKED, UNKNOWN, REJECTED, undefined);
  expect(compare(ledger, [id(2), id(0), id(3)])).toEqual({
    stored: 3,
    missing: 0,
    phantom: 0,
    duplicates: 0,
    recovered: 1,
    missingIds: [],
    phantomIds: [],
    duplicateIds: [],
    missingRanges: [],
    phantomRanges: [],
    duplicateRanges: [],
    contradictions: [],
  });
});

test('a ledger knows which events are acknowledged one and all', () => {
  const ledger = ledgerOf(...Array.from({ length: 9 }, () => ACKED), REJECTED, ACKED, UNKNOWN, ACKED);
  const are = (...spans: readonly (readonly [number, number])[]) =>
    spans.map(([from, to]) => ledger.areAcked(from, to));
  expect(are([0, 9], [1, 7], [3, 4], [10, 11], [12, 13], [5, 5])).toEqual([true, true, true, true, true, true]);
  expect(are([0, 10], [8, 12], [9, 10], [10, 12], [12, 14], [4, 16])).toEqual(Array(6).fill(false));
});

test('every kind of mistake is named by its id', () => {
  const ledger = ledgerOf(ACKED, ACKED, ACKED, REJECTED, undefined, ACKED);
  const strange = `${RUN}-8000-8000-0000000000ff`;
  expect(compare(ledger, [id(0), id(2), id(2), id(2), id(3), id(4), strange])).toMatchObject({
    stored: 5,
    missing: 2,
    missingIds: [id(1), id(5)],
    missingRanges: [
      [1, 1],
      [5, 5],
    ],
    phantomRanges: [
      [3, 4],
      [255, 255],
    ],
    duplicates: 2,
    duplicateIds: [id(2)],
    phantom: 3,
    phantomIds: [id(3), id(4), strange],
  });
});

test('whatever is dropped and doubled is found', () => {
  const COUNT = 60;
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat({ max: COUNT - 1 }), { maxLength: 15 }),
      fc.uniqueArray(fc.nat({ max: COUNT - 1 }), { maxLength: 15 }),
      (dropped, doubled) => {
        const ledger = ledgerOf(...Array.from({ length: COUNT }, () => ACKED));
        const kept = Array.from({ length: COUNT }, (_, sequence) => sequence).filter((one) => !dropped.includes(one));
        const twice = doubled.filter((one) => !dropped.includes(one));
        const found = compare(ledger, [...kept, ...twice].map(id));
        expect(found.missingIds).toEqual(dropped.toSorted((a, b) => a - b).map(id));
        expect(found.duplicateIds).toEqual(twice.toSorted((a, b) => a - b).map(id));
        expect(found.phantom).toBe(0);
      },
    ),
  );
});

test('the ledger counts each event once and keeps why', () => {
  const ledger = ledgerOf(ACKED, REJECTED, UNKNOWN, REJECTED, undefined);
  expect(ledger.counts).toEqual({ asked: 4, acked: 1, rejected: 2, unknown: 1 });
  expect(ledger.refusals()).toEqual([
    { outcome: 'rejected', reason: 'HTTP 400', count: 2 },
    { outcome: 'unknown', reason: 'connection reset', count: 1 },
  ]);
  expect(() => ledger.record(0, ACKED)).toThrow('event 0 has an outcome already');
});

test('reasons that differ by an id or a number alone are one; those that differ by a code are not', () => {
  const texts = [
    [
      'duplicate key (id)=(a1b2c3d4-e5f6-8000-8000-000000000001)',
      'duplicate key (id)=(a1b2c3d4-e5f6-8000-8000-000000000002)',
    ],
    ['HTTP 404 for POST /orders: no order 17', 'HTTP 404 for POST /orders: no order 18'],
    ['no ord_01hx2k9', 'no ord_01hx2ka', 'no ord_01hx2kb'],
    ['HTTP 500'],
    ['HTTP 503'],
    ['connect ECONNREFUSED 127.0.0.1:5000'],
    ['connect ECONNREFUSED 127.0.0.1:5001'],
    ['SQLSTATE 23505 at row 1', 'SQLSTATE 23505 at row 1'],
    ['SQLSTATE 23503 at row 1'],
  ];
  const ledger = ledgerOf(...texts.flat().map((reason): SendOutcome => ({ type: 'rejected', reason })));
  expect(Object.fromEntries(ledger.refusals().map(({ reason, count }) => [reason, count]))).toEqual({
    'duplicate key (id)=(…)': 2,
    'HTTP 404 for POST /orders: no order …': 2,
    'no …': 3,
    'HTTP 500': 1,
    'HTTP 503': 1,
    'connect ECONNREFUSED 127.0.0.1:5000': 1,
    'connect ECONNREFUSED 127.0.0.1:5001': 1,
    'SQLSTATE 23505 at row 1': 2,
    'SQLSTATE 23503 at row 1': 1,
  });
});

test('a server with a new reason each time does not fill the memory', () => {
  const ledger = createLedger();
  for (let sequence = 0; sequence < 500; sequence++) {
    ledger.record(sequence, { type: 'unknown', reason: `HTTP ${sequence}` });
  }
  expect(ledger.refusals().length).toBeLessThanOrEqual(102);
  expect(ledger.refusals().reduce((sum, { count }) => sum + count, 0)).toBe(500);
});

const REPORT = {
  profile: 'orders',
  seed: 1,
  runId: RUN,
  epochMs: 0,
  durationMs: 100,
  ratePerS: undefined,
  ended: 'count',
  thresholds: [],
  interrupted: false,
} as const;
const reader =
  (ledger: Ledger) =>
  (ids: readonly string[], contradictions: readonly string[] = []) =>
    ({ type: 'read', ledger, reading: { found: tallyOf(RUN, ids), contradictions } }) as const;

test('only what was read back is verified', () => {
  const ledger = ledgerOf(ACKED, ACKED);
  const read = reader(ledger);
  const both = [id(0), id(1)];
  const store = { name: 'table', guarantee: 'stored', routes: [0] } as const;
  const channel = { name: 'channel', guarantee: 'atMostOnce', routes: [0] } as const;
  const verdict = (answers: Parameters<typeof reportOf>[0]['answers'], interrupted = false) =>
    reportOf({ ...REPORT, interrupted, count: 2, ...oneSink(ledger, createMeasure(1)), answers });

  expect(verdict([{ ...store, answer: read(both) }])).toMatchObject({ verified: true, reasons: [], ratePerS: 20 });
  // A channel that lost everything changes nothing, and one that got everything proves nothing.
  expect(
    verdict([
      { ...store, answer: read(both) },
      { ...channel, answer: read([]) },
    ]),
  ).toMatchObject({
    verified: true,
    verdict: 'pass',
    stores: [{ missing: 0 }, { store: 'channel', missing: 2, guarantee: 'atMostOnce' }],
  });
  expect(verdict([{ ...channel, answer: read(both) }])).toMatchObject({
    verified: false,
    verdict: 'inconclusive',
    reasons: ['no store could be read back'],
  });
  expect(verdict([{ ...store, answer: { type: 'error', error: 'connection refused' } }])).toMatchObject({
    verified: false,
    verdict: 'inconclusive',
    reasons: ['table could not be read back: connection refused'],
    stores: [{ stored: null, missing: null, error: 'connection refused' }],
  });
  expect(verdict([{ ...store, answer: read(both, ['a hash names another event']) }])).toMatchObject({
    verified: false,
    verdict: 'fail',
    reasons: ['table: a hash names another event'],
  });
  expect(verdict([{ ...store, answer: read([id(0)]) }])).toMatchObject({
    verified: false,
    verdict: 'fail',
    reasons: [`1 acknowledged and not in table (${id(1)})`],
  });
  // What one store shows against the run outweighs that another could show nothing.
  expect(
    verdict([
      { ...store, name: 'silent', answer: { type: 'error', error: 'connection refused' } },
      { ...store, answer: read([id(0)]) },
    ]),
  ).toMatchObject({
    verdict: 'fail',
    reasons: [`1 acknowledged and not in table (${id(1)})`, 'silent could not be read back: connection refused'],
  });
  expect(verdict([{ ...store, answer: read(both) }], true)).toMatchObject({ verified: false, interrupted: true });
});

test('where nothing is there by its id, but as many rows are, the service is asked about; the next step names who acknowledged', () => {
  const ledger = ledgerOf(...Array.from({ length: 60 }, () => ACKED));
  const verdict = (ids: readonly string[], otherRows: number) => {
    const reading = { found: tallyOf(RUN, ids), contradictions: [], otherRows };
    const answer = { type: 'read', ledger, reading } as const;
    const answers = [{ name: 'database orders', guarantee: 'stored', routes: [0], answer } as const];
    return reportOf({ ...REPORT, count: 60, ...oneSink(ledger, createMeasure(1)), answers });
  };
  const own = verdict([], 60);
  expect(own.reasons).toEqual([
    expect.stringContaining(
      'database orders has 60 rows or more with other ids. Does the service give ids of its own?',
    ),
  ]);
  expect(verdict([], 55).reasons[0]).toContain('has 55 rows with other ids');
  expect(verdict([], 12).reasons[0]).not.toContain('other ids');
  expect(trafficFailure(own, new AbortController().signal)).toMatchObject({
    ...{ code: 'E_TRAFFIC_LOST', hint: expect.stringContaining('stackctl logs api, which acknowledged the events') },
  });
});

test('a store that could not know accuses nobody, and is no proof', () => {
  const ledger = ledgerOf(ACKED, ACKED);
  const read = reader(ledger);
  const verdict = (answer: Parameters<typeof reportOf>[0]['answers'][number]['answer']) =>
    reportOf({
      ...REPORT,
      count: 2,
      ...oneSink(ledger, createMeasure(1)),
      answers: [{ name: 'table', guarantee: 'stored', routes: [0], answer }],
    });

  expect(verdict({ type: 'unfit', why: 'it keeps 1 event' })).toMatchObject({
    verified: false,
    verdict: 'inconclusive',
    reasons: ['table cannot verify this run: it keeps 1 event'],
    stores: [{ stored: null, missing: null, error: 'it keeps 1 event' }],
  });
  expect(verdict({ ...read([id(0)]), forgets: 'it forgets' })).toMatchObject({
    verified: false,
    verdict: 'inconclusive',
    reasons: ['table cannot verify this run: it forgets, and 1 acknowledged ones are not there'],
    stores: [{ stored: 1, missing: null, missingIds: [] }],
  });
  // What is there all the same is proof.
  expect(verdict({ ...read([id(0), id(1)]), forgets: 'it forgets' })).toMatchObject({ verified: true, reasons: [] });
  expect(reportOf({ ...REPORT, count: 2, ...oneSink(ledger, createMeasure(1)), answers: [] })).toMatchObject({
    verified: false,
    reasons: ['the profile has no store for these values of the stack'],
  });
});

test('nothing acknowledged is nothing verified', () => {
  const ledger = ledgerOf(REJECTED, UNKNOWN);
  const answers = [{ name: 'table', guarantee: 'stored', routes: [0], answer: reader(ledger)([]) }] as const;
  expect(reportOf({ ...REPORT, count: 2, ...oneSink(ledger, createMeasure(1)), answers })).toMatchObject({
    asked: 2,
    acked: 0,
    rejected: 1,
    unknown: 1,
    verified: false,
    verdict: 'inconclusive',
    reasons: ['no event was acknowledged'],
  });
});
