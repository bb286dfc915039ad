/** How a client reaches a service. */
import type { Secret } from '../../lib/secret.ts';

export interface CliSpec {
  /** Program and arguments, e.g. `['redis-cli', '-p', '6379']`. Never a secret. */
  readonly argv: readonly [string, ...string[]];
  /** Environment for that program, where its secrets go. */
  readonly environment: Readonly<Record<string, string | Secret>>;
}

export interface ConnectionInfo {
  /** Label -> connection string for programs on the host; passwords left out. */
  readonly urls: Readonly<Record<string, string>>;
  /** Name of a client library -> what an application gives it to connect, e.g. for `stackctl env --format ioredis`. */
  readonly clientOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
