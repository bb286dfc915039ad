/** What a kind offers whose servers write data that an older server, or another product, may not be able to read. */
import type { InstanceInput } from './model.ts';

/** A server program of a certain version. */
export interface ServerVersion {
  /** As its makers write it, with the version, e.g. `Redis 7.0.15`. */
  readonly title: string;
  /** The format that it writes; undefined for a version that is newer than what is known. */
  readonly writes: number | undefined;
  /** Undefined where everything is, as far as is known. */
  readonly readsUpTo: number | undefined;
  reads(format: number): boolean;
}

/** A file in the data folder of an instance, and the format that its first bytes say. */
export interface StoredFile {
  readonly file: string;
  readonly format: number;
}

export interface StoredInput {
  /** The rendered file of this name; undefined when there is none. */
  config(name: string): string | undefined;
  /** The first bytes of a file in the data folder as text, all of them without `bytes`; undefined when it is not there. */
  read(file: string, bytes?: number): Promise<string | undefined>;
}

export interface VersionsCapability<Options = unknown> {
  /** What `format` counts, e.g. `RDB version`. */
  readonly formatName: string;
  /** Reads what the program prints about its version; undefined when it is none of this kind. */
  parseVersion(text: string): ServerVersion | undefined;
  /** Of the server that runs. @throws the error of the connection. */
  askVersion(input: InstanceInput<Options>, signal: AbortSignal): Promise<ServerVersion | undefined>;
  /** The files that a server reads when it starts with this configuration. */
  stored(input: StoredInput): Promise<readonly StoredFile[]>;
}
