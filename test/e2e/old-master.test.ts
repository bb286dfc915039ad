import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { crash, crashAndHold } from '../support/crash.ts';
import { hammer } from '../support/hammer.ts';
import { FAST, openTestProject, portOf, type TestProject, withRole } from '../support/project.ts';
import { missingKeys, roleOf } from '../support/redis-side.ts';
import { RUNTIMES, requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * When the dead master starts again, in milliseconds after its end: before the Sentinels notice, as they do, while they
 * elect, when another one is master already.
 */
const MOMENTS = [500, FAST.downAfterMs - 100, FAST.downAfterMs + 50, FAST.downAfterMs + 700, FAST.downAfterMs + 2500];

describe.each(RUNTIMES)('a restarted old master on %s', (runtime) => {
  test('accepts no write that is lost, whenever it comes back; the fence alone does it', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: { ...FAST, minReplicasToWrite: 0 } });
    await project.up();
    for (const afterMs of MOMENTS) expect(await comeBack(project, afterMs)).toEqual(NOTHING_LOST(afterMs));
  });

  test('accepts no write that is lost with min-replicas as well', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: FAST });
    await project.up();
    for (const afterMs of MOMENTS.slice(1, 3)) expect(await comeBack(project, afterMs)).toEqual(NOTHING_LOST(afterMs));
  });

  test('comes back by the restart policy before anybody notices, and loses nothing at all', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const master = withRole(await project.up(), 'master');
    const client = hammer({ port: portOf(master) }, 'policy');
    await waitFor('writes', () => client.acked.length > 100);
    await crash(master);
    const before = client.acked.length;
    await waitFor('writes after the restart', () => client.acked.length > before + 100, 30_000);
    await client.stop();
    await healthyAgain(project);
    expect(withRole(await project.status(), 'master').name).toBe(master.name);
    const keys = client.acked.map(({ key }) => key);
    expect(await missingKeys(portOf(master), keys)).toEqual([]);
  });
});

interface Outcome {
  readonly afterMs: number;
  /** Writes acknowledged by the old master while another one was master. */
  readonly ackedByDeposed: number;
  /** Writes acknowledged by the old master after its restart that the final master does not have. */
  readonly lost: readonly string[];
}

const NOTHING_LOST = (afterMs: number): Outcome => ({ afterMs, ackedByDeposed: 0, lost: [] });

async function comeBack(project: TestProject, afterMs: number): Promise<Outcome> {
  const before = await project.status();
  const old = withRole(before, 'master');
  const others = before.instances.filter(({ role }) => role === 'replica').map(portOf);
  const client = hammer({ port: portOf(old) }, `back-${afterMs}-${Date.now()}`);
  await waitFor('writes', () => client.acked.length > 100);
  const promotion = watchPromotion(others);
  const { release } = await crashAndHold(project, old);
  const crashedAt = performance.now();
  await delay(afterMs - startsLate(project));
  await release();
  // Long enough for a failover that had begun, and for the demotion of whoever still believes to be master.
  await Promise.race([promotion.seen, delay(FAST.downAfterMs + 3000)]);
  await delay(3000);
  await healthyAgain(project);
  const promotedAt = await promotion.stop();
  await client.stop();
  const master = withRole(await project.status(), 'master');
  const since = client.acked.filter(({ at }) => at > crashedAt);
  const deposed = master.name === old.name || promotedAt === undefined ? [] : since.filter(({ at }) => at > promotedAt);
  const keys = since.map(({ key }) => key);
  const lost = keys.length === 0 ? [] : await missingKeys(portOf(master), keys);
  return { afterMs, ackedByDeposed: deposed.length, lost };
}

/** The supervisor waits half a second before it restarts what has crashed. */
function startsLate({ runtime }: TestProject): number {
  return runtime === 'process' ? 500 : 0;
}

/** Notes when one of these servers is a master for the first time. */
function watchPromotion(ports: readonly number[]) {
  const state: { running: boolean; at: number | undefined } = { running: true, at: undefined };
  const loop = async (): Promise<void> => {
    while (state.running && state.at === undefined) {
      const roles = await Promise.all(ports.map((port) => roleOf(port).catch(() => 'unknown')));
      if (roles.includes('master')) state.at = performance.now();
      await delay(10);
    }
  };
  const seen = loop();
  const stop = async (): Promise<number | undefined> => {
    state.running = false;
    await seen;
    return state.at;
  };
  return { seen, stop };
}

async function healthyAgain(project: TestProject): Promise<void> {
  await waitFor('a healthy cluster', async () => (await project.run(['health'])).code === 0, 60_000);
}
