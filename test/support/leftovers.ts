import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { access } from 'node:fs/promises';
import type { ProjectPaths } from '../../src/stack/contract/paths.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { LABELS } from '../../src/stack/derived/labels.ts';
import { run } from './cli.ts';

export interface ProjectTraces {
  readonly folder: string;
  readonly id: string;
  readonly runtime: RuntimeName;
  readonly paths: ProjectPaths;
}

/** What is there of a project, one line each. `data: false` leaves out volumes, which outlive a plain `down`. */
export async function leftovers(project: ProjectTraces, { data = true } = {}): Promise<readonly string[]> {
  const { folder, id, runtime, paths } = project;
  return [
    ...processesIn(folder).map(({ pid, command }) => `process ${pid} ${command}`),
    ...(await existing(paths.lock)),
    ...(await existing(paths.faults)),
    ...(data ? await existing(paths.instances) : []),
    ...(runtime === 'docker' ? await dockerObjects(id, data) : []),
  ];
}

/** Ends by pid and removes by id whatever a failed test has left. */
export async function endEverything({ folder, id, runtime }: ProjectTraces): Promise<void> {
  for (const { pid } of processesIn(folder)) signal(pid, 'SIGCONT');
  for (const { pid } of processesIn(folder)) signal(pid, 'SIGKILL');
  if (runtime !== 'docker') return;
  for (const object of await dockerObjects(id, true)) {
    const [kind = '', name = ''] = object.split(' ');
    await run(
      'docker',
      kind === 'container' ? ['rm', '-f', '-v', name] : [kind, 'rm', ...(kind === 'image' ? ['-f'] : []), name],
    );
  }
}

/** Every process that works in the folder or has it in its arguments, this one excepted. */
export function processesIn(folder: string): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), command: commandOf(name), cwd: cwdOf(name), data: dataFolderOf(name) }))
    .filter(({ command, cwd, data }) => [command, `${cwd}/`, `${data}/`].some((text) => text.includes(`${folder}/`)));
}

async function dockerObjects(id: string, data: boolean): Promise<readonly string[]> {
  const filter = ['--filter', `label=${LABELS.project}=${id}`];
  const list = async (kind: string, args: readonly string[]): Promise<readonly string[]> => {
    const { out } = await run('docker', [...args, '-q', ...filter]);
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${kind} ${line}`);
  };
  return [
    ...(await list('container', ['ps', '-a'])),
    ...(await list('network', ['network', 'ls'])),
    ...(data ? await list('volume', ['volume', 'ls']) : []),
    ...(data ? await list('image', ['image', 'ls']) : []),
  ];
}

async function existing(path: string): Promise<readonly string[]> {
  return access(path).then(
    () => [path],
    () => [],
  );
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // ESRCH: it has ended by itself
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    return ''; // gone, or a zombie
  }
}

/** A program of the stack works in the folder of its source, and knows where the project keeps its data. */
function dataFolderOf(pid: string): string {
  try {
    return /\0?STACKCTL_DATA=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1] ?? '';
  } catch {
    return ''; // gone, or somebody else's
  }
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
