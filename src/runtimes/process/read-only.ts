/** The fault `read-only`: the data folder of an instance is mounted over itself, without the right to write. */
import { readFileSync } from 'node:fs';
import { StackctlError } from '../../errors.ts';
import { isReadOnly } from '../../lib/read-only.ts';
import { type Witnessed, witness } from '../../lib/witness.ts';

const LOOK_MS = 5;
const EFFECT_MS = 2000;

export function canMount(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

/** @throws E_FAULT_FAILED */
export async function makeReadOnly(folder: string): Promise<Witnessed> {
  await makeWritable(folder);
  const act = async (): Promise<void> => {
    await run('mount', '--bind', folder, folder);
    await run('mount', '-o', 'remount,bind,ro', folder);
  };
  return witness(() => isReadOnly(folder), act, { everyMs: LOOK_MS, limitMs: EFFECT_MS });
}

/** A no-op for a folder that is mounted over by nobody. @throws E_FAULT_FAILED */
export async function makeWritable(folder: string): Promise<void> {
  // A server that was started meanwhile works in it: it keeps its place, and the mount goes when that ends.
  while (isMounted(folder)) await run('umount', '--lazy', folder);
}

/** https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html: the fifth field, blanks written in octal. */
function isMounted(folder: string): boolean {
  const place = folder.replaceAll(' ', '\\040');
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[4] === place);
}

async function run(program: string, ...args: readonly string[]): Promise<void> {
  const { execa } = await import('execa');
  const { failed, stderr } = await execa(program, args, { reject: false, stdin: 'ignore' });
  if (!failed) return;
  throw new StackctlError('E_FAULT_FAILED', `${program} ${args.at(-1)}: ${stderr.trim()}`, {
    hint: 'See `stackctl status`; what is in place is taken back by `stackctl heal`.',
  });
}
