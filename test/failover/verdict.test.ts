import { describe, expect, it } from 'vitest';
import { type Findings, judge, type Verdict, worst } from '../../src/failover/verdict.ts';

const clean = { lost: 0, lostUnexplained: 0, phantom: 0, duplicates: 0, misclassified: 0 };
const good: Findings = {
  ackedBeforeFault: 100,
  outageMs: 9980,
  resolutionMs: 20,
  expects: { switches: [1, 1] },
  switches: 1,
  oldPrimary: 'redis-1',
  newPrimary: 'redis-2',
  epochs: { before: 3, after: 4 },
  facts: [],
  ofClients: [],
  promotions: undefined,
  replicas: undefined,
  twoMastersMs: 0,
  twoMastersWithinMs: 100,
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
    expect(new Set(judged.invariants.map(({ name }) => name)).size).toBe(9);
  });

  it('passes when another replica had more and nothing was lost', () => {
    const promotions = [{ at: 1, node: 'redis-2', behind: { node: 'redis-3', bytes: 14 } }];
    const { verdict, invariants } = judge({ ...good, promotions }, thresholds);
    expect(verdict).toBe('pass');
    expect(invariants.map(({ name }) => name)).toContain('no loss by the choice of the replica');
  });

  it('passes with replicas that hold the same', () => {
    const { verdict, invariants } = judge({ ...good, replicas: [{ node: 'r', missing: 0, extra: 0 }] }, thresholds);
    expect(verdict).toBe('pass');
    expect(invariants.map(({ name }) => name)).toContain('replicas hold the same');
  });

  it.each<[string, Partial<Findings>, Verdict, RegExp]>([
    ['an outage that is too long', { outageMs: 10_021 }, 'fail', /10021 ms \(± 20 ms\)/],
    ['no write on a new master', { outageMs: null }, 'fail', /no write was acknowledged/],
    ['a lost write', { contents: { ...clean, lost: 1, lostUnexplained: 1 } }, 'fail', /1 acknowledged write was lost/],
    ['a phantom', { contents: { ...clean, phantom: 1 } }, 'fail', /1 value is stored that this run did not write/],
    ['a duplicate', { contents: { ...clean, duplicates: 1 } }, 'fail', /more than once/],
    ['a refused write that is there', { contents: { ...clean, misclassified: 1 } }, 'fail', /refused/],
    [
      'a replica that holds something else',
      { replicas: [{ node: 'redis-3', missing: 2, extra: 1 }] },
      'fail',
      /redis-3 lacks 2 and has 1 that only it has/,
    ],
    [
      'a replica that could not be read',
      { replicas: [{ node: 'redis-3', missing: 0, extra: 0, problem: 'no answer' }] },
      'inconclusive',
      /redis-3 could not be read: no answer/,
    ],
    [
      'a loss because another replica had more',
      {
        contents: { ...clean, lost: 1, lostUnexplained: 1 },
        promotions: [{ at: 1, node: 'redis-2', behind: { node: 'redis-3', bytes: 80 } }],
      },
      'fail',
      /redis-2 was promoted although redis-3 had 80 bytes more/,
    ],
    ['what holds not of a client', { ofClients: [{ name: 'c', outcome: 'fail', reason: 'c: why' }] }, 'fail', /c: why/],
    ['no switch', { switches: 0 }, 'fail', /changed 0 times/],
    ['two switches', { switches: 2 }, 'fail', /changed 2 times/],
    ['an old master that stays away', { newPrimary: undefined }, 'fail', /did not become a replica/],
    ['an old master that is the master', { newPrimary: 'redis-1' }, 'fail', /did not become a replica/],
    ['an epoch that stands still', { epochs: { before: 3, after: 3 } }, 'fail', /epoch went from 3 to 3 while/],
    ['an epoch that is not known', { epochs: { before: 3, after: undefined } }, 'inconclusive', /epoch at the end/],
    ['what the scenario itself found', { facts: [{ name: 'n', problem: 'why' }] }, 'fail', /why/],
    [
      'what it needs and did not have',
      { facts: [{ name: 'n', problem: 'why', isDoubt: true }] },
      'inconclusive',
      /why/,
    ],
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
    const judged = judge(
      { ...good, ackedBeforeFault: 5, contents: { ...clean, lost: 3, lostUnexplained: 3 } },
      thresholds,
    );
    expect(judged.verdict).toBe('fail');
    expect(judged.reasons).toHaveLength(2);
  });

  it('gives the words of the arbiters before what follows from them, and never fails for words alone', () => {
    const explanation = ['sentinel-1 gave the failover up'];
    const epochs = { before: 3, after: 3 };
    expect(judge({ ...good, switches: 0, epochs, explanation }, thresholds).reasons).toEqual([
      'sentinel-1 gave the failover up',
      'the master changed 0 times; exactly once was expected',
    ]);
    expect(judge({ ...good, explanation }, thresholds)).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  it('lets a fault lose what it explains, and nothing later', () => {
    const explained = { ...clean, lost: 3 };
    expect(judge({ ...good, contents: explained }, thresholds).verdict).toBe('pass');
    const judged = judge({ ...good, contents: { ...explained, lostUnexplained: 1 } }, thresholds);
    expect(judged.reasons).toEqual([
      '1 acknowledged write was lost later than the fault explains; at most 0 are allowed',
    ]);
  });

  it.each<[string, Partial<Findings>, Verdict, string | undefined]>([
    ['the master stays', {}, 'pass', undefined],
    ['it changes', { switches: 1, newPrimary: 'redis-2' }, 'fail', 'the master changed 1 time; no change was expected'],
    [
      'the epoch moves',
      { epochs: { before: 3, after: 4 } },
      'fail',
      'the epoch went from 3 to 4 while the master changed 0 times',
    ],
    ['not all agree', { newPrimary: undefined }, 'fail', 'not all agree on one master and follow it'],
    ['no write came afterwards', { outageMs: null }, 'fail', 'no write was acknowledged by the master afterwards'],
  ])('where no change is expected: %s', (_name, change, verdict, reason) => {
    const stays: Findings = {
      ...good,
      ...{ expects: { switches: [0, 0] }, switches: 0, newPrimary: 'redis-1', epochs: { before: 3, after: 3 } },
    };
    const judged = judge({ ...stays, ...change }, thresholds);
    expect(judged.verdict).toBe(verdict);
    if (reason !== undefined) expect(judged.reasons).toContain(reason);
    expect(judged.invariants.map(({ name }) => name)).toContain('no change of the master');
  });

  it.each<[readonly [number, number], number, Verdict]>([
    [[0, 1], 0, 'pass'],
    [[0, 1], 1, 'pass'],
    [[0, 1], 2, 'fail'],
    [[2, 2], 1, 'fail'],
    [[2, 2], 2, 'pass'],
  ])('expects %j changes and sees %i: %s', (expected, switches, verdict) => {
    const epochs = { before: 3, after: 3 + switches };
    expect(judge({ ...good, expects: { switches: expected }, switches, epochs }, thresholds).verdict).toBe(verdict);
  });

  it('judges two masters at the same time when there is a limit for it', () => {
    const two = { ...good, twoMastersMs: 9800 };
    expect(judge(two, thresholds).verdict).toBe('pass');
    expect(judge(two, { ...thresholds, maxSplitBrainMs: 9900 }).verdict).toBe('pass');
    expect(judge(two, { ...thresholds, maxSplitBrainMs: 9899 }).verdict).toBe('inconclusive');
    expect(judge(two, { ...thresholds, maxSplitBrainMs: 9799 })).toMatchObject({
      verdict: 'fail',
      reasons: ['two servers said for 9800 ms that they are the master; at most 9799 ms are allowed'],
    });
    expect(judge({ ...good, twoMastersMs: null }, { ...thresholds, maxSplitBrainMs: 1 }).verdict).toBe('inconclusive');
  });

  it('allows as many lost writes as it is told', () => {
    const contents = { ...clean, lost: 3, lostUnexplained: 3 };
    expect(judge({ ...good, contents }, { ...thresholds, maxLost: 3 }).verdict).toBe('pass');
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
