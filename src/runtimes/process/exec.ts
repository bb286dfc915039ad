import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Stream, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StackctlError, systemCode } from '../../errors.ts';
import type { RuntimeInput } from '../../stack/contract/runtime.ts';
import type { ExecOptions } from '../../stack/contract/runtime-options.ts';

/**
 * Runs a program on the host, in the instance's data folder. With `tty` it gets the terminal itself where the streams
 * are one.
 * @returns its exit code; 128 + n when signal n ended it.
 * @throws E_BINARY_MISSING; the signal's reason, after SIGTERM was sent to the program.
 */
export async function execOnHost(
  folder: string,
  argv: readonly [string, ...string[]],
  env: RuntimeInput['env'],
  options: ExecOptions,
): Promise<number> {
  options.signal.throwIfAborted();
  const [program, ...rest] = argv;
  const direct = options.tty && [options.stdin, options.stdout, options.stderr].every(isFile);
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(program, rest, {
    cwd: folder,
    env: { ...env, ...options.environment },
    stdio: direct ? [options.stdin ?? 'ignore', options.stdout, options.stderr] : 'pipe',
  });
  const end = () => child.kill('SIGTERM');
  options.signal.addEventListener('abort', end, { once: true });
  try {
    return await run(child, options);
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? missing(program, error) : error;
  } finally {
    options.signal.removeEventListener('abort', end);
  }
}

async function run(child: ChildProcess, options: ExecOptions): Promise<number> {
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  const copied = Promise.all([copy(child.stdout, options.stdout), copy(child.stderr, options.stderr)]);
  feed(child, options.stdin);
  const code = await ended;
  await copied;
  options.stdin?.unpipe(child.stdin ?? undefined);
  options.signal.throwIfAborted();
  return code;
}

async function copy(from: Readable | null, to: Writable): Promise<void> {
  if (from === null) return;
  from.pipe(to, { end: false });
  await finished(from);
}

function feed(child: ChildProcess, stdin: Readable | undefined): void {
  if (child.stdin === null) return;
  // A program that ends without reading its input is no error: its exit code says how it went.
  child.stdin.on('error', () => child.stdin?.destroy());
  if (stdin === undefined) child.stdin.end();
  else stdin.pipe(child.stdin);
}

function isFile(stream: Stream | undefined): boolean {
  return stream === undefined || ('fd' in stream && typeof stream.fd === 'number');
}

function missing(program: string, cause: unknown): StackctlError {
  return new StackctlError('E_BINARY_MISSING', `there is no program named ${program} on PATH`, {
    hint: `Install ${program}, or give its full path.`,
    details: { program },
    cause,
  });
}
