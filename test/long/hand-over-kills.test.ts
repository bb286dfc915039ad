import { expect, test } from 'vitest';
import { killAt, killGracefulAt, stallAt, writesOf } from '../support/hand-over-kills.ts';
import { openTestProject } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';
import { untilHealthy } from '../support/steps.ts';

const VALUES = { downAfterMs: 4000, failoverTimeoutMs: 10_000 } as const;
/** An election begins when a server has the wrong role for longer than down-after and 20 s. */
const SETTLED_MS = 60_000;

test('stackctl killed before every single write of a hand-over', { timeout: 3_600_000 }, async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: VALUES });
  await project.up();
  await untilHealthy(project);
  const writes = await writesOf(project);
  for (const [at, next] of writes.entries()) {
    const killed = await killAt(project, at, SETTLED_MS);
    console.log(JSON.stringify({ at, before: next.words.slice(0, 80), ...killed }));
    expect(killed.acked).toBeGreaterThan(20);
  }
});

const GRACEFUL = [
  /^client PAUSE \d/,
  /^sentinel FAILOVER/,
  /^replicaof \d/,
  /^client UNPAUSE/,
  /^client KILL TYPE normal/,
];

test.each([0, 1])(
  'stackctl killed in a graceful hand-over, before and after each of its writes that matter (%i replicas asked for)',
  { timeout: 3_600_000 },
  async (minReplicas) => {
    await using project = await openTestProject({
      runtime: 'process',
      values: { ...VALUES, minReplicasToWrite: minReplicas },
    });
    await project.up();
    for (const words of GRACEFUL) {
      for (const after of [0, 1] as const) {
        const killed = await killGracefulAt(project, { words, after }, SETTLED_MS);
        console.log(JSON.stringify({ words: String(words), at: after, ...killed }));
        expect(killed.acked).toBeGreaterThan(20);
      }
    }
  },
);

test('stackctl held up for longer than the pause of the writes lasts: the old master has gone on, and stays', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: VALUES });
  await project.up();
  await untilHealthy(project);
  const writes = await writesOf(project);
  const demotion = writes.findIndex(({ words }) => /^replicaof (?!NO ONE)/i.test(words));
  const late = await stallAt(project, demotion, SETTLED_MS, 3000);
  expect(late).toMatchObject({ code: 5, masterAfter: late.masterBefore });
});
