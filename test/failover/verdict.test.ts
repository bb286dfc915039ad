import { describe, expect, it } from 'vitest';
import { type Findings, judge, type Verdict, worst } from '../../src/failover/verdict.ts';

const clean = { lost: 0, phantom: 0, duplicates: 0, misclassified: 0 };
const good: Findings = {
  ackedBeforeFault: 100,
  outageMs: 9980,
  resolutionMs: 20,
  switches: 1,
  oldPrimaryRejoined: true,
  contents: clean,
  explanation: [],
};
const thresholds = { maxOutageMs: 10_000, maxLost: 0 };

describe('judge', () => {
  it('passes at every threshold', () => {
    const judged = judge(good, thresholds);
    expect(judged).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(new Set(judged.invariants.map(({ outcome, reason }) => `${outcome} ${reason}`))).toEqual(
      new Set(['pass null']),
    );
    expect(new Set(judged.invariants.map(({ name }) => name)).size).toBe(8);
  });

  it.each<[string, Partial<Findings>, Verdict, RegExp]>([
    ['an outage that is too long', { outageMs: 10_021 }, 'fail', /10021 ms \(± 20 ms\)/],
    ['no write on a new master', { outageMs: null }, 'fail', /no write was acknowledged/],
    ['a lost write', { contents: { ...clean, lost: 1 } }, 'fail', /1 acknowledged write was lost/],
    ['a phantom', { contents: { ...clean, phantom: 1 } }, 'fail', /1 value is stored that this run did not write/],
    ['a duplicate', { contents: { ...clean, duplicates: 1 } }, 'fail', /more than once/],
    ['a refused write that is there', { contents: { ...clean, misclassified: 1 } }, 'fail', /refused/],
    ['no switch', { switches: 0 }, 'fail', /changed 0 times/],
    ['two switches', { switches: 2 }, 'fail', /changed 2 times/],
    ['an old master that stays away', { oldPrimaryRejoined: false }, 'fail', /did not become a replica/],
    ['too few writes before the fault', { ackedBeforeFault: 99 }, 'inconclusive', /99 writes/],
    [
      'an outage that may be just too long',
      { resolutionMs: 20.1 },
      'inconclusive',
      /9980 ms was measured to within 21 ms/,
    ],
    ['a failed final read', { contents: undefined }, 'inconclusive', /final read/],
    ['nothing acknowledged at all', { ackedBeforeFault: 0, outageMs: null }, 'inconclusive', /only 0/],
    ['a coarse outage just over the limit', { outageMs: 10_010, resolutionMs: 30 }, 'inconclusive', /within 30 ms/],
    ['a coarse outage far over the limit', { outageMs: 10_031, resolutionMs: 30 }, 'fail', /10031 ms/],
  ])('%s', (_name, change, verdict, reason) => {
    const judged = judge({ ...good, ...change }, thresholds);
    expect(judged.verdict).toBe(verdict);
    for (const one of judged.invariants) expect(one.reason === null).toBe(one.outcome === 'pass');
    expect(judged.reasons.join('\n')).toMatch(reason);
  });

  it('passes however coarse the clock was, while the bound is further away than that', () => {
    expect(judge({ ...good, outageMs: 6280, resolutionMs: 70 }, thresholds).verdict).toBe('pass');
    expect(judge({ ...good, outageMs: 6280, resolutionMs: 3720 }, thresholds).verdict).toBe('pass');
    expect(judge({ ...good, outageMs: 6280, resolutionMs: 3721 }, thresholds).verdict).toBe('inconclusive');
  });

  it('fails on evidence that stands by itself, also when the run measured too little', () => {
    const judged = judge({ ...good, ackedBeforeFault: 5, contents: { ...clean, lost: 3 } }, thresholds);
    expect(judged.verdict).toBe('fail');
    expect(judged.reasons).toHaveLength(2);
  });

  it('gives the words of the arbiters before what follows from them, and never fails for words alone', () => {
    const explanation = ['sentinel-1 gave the failover up'];
    expect(judge({ ...good, switches: 0, explanation }, thresholds).reasons).toEqual([
      'sentinel-1 gave the failover up',
      'the master changed 0 times; exactly once was expected',
    ]);
    expect(judge({ ...good, explanation }, thresholds)).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  it('allows as many lost writes as it is told', () => {
    expect(judge({ ...good, contents: { ...clean, lost: 3 } }, { ...thresholds, maxLost: 3 }).verdict).toBe('pass');
  });
});

it.each<[readonly Verdict[], Verdict]>([
  [[], 'inconclusive'],
  [['pass', 'pass'], 'pass'],
  [['pass', 'inconclusive'], 'inconclusive'],
  [['inconclusive', 'fail', 'pass'], 'fail'],
])('the worst of %j is %s', (verdicts, expected) => {
  expect(worst(verdicts)).toBe(expected);
});
