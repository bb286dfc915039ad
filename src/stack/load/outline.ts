/**
 * What can be understood of a stack.yaml that may be full of mistakes: wrong types are left out, so that every check can
 * run on what is there and all problems are found at once.
 */
export interface Outline {
  readonly values: ReadonlyMap<string, OutlineValue>;
  readonly services: ReadonlyMap<string, OutlineService>;
  readonly network: string | undefined;
  readonly traffic: string | undefined;
  readonly migrations: ReadonlyMap<string, string>;
}

export interface OutlineValue {
  readonly type: string | undefined;
  readonly fallback: unknown;
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface OutlineService {
  readonly kind: string | undefined;
  readonly instances: number;
  readonly image: string | undefined;
  readonly ports: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
  readonly monitors: string | undefined;
  readonly primaryFrom: string | undefined;
  readonly config: ReadonlyMap<string, string>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly compose: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, unknown>>;
  /** The folder of `build`, in its short form and in its long one. */
  readonly build: string | undefined;
  readonly buildArgs: Readonly<Record<string, unknown>>;
  readonly hasCommand: boolean;
  /** As it is written: a list of words, or one for each runtime. */
  readonly command: unknown;
  /** Names of the runtimes that have a command of their own. */
  readonly commandRuntimes: readonly string[];
  readonly envFiles: readonly string[];
  readonly through: string | undefined;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function outlineOf(raw: unknown): Outline {
  const { values, services, network, traffic, migrations } = record(raw);
  return {
    values: mapOf(values, (value) => ({
      type: text(record(value).type),
      fallback: record(value).default,
      raw: record(value),
    })),
    services: mapOf(services, serviceOutline),
    network: text(network),
    traffic: text(traffic),
    migrations: textMap(migrations),
  };
}

function serviceOutline(raw: unknown): OutlineService {
  const service = record(raw);
  return {
    kind: text(service.kind),
    instances: typeof service.instances === 'number' ? service.instances : 1,
    image: text(service.image),
    ports: record(service.ports),
    dependsOn: Array.isArray(service.dependsOn) ? service.dependsOn.filter((item) => typeof item === 'string') : [],
    monitors: text(service.monitors),
    primaryFrom: text(service.primaryFrom),
    config: textMap(service.config),
    options: record(service.options),
    compose: record(service.compose),
    environment: record(service.environment),
    build: text(service.build) ?? text(record(service.build).context),
    buildArgs: record(record(service.build).args),
    hasCommand: service.command !== undefined,
    command: service.command,
    commandRuntimes: Object.keys(record(service.command)),
    envFiles: [service.envFile].flat().filter((item) => typeof item === 'string'),
    through: text(service.through),
    volumes: record(service.volumes),
  };
}

function record(raw: unknown): Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Record<string, unknown>) : {};
}

function text(raw: unknown): string | undefined {
  return typeof raw === 'string' ? raw : undefined;
}

function mapOf<T>(raw: unknown, read: (value: unknown) => T): ReadonlyMap<string, T> {
  return new Map(Object.entries(record(raw)).map(([key, value]) => [key, read(value)]));
}

function textMap(raw: unknown): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(record(raw)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
