import { expect, test } from 'vitest';
import { noPromotion, obstacleOf, tooFewActing, tooFewReached } from '../../../src/kinds/sentinel/promotion.ts';
import { memberView } from './member-view.ts';

test('a replica that is well, that has just been found or that is being reconfigured may be promoted', () => {
  for (const change of [{}, { sinceInfoMs: 0 }, { flags: ['slave', 'reconf_sent'] }, { linkDownMs: 50_000 }]) {
    expect(obstacleOf(memberView(change))).toBeUndefined();
  }
});

test.each([
  [{ flags: ['slave', 's_down', 'disconnected'] }, 's_down, disconnected'],
  [{ sinceReplyMs: 5001 }, 'no valid reply for 5 s'],
  [{ sinceInfoMs: 31_000 }, 'no answer to INFO for 31 s'],
  // Ten times down-after-milliseconds, as the Sentinel has it now.
  [{ linkDownMs: 50_001 }, 'its link to the master has been down for 50 s, so its data is too old'],
  [{ linkDownMs: 3000, downAfterMs: 200 }, 'its link to the master has been down for 3 s, so its data is too old'],
])('%j is passed over', (change, why) => {
  expect(obstacleOf(memberView(change))).toBe(why);
});

const able = { name: 'redis-2', obstacle: undefined, priority: 100 };
const barred = { name: 'redis-3', obstacle: undefined, priority: 0 };
const down = { name: 'redis-4', obstacle: 's_down', priority: 100 };

test('one replica that may be promoted is enough; one whose priority nobody knows may', () => {
  expect(noPromotion([able, barred, down])).toBeUndefined();
  expect(noPromotion([barred, { ...able, priority: undefined }])).toBeUndefined();
  expect(noPromotion([])).toBeUndefined();
});

test('without one the reason names each; only a setting stays until somebody changes it', () => {
  expect(noPromotion([barred, down])).toEqual({
    reason: 'no failover is possible: no replica may be promoted (redis-3: replica-priority 0; redis-4: s_down)',
    standing: false,
  });
  expect(noPromotion([barred])).toMatchObject({
    reason: expect.stringMatching(/redis-3.*replicaPriority/),
    standing: true,
  });
});

test('Sentinels in TILT mode count only once the others are fewer than the quorum', () => {
  expect(tooFewActing(2, ['sentinel-1'], 2)).toBeUndefined();
  expect(tooFewActing(1, [], 2)).toBeUndefined(); // the Sentinels say that themselves
  expect(tooFewActing(1, ['sentinel-1', 'sentinel-2'], 2)).toMatch(/1 of the 2 .*sentinel-1, sentinel-2/);
});

test('a quorum that nobody could reach differs from Sentinels that are away', () => {
  const seen = { by: 'sentinel-1', otherSentinels: 2, knownSentinels: 3, problem: 'NOQUORUM' };
  expect(tooFewReached({ ...seen, quorum: 4 })).toMatch(/quorum 4 .* with 3 Sentinels: `stackctl restart sentinel-1`/);
  expect(tooFewReached({ ...seen, otherSentinels: 0, quorum: 2 })).toMatch(
    /1 of 3 Sentinels, itself included; quorum 2, majority 2: `stackctl up`/,
  );
});
