import { stat } from 'node:fs/promises';
import type { Service } from '../../../stack/contract/model.ts';
import type { ObservedInstance, RuntimeInput } from '../../../stack/contract/runtime.ts';
import { serverProgram } from './server-program.ts';

/**
 * Whether processes run the very file that a start would run. The kernel keeps the file of a process, and refuses to
 * write into it: a program that was upgraded is another file (proc(5), `/proc/PID/exe`). False for a program behind a
 * script or an interpreter, and on a system without /proc.
 */
export async function runProgramOf(
  input: RuntimeInput,
  service: Service,
  instances: readonly Pick<ObservedInstance, 'pid'>[],
): Promise<boolean> {
  const program = await serverProgram(input, service);
  if (program === undefined) return false;
  try {
    const wanted = await stat(program.path);
    // Without a process there is no such file.
    const running = await Promise.all(instances.map(({ pid }) => stat(`/proc/${pid}/exe`)));
    return running.every(({ dev, ino }) => dev === wanted.dev && ino === wanted.ino);
  } catch {
    return false;
  }
}
