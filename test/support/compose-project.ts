/** A Compose project in a folder of its own, in which a built stackctl is a provider. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { projectPaths } from '../../src/project/paths.ts';
import { type Finished, run, STACKCTL } from './cli.ts';
import { freePorts } from './free-ports.ts';
import { processesIn } from './leftovers.ts';

export interface ComposeProject extends AsyncDisposable {
  /** Name of the Compose project. */
  readonly name: string;
  readonly folder: string;
  /** With stackctl on its PATH. */
  readonly env: NodeJS.ProcessEnv;
  /** Options with which redis-sentinel runs on the test images and on free ports, for a list in compose.yaml. */
  readonly values: readonly string[];
  stackctl(...args: readonly string[]): Promise<Finished>;
  /** Ids of containers, networks and volumes that the project or a stack of it has, one line each, sorted. */
  objects(...kinds: readonly ('container' | 'network' | 'volume')[]): Promise<readonly string[]>;
}

const IMAGES = ['redisImage=stackctl-test/redis:8', 'sentinelImage=stackctl-test/redis:8'];

/** @param files name -> text; the name of the project goes where `$NAME` stands, a value for each port where `$VALUES` does. */
export async function openComposeProject(files: Readonly<Record<string, string>>): Promise<ComposeProject> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'stackctl-provider-')));
  const folder = join(base, 'shop');
  const name = `provider-${randomBytes(3).toString('hex')}`;
  const first = await freePorts(28);
  const values = [...IMAGES, `redisPort=${first}`, `sentinelPort=${first + 14}`, `network=${name}-own`];
  await mkdir(folder);
  await mkdir(join(base, 'bin'));
  await symlink(STACKCTL, join(base, 'bin', 'stackctl'));
  const filled = (text: string) => text.replaceAll('$NAME', name).replaceAll('$VALUES', values.join(', '));
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), filled(text));
  const env = {
    ...process.env,
    PATH: [join(base, 'bin'), process.env.PATH ?? ''].join(delimiter),
    XDG_STATE_HOME: join(base, 'state'),
    DOCKER_CONFIG: join(base, 'docker'),
  };
  const objects: ComposeProject['objects'] = async (...kinds) => {
    const found = await Promise.all((kinds.length === 0 ? KINDS : kinds).map((kind) => objectsOf(kind, name)));
    return found.flat().sort();
  };
  return {
    name,
    folder,
    env,
    values,
    stackctl: (...args) => run(STACKCTL, args, { cwd: folder, env }),
    objects,
    [Symbol.asyncDispose]: async () => {
      for (const { pid } of processesIn(base)) kill(pid);
      for (const kind of KINDS) for (const object of await objectsOf(kind, name)) await remove(object);
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** Where the stackctl project of a service lies. */
export function pathsOf({ folder, name }: ComposeProject, service: string) {
  return projectPaths(folder, `${name}-${service}`);
}

const KINDS = ['container', 'network', 'volume'] as const;

/** By name: those of a stack begin with the name of the project as Compose's own do. */
async function objectsOf(kind: (typeof KINDS)[number], name: string): Promise<readonly string[]> {
  const format = kind === 'volume' ? '{{.Name}}' : '{{.ID}}';
  const options = kind === 'volume' ? [] : ['--no-trunc'];
  const all = kind === 'container' ? ['--all'] : [];
  const { out } = await run('docker', [kind, 'ls', ...all, ...options, '--filter', `name=${name}`, '--format', format]);
  return out
    .split('\n')
    .filter((id) => id !== '')
    .map((id) => `${kind} ${id}`);
}

async function remove(object: string): Promise<void> {
  const [kind = '', id = ''] = object.split(' ');
  await run('docker', kind === 'container' ? ['rm', '-f', '-v', id] : [kind, 'rm', id]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
