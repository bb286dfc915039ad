/** The fault `read-only`: the data folder of an instance is mounted over itself, without the right to write. */
import { readFileSync } from 'node:fs';
import { StackctlError } from '../../errors.ts';
import { isReadOnly, mountProblem } from '../../lib/read-only.ts';
import { type Witnessed, witness } from '../../lib/witness.ts';

const LOOK_MS = 2;
const EFFECT_MS = 2000;
/** https://man7.org/linux/man-pages/man7/capabilities.7.html */
const CAP_SYS_ADMIN = 21;

/** Root in a container often may not. */
export function canMount(): boolean {
  if (process.platform !== 'linux') return false;
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return ((BigInt(`0x${effective}`) >> BigInt(CAP_SYS_ADMIN)) & 1n) === 1n;
}

/** @throws E_FAULT_FAILED */
export async function makeReadOnly(folder: string): Promise<Witnessed> {
  const act = async (): Promise<void> => {
    if (isOurs(folder)) return;
    await run('mount', '--bind', folder, folder);
    await run('mount', '-o', 'remount,bind,ro', folder);
  };
  return witness(() => isReadOnly(folder), act, { everyMs: LOOK_MS, limitMs: EFFECT_MS });
}

/** A no-op for a folder that has no such mount; what a user has mounted there stays. @throws E_FAULT_FAILED */
export async function makeWritable(folder: string): Promise<void> {
  // A server that was started meanwhile works in it: it keeps its place, and the mount goes when that ends.
  if (process.platform === 'linux' && isOurs(folder)) await run('umount', '--lazy', folder);
}

/**
 * Whether the uppermost mount of the folder is a read-only one. The fields of a line: the fifth is the place, with blanks in octal,
 * the sixth its options (https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html); later lines lie above.
 */
function isOurs(folder: string): boolean {
  const place = folder.replaceAll(' ', '\\040');
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const options = mounts.findLast((fields) => fields[4] === place)?.[5] ?? '';
  return options.split(',').includes('ro');
}

async function run(program: string, ...args: readonly string[]): Promise<void> {
  const problem = await mountProblem(program, args);
  if (problem === undefined) return;
  throw new StackctlError('E_FAULT_FAILED', `${program} ${args.at(-1)}: ${problem}`, {
    hint: 'See `stackctl status`; what is in place is taken back by `stackctl heal`.',
  });
}
