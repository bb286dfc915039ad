/** Crashes that stackctl knows nothing of, and control over when its restart policy gets to act. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity } from '../../src/lib/process-identity.ts';
import type { InstanceView } from '../../src/lifecycle/status.ts';
import { run } from './cli.ts';
import type { TestProject } from './project.ts';

/** The process on this host that is the server, or in Docker the init of its container. */
export async function hostPid(instance: InstanceView): Promise<number> {
  if (instance.pid !== undefined) return instance.pid;
  const { out } = await run('docker', ['inspect', '--format', '{{.State.Pid}}', instance.containerId ?? '']);
  const pid = Number(out);
  if (!(pid > 0)) throw new Error(`${instance.name} does not run`);
  return pid;
}

/** kill -9 of the server: the restart policy acts. */
export async function crash(instance: InstanceView): Promise<void> {
  process.kill(await hostPid(instance), 'SIGKILL');
}

/** Kills the server and keeps the restart policy from acting until `release`, which starts it at once. */
export async function crashAndHold(
  project: TestProject,
  instance: InstanceView,
): Promise<{ release(): Promise<void> }> {
  if (project.runtime === 'docker') {
    await run('docker', ['kill', instance.containerId ?? '']);
    return { release: async () => void (await run('docker', ['start', instance.containerId ?? ''])) };
  }
  const supervisor = await supervisorPid(project);
  process.kill(supervisor, 'SIGSTOP');
  await crash(instance);
  return { release: async () => void process.kill(supervisor, 'SIGCONT') };
}

export async function supervisorPid({ paths }: TestProject): Promise<number> {
  return JSON.parse(await readFile(join(paths.supervisor, 'lock'), 'utf8')).pid;
}

/** Does nothing when none runs. */
export async function killSupervisor({ paths }: TestProject): Promise<void> {
  const holder: ProcessIdentity = JSON.parse(await readFile(join(paths.supervisor, 'lock'), 'utf8'));
  if (isAlive(holder)) process.kill(holder.pid, 'SIGKILL');
}

/** Kills instances at once, with nobody left to restart them. Asks stackctl nothing, which would bring somebody back. */
export async function cutPower(project: TestProject, victims: readonly InstanceView[]): Promise<void> {
  if (project.runtime === 'docker') {
    // Unlike a kill from outside, this one stands: the restart policy does not apply.
    await run('docker', ['kill', ...victims.map(({ containerId }) => containerId ?? '')]);
    return;
  }
  await killSupervisor(project);
  for (const victim of victims) await crash(victim);
}
