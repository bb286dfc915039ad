import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { InstanceView } from '../../src/lifecycle/status.ts';
import { crash, crashAndHold, cutPower } from '../support/crash.ts';
import { hammer } from '../support/hammer.ts';
import { FAST, ok, openTestProject, portOf, type TestProject, withRole } from '../support/project.ts';
import { missingKeys } from '../support/redis-side.ts';
import { gateRounds, gateRuntimes, requireRuntime } from '../support/require.ts';
import { replicasIn, untilHealthy, untilPromoted } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * When the dead master starts again, in milliseconds after its end, and by whom: just before the Sentinels notice, while
 * they elect, when another one is master already, as after every failover-test.
 */
const CLOSE = [
  [FAST.downAfterMs - 100, 'itself'],
  [FAST.downAfterMs + 300, 'up'],
] as const;
const MOMENTS = gateRounds<readonly [afterMs: number, by: 'itself' | 'up']>(CLOSE, [
  ...CLOSE,
  [FAST.downAfterMs + 2500, 'itself'],
]);

describe.each(gateRuntimes('process'))('a restarted old master on %s', (runtime) => {
  // With min-replicas the fence is not alone.
  test.for(gateRounds(['the fence alone'], ['the fence alone', 'min-replicas as well']))(
    'accepts no write that is lost, whenever it comes back: %s',
    async (how, context) => {
      requireRuntime(context, runtime);
      await using project = await openTestProject({
        runtime,
        values: how === 'the fence alone' ? { ...FAST, minReplicasToWrite: 0 } : FAST,
      });
      await project.up();
      for (const [afterMs, by] of MOMENTS) expect(await comeBack(project, afterMs, by)).toEqual(nothingLost(afterMs));
      await expectNothingLostByPolicy(project);
    },
  );
});

/** Back before anybody notices, it loses nothing at all. */
async function expectNothingLostByPolicy(project: TestProject): Promise<void> {
  const master = withRole(await project.status(), 'master');
  await using client = hammer({ port: portOf(master) }, 'policy');
  await waitFor('writes', () => client.acked.length > 100);
  await crash(master);
  const after = withRole(await untilHealthy(project), 'master');
  await client.stop();
  // On a busy machine the restart may have taken longer than the Sentinels waited.
  if (after.name !== master.name) return;
  const keys = client.acked.map(({ key }) => key);
  expect(await missingKeys(portOf(master), keys)).toEqual([]);
}

interface Outcome {
  readonly afterMs: number;
  /** Writes acknowledged by the old master while another one was master. */
  readonly ackedByDeposed: number;
  /** Writes acknowledged by the old master after its restart that the final master does not have. */
  readonly lost: number;
}

function nothingLost(afterMs: number): Outcome {
  return { afterMs, ackedByDeposed: 0, lost: 0 };
}

/** Kills the master under a client that knows only it, starts it again after a while, and counts what it acknowledged. */
async function comeBack(project: TestProject, afterMs: number, by: 'itself' | 'up' = 'itself'): Promise<Outcome> {
  const before = await project.status();
  const old = withRole(before, 'master');
  await using client = hammer({ port: portOf(old) }, `back-${afterMs}-${Date.now()}`);
  await waitFor('writes', () => client.acked.length > 100);
  const release = await crashUntil(by, project, old);
  const crashedAt = performance.now();
  const promotedAt = untilPromoted(replicasIn(before)).then(
    () => performance.now(),
    () => undefined, // it came back in time: no failover
  );
  await delay(afterMs - STARTS_LATE_MS);
  await release();
  // Long enough for a failover that had begun, and for the demotion of whoever still believes to be master.
  await Promise.race([promotedAt, delay(FAST.downAfterMs + 3000)]);
  await delay(2000);
  const master = withRole(await untilHealthy(project), 'master');
  await client.stop();
  const since = client.acked.filter(({ at }) => at > crashedAt);
  const deposedAt = master.name === old.name ? undefined : await promotedAt;
  const deposed = deposedAt === undefined ? [] : since.filter(({ at }) => at > deposedAt);
  const lost =
    since.length === 0
      ? []
      : await missingKeys(
          portOf(master),
          since.map(({ key }) => key),
        );
  return { afterMs, ackedByDeposed: deposed.length, lost: lost.length };
}

/** Kills the server; returns what starts it again. */
async function crashUntil(
  by: 'itself' | 'up',
  project: TestProject,
  old: InstanceView,
): Promise<() => Promise<unknown>> {
  if (by === 'itself') return (await crashAndHold(project, old)).release;
  await cutPower(project, [old]);
  return async () => ok(await project.json(['up']));
}

/** The supervisor waits half a second before it restarts what has crashed; a container takes about that to start. */
const STARTS_LATE_MS = 500;
