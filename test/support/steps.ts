/** Steps that several scenarios share. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { errorText } from '../../src/errors.ts';
import type { InstanceView, StatusView } from '../../src/lifecycle/status.ts';
import { crashAndHold } from './crash.ts';
import { looksHealthy } from './in-process.ts';
import { type Envelope, portOf, type TestProject, withRole } from './project.ts';
import { roleOf } from './redis-side.ts';
import { waitFor } from './wait-for.ts';

/** Six servers are asked each time. */
const REST_MS = 400;

/**
 * Waits for the program's word that all is well. Between two times that it is asked the test looks by itself: after an
 * election that is ten seconds, in which the program would be started again and again.
 */
export async function untilHealthy(project: TestProject): Promise<StatusView> {
  return waitFor('a healthy cluster', async () => {
    const { code, data } = await project.json(['health']);
    if (code === 0) return data as StatusView;
    if (project.usesThisBuild()) {
      await waitFor(
        'a cluster that looks healthy',
        async () => (await looksHealthy(project)) || (await delay(REST_MS)),
      );
    }
    return undefined;
  });
}

/** Waits until one of these servers, which may want a password, is a master. */
export async function untilPromoted(candidates: readonly InstanceView[], password?: string): Promise<InstanceView> {
  const login = password === undefined ? {} : { password };
  let seen: readonly unknown[] = [];
  const promoted = async (): Promise<InstanceView | undefined> => {
    seen = await Promise.all(
      candidates.map((it) => roleOf({ port: portOf(it), ...login }).catch((error: unknown) => errorText(error))),
    );
    return candidates[seen.indexOf('master')];
  };
  return waitFor('a new master', promoted).catch((error: unknown) => {
    const roles = candidates.map(({ name }, index) => `${name}: ${seen[index]}`);
    throw new Error(`${errorText(error)}; ${roles.join(', ')}`);
  });
}

/**
 * Runs failover-test where the outage is not what is tested: on a busy machine the clock may be too coarse for a
 * verdict, but nothing may be lost and the master changes once.
 */
export async function expectFailover(project: TestProject): Promise<Envelope> {
  const result = await project.json(['failover-test', '--max-outage', '60s']);
  expect(result.data?.verdict, JSON.stringify(result)).toMatch(/pass|inconclusive/);
  expect(result.data.runs).toMatchObject([{ lost: 0, switches: 1, phantom: 0, duplicates: 0 }]);
  return result;
}

/**
 * What the Sentinels logged when they found out by themselves that a master is down. A hand-over needs none of it, however
 * long a busy machine takes for one.
 */
export async function foundDown(project: TestProject): Promise<readonly string[]> {
  const { code, out } = await project.run(['logs', 'sentinel']);
  expect(code).toBe(0);
  return out.split('\n').filter((line) => line.includes('+odown master'));
}

export function replicasIn(view: StatusView): readonly InstanceView[] {
  return view.instances.filter(({ role }) => role === 'replica');
}

/** Kills the master and lets it start again once another one is elected: returns that one, of a healthy cluster. */
export async function failOver(project: TestProject, password?: string): Promise<InstanceView> {
  const before = await project.status();
  const { release } = await crashAndHold(project, withRole(before, 'master'));
  await untilPromoted(replicasIn(before), password);
  await release();
  return withRole(await untilHealthy(project), 'master');
}

export function instanceIn(view: StatusView, name: string): InstanceView {
  const found = view.instances.find((instance) => instance.name === name);
  if (found === undefined) throw new Error(`no instance ${name}`);
  return found;
}
