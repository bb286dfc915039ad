import { stat } from 'node:fs/promises';
import type { Service } from '../../../stack/contract/model.ts';
import type { ObservedInstance, RuntimeInput } from '../../../stack/contract/runtime.ts';
import { serverProgram } from './server-program.ts';

/**
 * Whether a process runs the very file that a start would run. The kernel keeps the file of a process, and refuses to
 * write into it: a program that was upgraded is another file (proc(5), `/proc/PID/exe`). False for a program behind a
 * script or an interpreter, and on a system without /proc.
 */
export async function runsProgramOf(
  input: RuntimeInput,
  service: Service,
  { pid }: Pick<ObservedInstance, 'pid'>,
): Promise<boolean> {
  const program = await serverProgram(input, service);
  if (program === undefined || pid === undefined) return false;
  try {
    const [wanted, running] = await Promise.all([stat(program.path), stat(`/proc/${pid}/exe`)]);
    return wanted.dev === running.dev && wanted.ino === running.ino;
  } catch {
    return false;
  }
}
