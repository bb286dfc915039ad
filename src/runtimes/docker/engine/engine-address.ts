/** One place where a Docker Engine may answer, and how the docker command line is pointed at the same place. */
export interface EngineAddress {
  /** As DOCKER_HOST spells it, e.g. `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2376`. */
  readonly host: string;
  /** Where the address comes from, for messages, e.g. `DOCKER_HOST`, `context colima`. */
  readonly origin: string;
  /** Folder with ca.pem, cert.pem and key.pem; undefined: no TLS. */
  readonly tlsFolder: string | undefined;
  readonly skipTlsVerify: boolean;
  /** Variables that make the docker command line use this Engine. */
  readonly cliEnv: Readonly<Record<string, string>>;
}

export interface EngineContext {
  readonly name: string;
  readonly host: string;
  readonly tlsFolder: string | undefined;
  readonly skipTlsVerify: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The name of the docker context that the environment or config.json chooses. Undefined without a choice, and for the
 * context `default`, which means the default socket.
 */
export function chosenContext(env: Env, currentContext: string | undefined): string | undefined {
  if (env.DOCKER_HOST) return undefined;
  const name = env.DOCKER_CONTEXT || currentContext;
  return name === 'default' || name === '' ? undefined : name;
}

/**
 * Where to look for an Engine, in the docker command line's order: DOCKER_HOST, then the context, then the default
 * socket, and after it the places of rootless Docker, Docker Desktop, Colima, OrbStack, Rancher Desktop and Podman. An
 * explicit choice is the only candidate: with another one the stack would run where the user has not asked for it.
 */
export function engineAddresses(env: Env, context: EngineContext | undefined): readonly EngineAddress[] {
  const host = env.DOCKER_HOST;
  if (host) return [fromEnvironment(host, env)];
  if (context !== undefined) return [fromContext(context)];
  return knownSockets(env).map(([path, origin]) => socketAddress(`unix://${path}`, origin));
}

function fromEnvironment(host: string, env: Env): EngineAddress {
  const tls = Boolean(env.DOCKER_TLS_VERIFY) || Boolean(env.DOCKER_TLS);
  return {
    host: host.includes('://') ? host : `tcp://${host}`,
    origin: 'DOCKER_HOST',
    tlsFolder: tls ? env.DOCKER_CERT_PATH || configFolder(env) : undefined,
    skipTlsVerify: !env.DOCKER_TLS_VERIFY,
    cliEnv: { DOCKER_HOST: host },
  };
}

function fromContext({ name, host, tlsFolder, skipTlsVerify }: EngineContext): EngineAddress {
  return { host, origin: `context ${name}`, tlsFolder, skipTlsVerify, cliEnv: { DOCKER_CONTEXT: name } };
}

function socketAddress(host: string, origin: string): EngineAddress {
  return { host, origin, tlsFolder: undefined, skipTlsVerify: false, cliEnv: { DOCKER_HOST: host } };
}

function knownSockets(env: Env): readonly (readonly [path: string, origin: string])[] {
  const home = env.HOME;
  const runtime = env.XDG_RUNTIME_DIR;
  return [
    ['/var/run/docker.sock', 'default socket'],
    ...(runtime ? ([[`${runtime}/docker.sock`, 'rootless Docker']] as const) : []),
    ...(home
      ? ([
          [`${home}/.docker/run/docker.sock`, 'Docker Desktop'],
          [`${home}/.colima/default/docker.sock`, 'Colima'],
          [`${home}/.orbstack/run/docker.sock`, 'OrbStack'],
          [`${home}/.rd/docker.sock`, 'Rancher Desktop'],
        ] as const)
      : []),
    ...(runtime ? ([[`${runtime}/podman/podman.sock`, 'Podman']] as const) : []),
    ['/run/podman/podman.sock', 'Podman'],
  ];
}

/** The docker command line's own folder: contexts, certificates, config.json. */
export function configFolder(env: Env): string {
  return env.DOCKER_CONFIG || `${env.HOME ?? ''}/.docker`;
}
