/** What the kind clickhouse and this program know of each other: the file that one writes and the other reads. */

/** Queries that run at once; more wait. Each holds a thread of libuv, and more at once are slower on few cores. */
export const MAX_QUERIES = 16;
/** Size of libuv's pool, which has to be set before the program starts: some threads are left for files. */
export const THREADS = MAX_QUERIES + 8;

/** Value of the header that carries a server's display name: by it clients see that a library answers, not a server. */
export const DISPLAY_NAME = 'chdb';

/** Name of the rendered file. Launch records of running projects name it: it stays as the first version called it. */
export const FRONT_CONFIG = 'shim.json';

export interface FrontConfig extends Account {
  readonly host: string;
  readonly port: number;
  /** Created at start when it is not there. */
  readonly database: string;
  /** Settings of the default profile. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The one user. The program knows only the SHA-256 of the password. */
export interface Account {
  readonly user: string;
  /** Hexadecimal. */
  readonly passwordSha256: string;
}
