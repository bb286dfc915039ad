import { errorText, StackctlError, systemCode } from '../../../errors.ts';
import { deadline, isTimeout } from '../../../lib/poll.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { connectionTo } from './connection.ts';
import { type Engine, engineAt } from './engine.ts';
import { type EngineAddress, engineAddresses } from './engine-address.ts';
import { readContext } from './read-context.ts';
import { readerOf } from './reader.ts';

const ANSWER_MS = 5000;

/**
 * The Engine that the docker command line would use. A socket counts only if something answers on it.
 * @throws E_ENGINE_MISSING naming every place that was tried, and what happened there.
 */
export async function findEngine(env: RuntimeInput['env']): Promise<Engine> {
  const tried: Attempt[] = [];
  for (const address of engineAddresses(env, await readContext(env))) {
    const engine = await tryAddress(address, env);
    if ('product' in engine) return engine;
    tried.push(engine);
  }
  throw engineMissing(tried);
}

interface Attempt {
  readonly host: string;
  readonly origin: string;
  readonly failure: string;
  /** System error code, where there was one. */
  readonly code: string | undefined;
}

async function tryAddress(address: EngineAddress, env: RuntimeInput['env']): Promise<Engine | Attempt> {
  const { host, origin } = address;
  try {
    const connection = await connectionTo(address);
    if (connection === undefined) {
      return { host, origin, failure: 'stackctl needs an Engine whose ports are on this machine', code: undefined };
    }
    const identity = await readerOf(connection).identify(deadline(ANSWER_MS));
    return engineAt(address, connection, identity, env);
  } catch (error) {
    return { host, origin, failure: failureText(error), code: systemCode(error) };
  }
}

function failureText(error: unknown): string {
  if (isTimeout(error)) return `no answer within ${ANSWER_MS / 1000} s`;
  switch (systemCode(error)) {
    case 'ENOENT':
      return 'no such socket';
    case 'ECONNREFUSED':
      return 'nothing listens';
    case 'EACCES':
      return 'permission denied';
    default:
      return errorText(error);
  }
}

function engineMissing(tried: readonly Attempt[]): StackctlError {
  // A place that does not exist is not worth a word where another one does.
  const existing = tried.filter(({ code }) => code !== 'ENOENT');
  const shown = existing.length > 0 ? existing : tried.slice(0, 1);
  const places = shown.map(({ host, origin, failure }) => `${host} (${origin}): ${failure}`).join('; ');
  return new StackctlError('E_ENGINE_MISSING', `no Docker Engine answers: ${places}`, {
    hint: tried.some(({ code }) => code === 'EACCES')
      ? 'Add your user to the group of the socket (`sudo usermod -aG docker $USER`, then log in again), or use --runtime process.'
      : 'Start Docker (`sudo systemctl start docker`, or Docker Desktop), point DOCKER_HOST at an Engine, or use --runtime process.',
    details: { tried },
  });
}
