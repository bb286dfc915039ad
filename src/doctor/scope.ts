/** What doctor is asked, and the machine that it checks. Types only. */
import type { PortHolder } from '../lib/port-owner.ts';
import type { StatusView } from '../lifecycle/status.ts';
import type { ProjectIdentity } from '../stack/contract/model.ts';
import type { StackNeeds } from '../stack/contract/needs.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import type { PluginSource } from '../stack/contract/plugins.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import type { PortTable, PortWish } from '../stack/ports/ports.ts';
import type { ConfigurationFault } from './facts.ts';

export interface DoctorScope {
  /** The project that would be brought up, or is; undefined: the machine as a whole. */
  readonly project: DoctorProject | undefined;
  /** The project's folder, or the one that the command was given in. */
  readonly folder: string;
  readonly needs: StackNeeds;
  /** Why `project` could not be opened, where that is the fault of something that a person wrote. */
  readonly misconfigured?: ConfigurationFault;
  /** Chosen by flag, variable or file; `auto`: whichever works. */
  readonly runtime: 'auto' | RuntimeName;
  /** See `Facts`. */
  readonly advice?: readonly string[];
  readonly running?: StatusView;
}

export interface DoctorProject {
  readonly identity: ProjectIdentity;
  readonly paths: ProjectPaths;
  readonly stack: string;
  /** How a command names the stack: its name, or its folder. */
  readonly reference: string;
  /** Ports that were allocated before; a wish without one gets the port that it asks for. */
  readonly ports: PortTable;
  readonly wishes: readonly PortWish[];
  /** The runtime that the project is on record as up with. */
  readonly upWith: RuntimeName | undefined;
}

/** The machine, as far as doctor reads it: an argument, so that tests can give another one. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Effective user id; undefined where there is none. */
  readonly uid: number | undefined;
  readonly nodeVersion: string;
  /** semver range of stackctl's package.json. */
  readonly wantedNode: string;
  readonly temporaryFolder: string;
  /** See `registryFolder`. */
  readonly registry: string;
  readonly plugins: Pick<PluginSource, 'runtimeNames' | 'loadRuntime'>;
  /** Who listens on a port of this machine, see `portHolder`. */
  readonly lookUp: (port: number) => Promise<PortHolder | undefined>;
  /** Folder of policy-rc.d: `/usr/sbin`. */
  readonly policyFolder: string;
}
