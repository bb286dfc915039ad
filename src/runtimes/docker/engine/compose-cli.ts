import { StackctlError, systemCode } from '../../../errors.ts';
import type { Engine } from './engine.ts';
import { requireEngine } from './guard.ts';

export interface ComposeResult {
  readonly failed: boolean;
  /** What Compose said on stderr besides progress. */
  readonly lines: readonly string[];
}

/**
 * Runs `docker compose` against the Engine in use and waits for its end.
 * @throws E_COMPOSE_MISSING, E_ENGINE_GONE; the signal's reason when it aborts.
 */
export async function compose(engine: Engine, args: readonly string[], signal?: AbortSignal): Promise<ComposeResult> {
  const result = await runDocker(engine, ['compose', '--ansi', 'never', ...args], signal);
  signal?.throwIfAborted();
  if (result.failed) {
    await requireEngine(engine, undefined);
    await composeVersion(engine);
  }
  return { failed: result.failed, lines: meaningfulLines(result.stderr) };
}

/** The version of Compose, e.g. `2.26.1`. @throws E_COMPOSE_MISSING where there is none, or version 1. */
export async function composeVersion(engine: Engine): Promise<string> {
  const { failed, stdout } = await runDocker(engine, ['compose', 'version', '--short']);
  const version = stdout.trim().replace(/^v/, '');
  if (failed || Number.parseInt(version, 10) < 2) throw composeMissing(failed ? undefined : version);
  return version;
}

/** Runs the docker command line against the Engine in use. @throws E_COMPOSE_MISSING where there is no such program. */
export async function runDocker(
  engine: Engine,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  const { execa } = await import('execa');
  const result = await execa('docker', args, {
    env: engine.cliEnv,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    ...(signal && { cancelSignal: signal }),
  });
  if (result.failed && systemCode(result.cause) === 'ENOENT') throw composeMissing(undefined);
  return { failed: result.failed, stdout: result.stdout, stderr: result.stderr };
}

/** The lines that say something: no progress, such as ` Container x-redis-1-1  Creating`, and none of Compose's warnings. */
export function meaningfulLines(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .map((line) => line.trim().replace(/^Error response from daemon: /, ''))
    .filter((line) => line !== '' && !/^(Container|Network|Volume|Image|Service) \S+ +\S+$/.test(line))
    .filter((line) => !/\blevel=(warning|info|debug)\b/.test(line))
    .slice(-20);
}

function composeMissing(version: string | undefined): StackctlError {
  return new StackctlError(
    'E_COMPOSE_MISSING',
    version === undefined
      ? 'the docker command has no Compose plugin (`docker compose version` fails)'
      : `Docker Compose ${version} is too old: stackctl needs 2 or newer`,
    {
      hint: "Install Compose 2: `sudo apt-get install docker-compose-plugin` (Docker's packages), `sudo apt-get install docker-compose` (Debian 13 or newer), or see https://docs.docker.com/compose/install/. Or use --runtime process.",
      details: { version },
    },
  );
}
