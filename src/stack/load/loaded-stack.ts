import type { Secret } from '../../lib/secret.ts';
import type { Kind } from '../contract/kind.ts';
import type { MigrationFolder } from '../contract/migration-folder.ts';
import type { ConfigTemplate } from '../contract/model.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import type { Outline } from './outline.ts';
import type { StackSpec } from './spec.ts';

/** A stack.yaml that was found to be right, with everything that it names. */
export interface LoadedStack {
  readonly spec: StackSpec;
  /** Absolute folder of stack.yaml. */
  readonly folder: string;
  readonly source: YamlSource;
  readonly outline: Outline;
  /** Kind name -> kind, for the kinds in use. */
  readonly kinds: ReadonlyMap<string, Kind>;
  /** Service name -> its config templates. */
  readonly templates: ReadonlyMap<string, readonly ConfigTemplate[]>;
  /** Service name -> the variables of its `envFile`s. */
  readonly envFiles: ReadonlyMap<string, ReadonlyMap<string, Secret>>;
  /** Service name -> hash of its build folder. */
  readonly builds: ReadonlyMap<string, string>;
  readonly migrations: readonly MigrationFolder[];
}
