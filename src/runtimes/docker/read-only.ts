/**
 * The fault `read-only`: the volumes of a container lose the right to write, in its own mount namespace. They have it again when
 * the container starts anew.
 */
import type Dockerode from 'dockerode';
import { StackctlError } from '../../errors.ts';
import { isReadOnly, mountProblem } from '../../lib/read-only.ts';
import { type Witnessed, witness } from '../../lib/witness.ts';

const LOOK_MS = 5;
const EFFECT_MS = 5000;

/** @param pid of the container's first process, on this machine. @throws E_FAULT_FAILED */
export async function makeReadOnly(container: Dockerode.Container, pid: number): Promise<Witnessed> {
  const folders = await volumesOf(container);
  const [first] = folders;
  if (first === undefined) throw failed('it has no volume');
  const act = () => remount(pid, folders, 'ro');
  return witness(() => isReadOnly(`/proc/${pid}/root${first}`), act, { everyMs: LOOK_MS, limitMs: EFFECT_MS });
}

/** @throws E_FAULT_FAILED */
export async function makeWritable(container: Dockerode.Container, pid: number): Promise<void> {
  const folders = await volumesOf(container);
  for (const folder of folders) {
    if (await isReadOnly(`/proc/${pid}/root${folder}`)) await remount(pid, [folder], 'rw');
  }
}

async function volumesOf(container: Dockerode.Container): Promise<readonly string[]> {
  const { Mounts } = await container.inspect();
  return Mounts.filter(({ Type, RW }) => Type === 'volume' && RW).map(({ Destination }) => Destination);
}

async function remount(pid: number, folders: readonly string[], right: 'ro' | 'rw'): Promise<void> {
  for (const folder of folders) {
    const argv = ['--mount', '--target', String(pid), '--', 'mount', '-o', `remount,bind,${right}`, folder];
    const problem = await mountProblem('nsenter', argv);
    if (problem !== undefined) throw failed(`${folder} cannot be mounted anew: ${problem}`);
  }
}

function failed(problem: string): StackctlError {
  return new StackctlError('E_FAULT_FAILED', problem, {
    hint: '`stackctl status` shows the state of every instance; `stackctl heal` takes back what is in place.',
  });
}
