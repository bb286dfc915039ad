/**
 * A team's Compose file as `stackctl init --from` reads it, and what a kind says of a service that it knows: the capability `adopt`.
 * Every text is filled in already (`${NAME}`), and every short form is written out.
 */

/** An image by its parts: `mirror.local:5000/library/redis:7@sha256:…`. */
export interface ComposeImage {
  /** As it is written. */
  readonly text: string;
  /** Without the registry and without `library/`, as official images are known: `redis`, `bitnami/redis`. */
  readonly repository: string;
  readonly tag: string | undefined;
}

export interface ComposeBuild {
  /** Relative to the folder of the Compose file, or absolute; or the address of a repository. */
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  /** What else `build` says: `dockerfile`, `target`, … */
  readonly rest: Readonly<Record<string, unknown>>;
}

export interface ComposePort {
  readonly inside: number;
  /** The number on this machine; undefined: Compose takes any that is free, or none. */
  readonly outside: number | undefined;
  /** Undefined: every address of this machine. */
  readonly hostIp: string | undefined;
  readonly protocol: string;
}

export interface ComposeMount {
  readonly type: string;
  /** Name of a volume, or a path; undefined: a volume without a name. */
  readonly source: string | undefined;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface ComposeEnvFile {
  /** Relative to the folder of the Compose file, or absolute. */
  readonly path: string;
  readonly required: boolean;
  /** Undefined: the file is not there. */
  readonly variables: ReadonlyMap<string, string> | undefined;
}

export interface ComposeService {
  readonly name: string;
  readonly image: ComposeImage | undefined;
  readonly build: ComposeBuild | undefined;
  /** Undefined: the image's own. */
  readonly command: readonly string[] | undefined;
  readonly entrypoint: readonly string[] | undefined;
  /** Of `environment` alone. Undefined: from the shell of whoever starts it, where it was not set. */
  readonly environment: ReadonlyMap<string, string | undefined>;
  readonly envFiles: readonly ComposeEnvFile[];
  readonly ports: readonly ComposePort[];
  readonly expose: readonly number[];
  readonly mounts: readonly ComposeMount[];
  /** `['CMD', …]`, `['CMD-SHELL', text]` or `['NONE']`. */
  readonly healthcheck: readonly string[] | undefined;
  /** Seconds that the check may take; undefined: the file does not say it. */
  readonly healthcheckTimeoutS: number | undefined;
  /** Name of a service -> the condition that is waited for. */
  readonly dependsOn: ReadonlyMap<string, string>;
  /** Further names by which others find it: aliases of its networks, `container_name`. */
  readonly aliases: readonly string[];
  /** Alias -> service, of `links`. */
  readonly links: ReadonlyMap<string, string>;
  readonly replicas: number;
  readonly stopGraceS: number | undefined;
  readonly networkMode: string | undefined;
  readonly profiles: readonly string[];
  /** `secrets` and `configs`: name in the file -> where it is mounted. */
  readonly files: readonly { readonly of: 'secrets' | 'configs'; readonly name: string; readonly target: string }[];
  /** Where a secret that is a file is mounted -> its text. */
  readonly secretTexts?: ReadonlyMap<string, string>;
  /** Every other key. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** What every image of a service has in its environment: the files first, `environment` wins. */
export function variablesOf({ envFiles, environment }: ComposeService): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const { variables } of envFiles) for (const [name, value] of variables ?? []) all.set(name, value);
  for (const [name, value] of environment) if (value !== undefined) all.set(name, value);
  return all;
}

/** How a kind reads services of Compose files that run its server. */
export interface AdoptCapability {
  /**
   * Repository, without registry and `library/` -> the image that the service gets. `kept`: the official image, or one that is made of it
   * and started in the same way.
   */
  readonly images: Readonly<Record<string, 'kept' | OtherPackaging>>;
  /** Repositories of servers that this one needs no more (ZooKeeper): they stay out when only services of this kind use them. */
  readonly companions?: readonly string[];
  /** @param alike every service of the file that runs an image of the kind, itself included. */
  read(service: ComposeService, alike: readonly ComposeService[]): Adoption;
}

/** The official image of the same version as a tag of another packaging; undefined: the kind's own default. */
export type OtherPackaging = (tag: string | undefined) => string | undefined;

export type Adoption = AdoptedServer | SameServer | NotAdopted | AdoptedJob;

export interface AdoptedServer {
  readonly type: 'server';
  /** As `options:` of stack.yaml; a password is a `Secret`. Options that the kind refuses are left out, and that is said. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Number inside the container, as the Compose file has it -> name of the kind's port. */
  readonly ports: Readonly<Record<number, string>>;
  /** The service whose primary it watches: it is adopted only beside one that is a server with replicas. */
  readonly monitors?: string;
  /** Whatever port of it others name, they mean its main address (listeners of Kafka). */
  readonly anyPort?: true;
  /** What nobody reads any more, by name: `POSTGRES_INITDB_ARGS (environment)`. */
  readonly leftOut: readonly string[];
  /** What is another than it was, each a sentence. */
  readonly changed: readonly string[];
}

/** One of several nodes of a server that is one service of a stack: it stays out, and who names it means the other one. */
export interface SameServer {
  readonly type: 'same';
  readonly as: string;
  /** Why, as the rest of a sentence. */
  readonly why: string;
}

/** It does what the stack declares (makes topics) and ends: it stays out. */
export interface AdoptedJob {
  readonly type: 'job';
  /** What to do instead, as the rest of a sentence. */
  readonly why: string;
}

/** It runs the kind's image and is no server of it (a backup, a client): it is taken as any other image. */
export interface NotAdopted {
  readonly type: 'other';
  readonly why: string;
}
