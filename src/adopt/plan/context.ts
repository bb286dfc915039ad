import type { ComposeService } from '../../stack/contract/compose-service.ts';
import type { ComposeFile } from '../read/compose-file.ts';
import type { InitScript } from '../read/init-scripts.ts';
import type { Choice } from './choose.ts';
import type { Directory } from './directory.ts';
import type { PlannedMigrations } from './init-migrations.ts';
import type { PlannedPort } from './ports.ts';
import type { SecretBook } from './secrets.ts';

/** What is known of the whole file when one of its services is taken over. */
export interface EntryContext {
  readonly file: ComposeFile;
  readonly choice: Choice;
  /** Name in the file -> name in the stack. */
  readonly names: ReadonlyMap<string, string>;
  readonly ports: ReadonlyMap<string, readonly PlannedPort[]>;
  readonly moved: ReadonlyMap<string, readonly string[]>;
  readonly directory: Directory;
  readonly secrets: SecretBook;
  /** Volumes that several programs have. */
  readonly shared: ReadonlySet<string>;
  readonly isThere: (path: string) => boolean;
  /** Name of a service of the file -> what its image runs at the first start. */
  readonly initScripts: ReadonlyMap<string, readonly InitScript[]>;
  /** Folder below `migrations` -> names of the files in it. */
  readonly migrationFiles: ReadonlyMap<string, readonly string[]>;
  /** Text of the Dockerfile that a service is built with; undefined: there is none. */
  readonly dockerfileOf: (service: ComposeService) => string | undefined;
  /** The kind that takes any image. */
  readonly anyImage: string;
}

/** A service of stack.yaml and what is said about it. */
export interface Entry {
  readonly name: string;
  /** In the Compose file. */
  readonly from: string;
  readonly kind: string;
  /** Image, or the folder that it is built from. */
  readonly image: string | undefined;
  readonly build: string | undefined;
  readonly ports: readonly PlannedPort[];
  /** Its keys in stack.yaml, in order; undefined ones are left away. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** Of SQL that its image ran at the first start. */
  readonly migrations?: PlannedMigrations | undefined;
  /** What is another than it was. */
  readonly changed: readonly string[];
  /** What nobody reads any more, by name. */
  readonly leftOut: readonly string[];
}

/** What every service has, whatever it becomes. */
export interface CommonParts {
  readonly name: string;
  readonly from: string;
  readonly dependsOn: readonly string[];
  readonly aliases: readonly string[];
  readonly changed: readonly string[];
}

/** `compose:` with further names by which the service is found in the network; undefined: nothing is passed on. */
export function withAliases(
  compose: Readonly<Record<string, unknown>>,
  aliases: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  const all = aliases.length === 0 ? compose : { ...compose, networks: { default: { aliases } } };
  return Object.keys(all).length === 0 ? undefined : all;
}
