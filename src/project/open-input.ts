import type { PluginSource } from '../stack/contract/plugins.ts';

/** What opening a project needs: where the command was given, its environment and flags, and what it is about. */
export interface OpenInput {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly global: {
    readonly project: string | undefined;
    readonly runtime: string | undefined;
    readonly set: readonly string[];
    readonly values: readonly string[];
  };
  /** `cwd` is the project's folder: no stackctl.yaml is looked for, neither there nor above. */
  readonly ignoresSettings?: true;
  /** Values that an earlier command has given do not count: those of this one are all. */
  readonly forgetsKept?: true;
  /** The stack that the command line names: a built-in one, or a path. */
  readonly stackRef?: string | undefined;
  /** Absolute folder of the built-in stacks. */
  readonly templatesFolder: string;
  /** `existing`: the command is about a project that was brought up before. */
  readonly need: 'existing' | 'any';
  /** The runtime of `OpenedProject.stack` where none was chosen: by default the one that needs least. */
  readonly unchosen?: 'needsLeast' | 'forCompose';
  readonly plugins?: PluginSource;
  /** 32 random bytes, for the secrets of profile `production`. */
  readonly random?: () => Buffer;
}
