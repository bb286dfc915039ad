import { expect, test } from 'vitest';
import { createAcks } from '../../src/smoke/acks.ts';
import { lossesOf, lossText } from '../../src/smoke/losses.ts';
import { changeOf, type Stored } from '../../src/smoke/stored.ts';

/** A store with these events, each as often as it is named. */
function storeOf(...sequences: readonly number[]): Stored {
  return {
    from: (from) => [...new Set(sequences)].filter((one) => one >= from),
    copiesOf: (sequence) => sequences.filter((one) => one === sequence).length,
  };
}

test('of a store that has as many events as before, those are named that are other ones', () => {
  expect(changeOf(storeOf(1, 2, 3), storeOf(1, 2, 3))).toEqual({ gone: [], added: [] });
  expect(changeOf(storeOf(1, 2, 3), storeOf(1, 2, 9))).toEqual({ gone: [3], added: [9] });
  expect(changeOf(storeOf(1, 2, 3), storeOf(1, 3, 3))).toEqual({ gone: [2], added: [3] });
  expect(changeOf(storeOf(1, 2), storeOf())).toEqual({ gone: [1, 2], added: [] });
});

/** Events 0 to 3 were acknowledged before the restarts, 4 and 5 in that of cache-1, 6 and 7 in that of api-1, 8 behind them. */
function acked() {
  const acks = createAcks();
  const note = (...sequences: readonly number[]) => sequences.forEach(acks.note);
  note(0, 1, 2, 3);
  acks.begin({ type: 'during', instance: 'cache-1' });
  note(4, 5);
  acks.begin({ type: 'during', instance: 'api-1' });
  note(7, 6);
  acks.begin({ type: 'after' });
  note(8);
  expect(acks.count).toBe(9);
  return acks;
}

const missing = (...ranges: readonly (readonly [number, number])[]) => {
  const count = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return [
    { store: 'cache orders', missing: count, missingRanges: ranges },
    { store: 'whole', missing: 0, missingRanges: [] },
    { store: 'unread', missing: null, missingRanges: [] },
  ];
};

test('what is missing is told by when it was acknowledged, of the stores that miss something', () => {
  const [lost, ...others] = lossesOf(missing([3, 4], [6, 6], [8, 8]), acked(), new Map());
  expect(others).toEqual([]);
  expect(lost).toEqual({
    ...{ store: 'cache orders', missing: 4, heldBefore: null, kept: null },
    acked: [
      { moment: 'before anything was restarted', events: 1 },
      { moment: 'while cache-1 was restarted', events: 1 },
      { moment: 'while api-1 was restarted', events: 1 },
      { moment: 'after everything was restarted', events: 1 },
    ],
  });
});

test('a store that kept what it had was never given the rest: whoever acknowledged it is named', () => {
  const [lost] = lossesOf(missing([4, 5]), acked(), new Map([['cache orders', storeOf(0, 1, 2)]]));
  const [when, why] = lossText(lost as NonNullable<typeof lost>, 'api');
  expect(when).toBe('cache orders: 2 events acknowledged while cache-1 was restarted, and not there now');
  expect(why).toMatch(
    /^cache orders still has all 3 that it held before the restarts\. api acknowledged what was not stored/,
  );
});

test('a store that had them and has them no more is named itself, whoever acknowledged them', () => {
  const [lost] = lossesOf(missing([1, 4]), acked(), new Map([['cache orders', storeOf(0, 1, 2)]]));
  expect(lost).toMatchObject({ heldBefore: 2, kept: 1 });
  const [when, why] = lossText(lost as NonNullable<typeof lost>, 'api');
  expect(when).toContain('3 before anything was restarted, 1 while cache-1 was restarted');
  expect(why).toMatch(/^cache orders held 2 of them before the restarts: it does not keep over a restart what it has/);
});

test('where the service of the store acknowledged them itself nobody else is blamed', () => {
  const [lost] = lossesOf(missing([4, 5]), acked(), new Map([['cache orders', storeOf(0)]]));
  expect(lossText(lost as NonNullable<typeof lost>, undefined)).toHaveLength(1);
});
