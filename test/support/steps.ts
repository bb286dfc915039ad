/** Steps that several scenarios share. */
import type { InstanceView, StatusView } from '../../src/lifecycle/status.ts';
import { crashAndHold } from './crash.ts';
import { portOf, type TestProject, withRole } from './project.ts';
import { roleOf } from './redis-side.ts';
import { waitFor } from './wait-for.ts';

export async function untilHealthy(project: TestProject): Promise<StatusView> {
  return waitFor(
    'a healthy cluster',
    async () => {
      const { code, data } = await project.json(['health']);
      return code === 0 && (data as StatusView);
    },
    60_000,
  );
}

/** Waits until one of these servers is a master. */
export async function untilPromoted(candidates: readonly InstanceView[]): Promise<InstanceView> {
  const promoted = async (): Promise<InstanceView | undefined> => {
    const roles = await Promise.all(candidates.map((it) => roleOf(portOf(it)).catch(() => 'unknown')));
    return candidates[roles.indexOf('master')];
  };
  return waitFor('a new master', promoted, 30_000);
}

export function replicasIn(view: StatusView): readonly InstanceView[] {
  return view.instances.filter(({ role }) => role === 'replica');
}

/** Kills the master and lets it start again once another one is elected: returns that one, of a healthy cluster. */
export async function failOver(project: TestProject): Promise<InstanceView> {
  const before = await project.status();
  const { release } = await crashAndHold(project, withRole(before, 'master'));
  await untilPromoted(replicasIn(before));
  await release();
  return withRole(await untilHealthy(project), 'master');
}

export function instanceIn(view: StatusView, name: string): InstanceView {
  const found = view.instances.find((instance) => instance.name === name);
  if (found === undefined) throw new Error(`no instance ${name}`);
  return found;
}
