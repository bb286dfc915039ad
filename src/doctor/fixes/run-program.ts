import { spawn } from 'node:child_process';
import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';

export interface RunOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends the program with SIGTERM. Undefined: it is left to end by itself. */
  readonly signal?: AbortSignal;
  /** Working folder; default: the one of this process. */
  readonly folder?: string;
  /** What to do when there is no such program. */
  readonly hint: string;
}

export interface Ended {
  readonly code: number;
  /** Both streams, as they came. */
  readonly output: string;
}

/**
 * Runs a package manager, in a process group of its own: Ctrl-C of the terminal must not reach it half way.
 * @throws E_BINARY_MISSING when it cannot be run; the signal's reason, once it has ended.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { environment, signal, folder, hint }: RunOptions,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(program, args, {
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...defined({ cwd: folder }),
    });
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => chunks.push(text));
    const end = (): boolean => child.kill('SIGTERM');
    signal?.addEventListener('abort', end, { once: true });
    child.once('error', (error) => {
      signal?.removeEventListener('abort', end);
      reject(new StackctlError('E_BINARY_MISSING', `cannot run ${program}: ${error.message}`, { hint, cause: error }));
    });
    child.once('close', (code) => {
      signal?.removeEventListener('abort', end);
      if (signal?.aborted === true) reject(signal.reason);
      else resolve({ code: code ?? 1, output: chunks.join('') });
    });
  });
}
