import type Dockerode from 'dockerode';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import type { Connection } from './connection.ts';
import type { EngineAddress } from './engine-address.ts';
import type { EngineIdentity } from './objects.ts';
import { type EngineReader, readerOf } from './reader.ts';

/** A Docker Engine that has answered. */
export interface Engine extends EngineIdentity {
  readonly address: EngineAddress;
  /** Environment of the docker command line, pointed at this Engine. */
  readonly cliEnv: Readonly<Record<string, string>>;
  /** What is there. */
  readonly reader: EngineReader;
  /** Everything else: what changes something, and what is a stream. Loaded with the first call. */
  docker(): Promise<Dockerode>;
  close(): void;
}

/** The Engine that answers at an address. `env`: the environment of the command. */
export function engineAt(
  address: EngineAddress,
  connection: Connection,
  identity: EngineIdentity,
  env: RuntimeInput['env'],
): Engine {
  let docker: Promise<Dockerode> | undefined;
  return {
    ...identity,
    address,
    cliEnv: cliEnv(address, env),
    reader: readerOf(connection),
    docker: () => {
      docker ??= loadDockerode(connection);
      return docker;
    },
    close: () => connection.agent.destroy(),
  };
}

async function loadDockerode({ host, socketPath, ...rest }: Connection): Promise<Dockerode> {
  const { default: Docker } = await import('dockerode');
  // Both are given, although one is undefined: dockerode takes what is not given from the DOCKER_HOST of this process.
  return new Docker({ ...rest, host, socketPath } as Dockerode.DockerOptions);
}

/** Without the variables of Compose and of other Engines: they would choose another project, file, profile or Engine. */
function cliEnv(address: EngineAddress, env: RuntimeInput['env']): Readonly<Record<string, string>> {
  const inherited = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !entry[0].startsWith('COMPOSE_') &&
      entry[0] !== 'DOCKER_HOST' &&
      entry[0] !== 'DOCKER_CONTEXT',
  );
  return { ...Object.fromEntries(inherited), ...address.cliEnv, COMPOSE_IGNORE_ORPHANS: 'true' };
}
