/** What doctor found on the machine. Pure data: `checks/checks-of.ts` judges it, `plan-fixes.ts` decides what to fix. */
import type { LockHolder } from '../lib/lock.ts';
import type { StatusView } from '../lifecycle/status.ts';
import type { Diagnosis, Download } from '../stack/contract/needs.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import type { PortOwner } from '../stack/ports/ports.ts';

export interface Facts {
  /** What is wrong with the configuration, the stack or the project's record; undefined: nothing, or it was not checked. */
  readonly misconfigured: ConfigurationFault | undefined;
  /** Name of the stack that was asked about; undefined: the machine as a whole. */
  readonly stack: string | undefined;
  /** How a command names that stack. */
  readonly reference: string | undefined;
  readonly node: { readonly version: string; readonly wanted: string };
  readonly disks: readonly DiskFact[];
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  readonly folders: readonly FolderFact[];
  readonly runtimes: readonly RuntimeFact[];
  /** The runtime that was chosen by name; undefined: any that works will do. */
  readonly chosenRuntime: RuntimeName | undefined;
  readonly system: SystemFact;
  /** Program name -> packages that bring it. */
  readonly packages: ReadonlyMap<string, PackageNames>;
  /** Program name -> what is fetched for it, where fetching is the fix. */
  readonly downloads: ReadonlyMap<string, Download>;
  /** Where downloads go. */
  readonly cacheFolder: string;
  /** Programs on PATH that can fetch something. */
  readonly fetchers: ReadonlySet<Download['from']>;
  readonly ports: readonly PortFact[];
  readonly leftovers: readonly Leftover[];
  /** Settings of the stack that are legal and known to hurt, in the words of the kinds. */
  readonly advice: readonly string[];
  /** What the instances of the project say of themselves; undefined: it is not up, or was not asked about. */
  readonly running: StatusView | undefined;
}

export interface ConfigurationFault {
  readonly fact: string;
  readonly fix: string | undefined;
}

export interface DiskFact {
  readonly purpose: 'project' | 'temporary';
  /** The folder, or its nearest parent that exists. */
  readonly path: string;
  readonly freeBytes: number;
}

export interface FolderFact {
  readonly purpose: 'project' | 'state';
  readonly path: string;
  /** Error code of the operating system; undefined: it can be written. */
  readonly problem: string | undefined;
}

export interface RuntimeFact {
  readonly name: RuntimeName;
  readonly diagnoses: readonly Diagnosis[];
  /** It could start the stack right now. False without a failing diagnosis: it lacks what it can fetch, e.g. images. */
  readonly ready: boolean;
}

export interface SystemFact {
  readonly platform: NodeJS.Platform;
  /** `ID` and `ID_LIKE` of os-release, the distribution itself first; empty elsewhere. */
  readonly distributions: readonly string[];
  readonly isRoot: boolean;
}

export interface PackageNames {
  readonly debian: readonly string[];
  readonly brew: string;
}

export interface PortFact {
  readonly port: number;
  readonly instance: string;
  /** Undefined: free. `own`: this project's own instance listens there. */
  readonly owner: PortOwner | { readonly type: 'own' } | undefined;
}

/** A project as messages name it. */
export interface ProjectRef {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
}

export type Leftover =
  /** In the registry, but its folder is gone. `holders`: who still listens on its ports. */
  | { readonly type: 'lostProject'; readonly project: ProjectRef; readonly holders: readonly LostPort[] }
  /** In the registry, its folder is there, and what it decided (`file`) is not: no command but `clean` can open it. */
  | {
      readonly type: 'lostRecord';
      readonly project: ProjectRef;
      readonly file: string;
      readonly holders: readonly LostPort[];
    }
  /** A lock whose holder no longer runs. */
  | { readonly type: 'staleLock'; readonly path: string; readonly holder: LockHolder }
  /** A fault that a killed run injected and did not take back. */
  | {
      readonly type: 'fault';
      readonly project: ProjectRef;
      readonly instance: string;
      readonly fault: string;
      readonly at: string;
    }
  /** On record as up, and nothing of it runs. */
  | { readonly type: 'notRunning'; readonly project: ProjectRef; readonly runtime: RuntimeName }
  /** A project that could not be looked at. */
  | { readonly type: 'unreadable'; readonly project: ProjectRef; readonly why: string }
  /** An interrupted installation left the denial of service starts behind. */
  | { readonly type: 'servicePolicy'; readonly path: string };

export interface LostPort {
  readonly port: number;
  readonly pid: number | undefined;
  readonly command: string | undefined;
}

export type Verdict = Diagnosis['verdict'];
export type Area =
  | 'node'
  | 'configuration'
  | 'disk'
  | 'memory'
  | 'folders'
  | 'runtimes'
  | 'ports'
  | 'settings'
  | 'services'
  | 'leftovers';

/** One line of doctor, JSON-ready. */
export interface Check {
  /** Stable, e.g. `disk:project`, `process:binary:redis-server`, `port:6379`. */
  readonly id: string;
  readonly area: Area;
  readonly verdict: Verdict;
  readonly fact: string;
  /** The command that fixes it. */
  readonly fix: string | null;
}
