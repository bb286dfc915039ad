/** What the Sentinels of a project wrote into their logs about changes of the master, read past stackctl. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './cli.ts';
import type { TestProject } from './project.ts';

export interface LoggedSwitch {
  /** Milliseconds of the wall clock. */
  readonly at: number;
  /** `host:port` of the new master. */
  readonly to: string;
}

/** Of each Sentinel, in the order of its log. */
export async function switchesInLogs(project: TestProject): Promise<ReadonlyMap<string, readonly LoggedSwitch[]>> {
  const { instances } = await project.status();
  const sentinels = instances.filter(({ service }) => service === 'sentinel').map(({ name }) => name);
  const logs = await Promise.all(
    sentinels.map(async (name) => [name, parsed(project, await logOf(project, name))] as const),
  );
  return new Map(logs);
}

async function logOf(project: TestProject, name: string): Promise<string> {
  if (project.runtime === 'docker') return (await run('docker', ['logs', `${project.id}-${name}-1`])).out;
  const file = join(project.paths.instances, name, 'log', 'server.log');
  const [older, newer] = await Promise.all([`${file}.1`, file].map((path) => readFile(path, 'utf8').catch(() => '')));
  return `${older}${newer}`;
}

/** Containers have no time zone, local processes have this machine's. */
function parsed({ runtime }: TestProject, log: string): readonly LoggedSwitch[] {
  const zone = runtime === 'docker' ? ' UTC' : '';
  const lines = log.matchAll(/^\d+:X (\d+ \w+ \d+ [\d:.]+) [#*] \+switch-master \S+ \S+ \d+ (\S+) (\d+)/gm);
  return [...lines].map(([, time = '', host, port]) => ({ at: Date.parse(`${time}${zone}`), to: `${host}:${port}` }));
}
