/** How a client reaches a service. */
import type { Secret } from '../../lib/secret.ts';
import type { Address } from './model.ts';

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
  /** The service as a whole for a program on this machine: its primary, where it has one. */
  readonly reach?: Reach;
}

/** What a client library is given; what a protocol does not have is absent. */
export interface Reach extends Address {
  /** Connection string, credentials included, as clients of the protocol take it. */
  readonly url: Secret;
  readonly user?: string;
  readonly password?: Secret;
  readonly database?: string;
  /** What only clients of this protocol are given, by the names that the library's `Connection` has; secrets as Secret objects. */
  readonly more?: Readonly<Record<string, unknown>>;
}
