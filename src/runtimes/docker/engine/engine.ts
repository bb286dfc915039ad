import type Dockerode from 'dockerode';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import type { Connection } from './connection.ts';
import type { EngineAddress } from './engine-address.ts';
import { getJson, getText } from './get-json.ts';

/** A Docker Engine that has answered. */
export interface Engine {
  readonly address: EngineAddress;
  /** `Docker Engine` or `Podman Engine`. */
  readonly product: string;
  /** e.g. `26.1.5`. */
  readonly version: string;
  readonly apiVersion: string;
  /** Environment of the docker command line, pointed at this Engine. */
  readonly cliEnv: Readonly<Record<string, string>>;
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  getText(path: string, signal?: AbortSignal): Promise<string>;
  /** Loaded when it is first asked for. */
  docker(): Promise<Dockerode>;
  close(): void;
}

/** What `GET /version` says. */
export interface EngineVersion {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly Components?: readonly { readonly Name: string }[];
}

export function engineAt(
  address: EngineAddress,
  connection: Connection,
  version: EngineVersion,
  env: RuntimeInput['env'],
): Engine {
  let docker: Promise<Dockerode> | undefined;
  return {
    address,
    product: version.Components?.[0]?.Name.startsWith('Podman') ? 'Podman Engine' : 'Docker Engine',
    version: version.Version.split('+')[0] ?? version.Version,
    apiVersion: version.ApiVersion,
    cliEnv: cliEnv(address, env),
    get: (path, signal) => getJson(connection, path, signal),
    getText: (path, signal) => getText(connection, path, signal),
    docker: () => {
      docker ??= loadDockerode(connection);
      return docker;
    },
    close: () => connection.agent.destroy(),
  };
}

async function loadDockerode({ host, socketPath, ...rest }: Connection): Promise<Dockerode> {
  const { default: Docker } = await import('dockerode');
  // Both given, one of them undefined: dockerode fills in what is not given from the process's own DOCKER_HOST.
  return new Docker({ ...rest, host, socketPath } as Dockerode.DockerOptions);
}

/** COMPOSE_* would change which project, files and profiles are meant; an address of another Engine, where they run. */
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
