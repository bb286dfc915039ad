/**
 * The fault `read-only`: the volumes of a container lose the right to write, in its own mount namespace. They have it again when
 * the container starts anew.
 */
import type Dockerode from 'dockerode';
import { StackctlError } from '../../errors.ts';
import { deadline, isTimeout, poll } from '../../lib/poll.ts';
import { isReadOnly } from '../../lib/read-only.ts';
import { type Witnessed, witness } from '../../lib/witness.ts';

const LOOK_MS = 5;
const EFFECT_MS = 5000;
const BUSY_MS = 2000;

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
  const { execa } = await import('execa');
  for (const folder of folders) {
    const argv = ['--mount', '--target', String(pid), '--', 'mount', '-o', `remount,bind,${right}`, folder];
    let problem = '';
    const attempt = async (): Promise<true | undefined> => {
      const { failed: isFailed, stderr } = await execa('nsenter', argv, { reject: false, stdin: 'ignore' });
      problem = stderr.split('\n')[0] ?? '';
      return isFailed ? undefined : true;
    };
    // While a file is open for writing there it is busy, e.g. that of a Sentinel which is just saving it.
    await poll(attempt, { everyMs: 20, signal: deadline(BUSY_MS) }).catch((error: unknown) => {
      throw isTimeout(error) ? failed(`${folder} cannot be mounted anew: ${problem}`) : error;
    });
  }
}

function failed(problem: string): StackctlError {
  return new StackctlError('E_FAULT_FAILED', problem, {
    hint: '`stackctl status` shows the state of every instance; `stackctl heal` takes back what is in place.',
  });
}
