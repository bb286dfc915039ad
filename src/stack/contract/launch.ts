/** How an instance is started: as a container of an image, or as a process of this machine. A kind describes both. */

export interface ContainerSpec {
  /** Overrides the image's entrypoint. The instance's rendered folder is mounted read-only at `/stackctl`. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A rendered file of the instance with more variables (`stack/derived/env-file.ts`), where secrets go: mode 0600. */
  readonly envFile?: string;
  /** Mount points of the instance's own named volumes, e.g. `{data: '/data'}`. */
  readonly volumes: Readonly<Record<string, string>>;
  /**
   * Folders of the image that nothing has to keep, each with the id of the user who writes there: in memory, empty at
   * every start. For what the image calls a volume and is none of `volumes`: `docker compose down` would leave it behind.
   */
  readonly scratch?: Readonly<Record<string, number>>;
  readonly healthcheck: readonly string[];
  /** Seconds between two health checks; default 5. */
  readonly healthcheckEveryS?: number;
  /** Seconds that a health check may take; default 3. */
  readonly healthcheckTimeoutS?: number;
  /** Size of /dev/shm where Docker's 64 MB are too few, e.g. `256mb`. */
  readonly shmSize?: string;
  /** What ends the server in an orderly way; default SIGTERM. */
  readonly stopSignal?: StopSignal;
  /** Time that the server gets between SIGTERM and SIGKILL, in seconds. */
  readonly stopGraceS: number;
}

export interface ProcessSpec {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Working folder; default: the instance's own writable folder. */
  readonly folder?: string;
  /** Folders of the instance that have to be there when it starts: absolute, in its own writable folder. */
  readonly ownFolders?: readonly string[];
  /** What ends the server in an orderly way; default SIGTERM. */
  readonly stopSignal?: StopSignal;
  readonly stopGraceS: number;
}

export interface ProcessPaths {
  /** Program name -> absolute path. */
  readonly binaries: Readonly<Record<string, string>>;
  /** The instance's rendered folder: read only. */
  readonly config: string;
  /** The instance's own writable folder, also its working directory. */
  readonly data: string;
}

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT';
