import { expect, test } from 'vitest';
import { killAt, stallAt, writesOf } from '../support/hand-over-kills.ts';
import { openTestProject } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';
import { untilHealthy } from '../support/steps.ts';

/** Longer than a busy machine keeps a server from answering. */
const VALUES = { downAfterMs: 8000, failoverTimeoutMs: 20_000 } as const;
const SETTLED_MS = 40_000;

/** The rest, and each by itself, is in test/long. */
test('stackctl killed or held up during a hand-over: nothing is lost, and the group goes on by itself', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: VALUES });
  await project.up();
  await untilHealthy(project);
  const writes = (await writesOf(project)).map(({ words }) => words);
  const next = (words: RegExp): number => writes.findIndex((one) => words.test(one));
  const paused = await killAt(project, next(/^CLIENT PAUSE/i) + 1, SETTLED_MS);
  expect(paused.masterAfter).toBe(paused.masterBefore);
  const twoMasters = await killAt(project, next(/^replicaof (?!NO ONE)/i), SETTLED_MS);
  expect(twoMasters.masterAfter).toBe(twoMasters.masterBefore);
  const oneTold = await killAt(project, next(/^publish/i) + 1, SETTLED_MS);
  expect(oneTold.masterAfter).not.toBe(oneTold.masterBefore);
  // Held up for longer than the pause lasts: the old master has gone on before it is told to follow.
  const late = await stallAt(project, next(/^replicaof (?!NO ONE)/i), SETTLED_MS, 3000);
  expect(late).toMatchObject({ code: 5, masterAfter: late.masterBefore });
});
