import { expect, test } from 'vitest';
import { killAt, stallAt, writesOf } from '../support/hand-over-kills.ts';
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

/** How often it asks differs from run to run: what it is killed before is the same kind of write, not the same one. */
const GRACEFUL = [
  /^client PAUSE \d/i,
  /^sentinel FAILOVER/i,
  /^replicaof \d/i,
  /^client UNPAUSE/i,
  /^client KILL TYPE normal/i,
];

test('stackctl killed in a graceful hand-over, before and after each of its writes that matter', {
  timeout: 3_600_000,
}, async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: VALUES });
  await project.up();
  await untilHealthy(project);
  const writes = await writesOf(project, 'graceful');
  for (const kind of GRACEFUL) {
    const first = writes.findIndex(({ words }) => kind.test(words));
    expect(first, String(kind)).toBeGreaterThanOrEqual(0);
    for (const at of [first, first + 1]) {
      const killed = await killAt(project, at, SETTLED_MS, 'graceful');
      console.log(JSON.stringify({ at, before: writes[at]?.words.slice(0, 80), ...killed }));
      expect(killed.acked).toBeGreaterThan(20);
    }
  }
});

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
