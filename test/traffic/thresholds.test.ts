import { expect, test } from 'vitest';
import { createTimes } from '../../src/traffic/measure/histogram.ts';
import { type Figures, judgeThreshold, parseThreshold } from '../../src/traffic/thresholds.ts';

function timesOf(...ms: readonly number[]) {
  const times = createTimes();
  for (const one of ms) times.add(one);
  return times;
}

const FIGURES: Figures = {
  response: timesOf(1, 2, 3, 40),
  service: timesOf(1, 1, 1, 8),
  lateness: createTimes(),
  achievedPercent: 98.2,
  ackedPerS: 950,
  hitPercent: 69.95,
  counts: { asked: 1000, rejected: 1, unknown: 1 },
  stores: { missing: 0, phantom: null, duplicates: 2 },
};

function judged(text: string) {
  const threshold = parseThreshold(text);
  if ('problem' in threshold) throw new Error(threshold.problem);
  const { value, unit, passed } = judgeThreshold(threshold, FIGURES);
  return [value, unit, passed];
}

test.each([
  ['p50 < 3ms', [2, 'ms', true]],
  ['p99<40ms', [40, 'ms', false]],
  ['p99 <= 0.04s', [40, 'ms', true]],
  ['response.max == 40ms', [40, 'ms', true]],
  ['service.p99<10000us', [8, 'ms', true]],
  ['service.mean < 2ms', [2.751, 'ms', false]],
  ['lateness.p99 < 1s', [null, 'ms', null]],
  ['rate.achieved>=99%', [98.2, '%', false]],
  ['rate.acked > 900/s', [950, '/s', true]],
  ['rate.acked>=1k/s', [950, '/s', false]],
  ['errors.rate<=0.2%', [0.2, '%', true]],
  ['errors.rejected==0', [1, '', false]],
  ['errors.unknown<2', [1, '', true]],
  ['hits.rate>=70%', [69.95, '%', false]],
  ['reads.hits.rate>=69%', [69.95, '%', true]],
  ['reconcile.missing==0', [0, '', true]],
  ['reconcile.phantom==0', [null, '', null]],
  ['reconcile.duplicates==0', [2, '', false]],
])('%s', (text, expected) => {
  expect(judged(text)).toEqual(expected);
});

test.each([
  ['p99', /is not a metric, a comparison and a number/],
  ['p99 < fast', /is not a metric/],
  ['p99 =< 5ms', /is not a metric/],
  ['p101 < 5ms', /knows no metric p101/],
  ['speed > 5', /knows no metric speed; there are p50 to p99\.99, max, mean, rate\.achieved/],
  ['toString < 5', /knows no metric/],
  ['constructor < 5', /knows no metric constructor/],
  ['p99 < 5', /needs a number with a unit of time \(50ms\) for p99/],
  ['errors.rate < 5ms', /needs a number in percent \(99%\) for errors\.rate/],
  ['reconcile.missing < 5%', /needs a number without a unit/],
])('%s is refused', (text, problem) => {
  expect(parseThreshold(text)).toMatchObject({ problem: expect.stringMatching(problem) });
});

test('what is compared is not rounded', () => {
  const judge = (text: string, figures: Partial<Figures>) => {
    const threshold = parseThreshold(text);
    if ('problem' in threshold) throw new Error(threshold.problem);
    const { value, passed } = judgeThreshold(threshold, { ...FIGURES, ...figures });
    return [value, passed];
  };
  expect(judge('errors.rate<=1%', { counts: { asked: 100_000, rejected: 1004, unknown: 0 } })).toEqual([1.004, false]);
  expect(judge('errors.rate<0.1%', { counts: { asked: 1_000_000, rejected: 996, unknown: 0 } })).toEqual([
    0.0996,
    true,
  ]);
  expect(judge('rate.achieved>=99%', { achievedPercent: 98.96 })).toEqual([98.96, false]);
  expect(judge('max<=1s', { response: timesOf(1004) })).toEqual([1004, false]);
  expect(judge('rate.acked>=0.002/s', { ackedPerS: 0.00277 })).toEqual([0.00277, true]);
  expect(judge('reconcile.missing==12345', { stores: { missing: 12_345, phantom: 0, duplicates: 0 } })).toEqual([
    12_345,
    true,
  ]);
});
