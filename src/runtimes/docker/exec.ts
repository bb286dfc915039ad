import type { Duplex, Readable, Writable } from 'node:stream';
import type Dockerode from 'dockerode';
import { StackctlError } from '../../errors.ts';
import { deadline, poll } from '../../lib/poll.ts';
import type { ExecOptions } from '../../stack/contract/runtime-options.ts';
import { findInstance } from './containers/find-instance.ts';
import type { Engine } from './engine/engine.ts';
import { engineMessage, statusCode } from './engine/guard.ts';

interface ExecInput {
  readonly engine: Engine;
  readonly projectId: string;
  readonly instance: string;
  readonly argv: readonly [string, ...string[]];
}

/**
 * Runs a program in the container of the instance and returns its exit code. With `tty` the terminal is passed through:
 * raw input, and its size whenever it changes.
 * @throws E_INSTANCE_NOT_FOUND, E_NOT_RUNNING; the signal's reason when it aborts.
 */
export async function exec(input: ExecInput, options: ExecOptions): Promise<number> {
  const { stdin, tty, environment, signal } = options;
  signal.throwIfAborted();
  const started = await startExec(input, {
    Cmd: [...input.argv],
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    AttachStdin: stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
  });
  await passThrough(started, options);
  return exitCode(started.exec);
}

interface StartedExec {
  readonly exec: Dockerode.Exec;
  readonly stream: Duplex;
  readonly demux: (from: Duplex, stdout: Writable, stderr: Writable) => void;
}

async function startExec(
  { engine, projectId, instance }: ExecInput,
  what: Dockerode.ExecCreateOptions,
): Promise<StartedExec> {
  const container = await findInstance(engine, projectId, instance);
  const docker = await engine.docker();
  try {
    const exec = await docker.getContainer(container.Id).exec(what);
    const stream = await exec.start({ hijack: true, stdin: what.AttachStdin ?? false, Tty: what.Tty ?? false });
    return { exec, stream, demux: (from, stdout, stderr) => docker.modem.demuxStream(from, stdout, stderr) };
  } catch (error) {
    // 409: the container is stopped or paused.
    if (statusCode(error) === 409 || statusCode(error) === 404) throw notRunning(instance, engineMessage(error), error);
    throw error;
  }
}

function notRunning(instance: string, why: string, cause: unknown): StackctlError {
  return new StackctlError('E_NOT_RUNNING', `cannot run a program in ${instance}: ${why}`, {
    hint: 'Run `stackctl up` to start it.',
    details: { instance },
    cause,
  });
}

async function passThrough({ exec, stream, demux }: StartedExec, options: ExecOptions): Promise<void> {
  const { stdin, stdout, stderr, tty, signal } = options;
  const restore = tty ? terminal(exec, stdin, stdout) : () => undefined;
  const abort = () => stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (tty) stream.on('data', (chunk: Buffer) => stdout.write(chunk));
    else demux(stream, stdout, stderr);
    stdin?.pipe(stream);
    const end = ended(stream);
    // While the Engine started it.
    if (signal.aborted) abort();
    await end;
  } finally {
    signal.removeEventListener('abort', abort);
    stdin?.unpipe(stream);
    // As long as the terminal is read, stackctl does not end.
    stdin?.pause();
    restore();
  }
}

function ended(stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('close', resolve);
    stream.once('error', reject);
  });
}

/** Passes each key to the program as it is typed, and the size of the terminal. Returns a function that ends this. */
function terminal(exec: Dockerode.Exec, stdin: Readable | undefined, stdout: Writable): () => void {
  const keyboard = stdin as Partial<NodeJS.ReadStream> | undefined;
  const screen = stdout as Partial<NodeJS.WriteStream>;
  const resize = () => {
    if (!screen.columns || !screen.rows) return;
    // Fails when the program has just ended, which is no reason to fail the command.
    exec.resize({ h: screen.rows, w: screen.columns }).catch(() => undefined);
  };
  keyboard?.setRawMode?.(true);
  resize();
  stdout.on('resize', resize);
  return () => {
    stdout.off('resize', resize);
    keyboard?.setRawMode?.(false);
  };
}

/** The Engine closes the stream a moment before it knows the exit code. */
async function exitCode(exec: Dockerode.Exec): Promise<number> {
  return poll(
    async () => {
      const { Running, ExitCode } = await exec.inspect();
      return Running || ExitCode === null ? undefined : ExitCode;
    },
    { everyMs: 10, signal: deadline(10_000) },
  );
}
