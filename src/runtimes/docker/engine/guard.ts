import { errorText, StackctlError, systemCode } from '../../../errors.ts';
import { deadline } from '../../../lib/poll.ts';
import type { Engine } from './engine.ts';

const GONE = new Set(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT']);

/**
 * Runs `work` and turns the failure of a connection to the Engine into E_ENGINE_GONE. The Engine has answered before, so
 * a refused connection now means that it ended half way.
 */
export async function whileEngineAnswers<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isConnectionLost(error) ? engineGone(engine, error) : error;
  }
}

/** Whether this is the error of a connection that could not be made or broke. */
export function isConnectionLost(error: unknown): boolean {
  const code = systemCode(error);
  // A program that could not be started is ENOENT as well, with `syscall: 'spawn docker'`.
  const spawned = error instanceof Error && 'syscall' in error && String(error.syscall).startsWith('spawn');
  return !(error instanceof StackctlError) && code !== undefined && GONE.has(code) && !spawned;
}

/** Asks the Engine again after something else has failed. @throws E_ENGINE_GONE when it does not answer. */
export async function requireEngine(engine: Engine, cause: unknown): Promise<void> {
  try {
    await engine.reader.identify(deadline(5000));
  } catch (error) {
    throw engineGone(engine, cause ?? error);
  }
}

function engineGone({ address, product }: Engine, cause: unknown): StackctlError {
  return new StackctlError(
    'E_ENGINE_GONE',
    `the ${product} at ${address.host} stopped answering while the command ran`,
    {
      hint: 'Start it again (`sudo systemctl start docker`, or Docker Desktop) and run the same command again: it continues from what is there.',
      details: { engine: address.host },
      cause,
    },
  );
}

/** HTTP status of an Engine's error answer, e.g. 404; undefined for any other error. */
export function statusCode(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

/**
 * The result of the work; undefined when the Engine refuses it with one of these HTTP statuses, which mean that nothing is
 * left to do: 304 it is in the wanted state already, 404 it does not exist, 409 another program works on it.
 */
export async function unlessRefused<T>(work: Promise<T>, statuses: readonly number[]): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!statuses.includes(statusCode(error) ?? 0)) throw error;
    return undefined;
  }
}

/** What the Engine says about a failure, without what dockerode puts in front of it. */
export function engineMessage(error: unknown): string {
  if (error instanceof Error && 'json' in error) {
    const { json } = error;
    if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message).trim();
  }
  const text = errorText(error);
  return text.replace(/^\(HTTP code \d+\) .*? - /, '').trim();
}
