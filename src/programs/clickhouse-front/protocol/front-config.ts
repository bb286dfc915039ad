import type { Account } from '../request.ts';

/** Queries that run at once, the others wait: each holds one of the threads of libuv, and more are slower on few cores. */
export const MAX_QUERIES = 16;
/** Size of that pool, which has to be set before the program starts: some are left for files. */
export const THREADS = MAX_QUERIES + 8;

/** How the front tells clients that it is no server, in the header that carries a server's display name. */
export const DISPLAY_NAME = 'chdb';

/** Name of the rendered file. */
export const SHIM_CONFIG = 'shim.json';

export interface ShimConfig extends Account {
  readonly host: string;
  readonly port: number;
  /** Created at start when it is not there. */
  readonly database: string;
  /** Settings of the default profile. */
  readonly settings: Readonly<Record<string, string>>;
}
