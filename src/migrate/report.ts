import type { LedgerEvent } from '../stack/contract/ledger.ts';
import type { LintFinding } from '../stack/contract/lint.ts';

/** What `up` and `migrate up` have done to the schema of one service. JSON-ready. */
export interface MigrateReport {
  readonly service: string;
  readonly applied: readonly { readonly name: string; readonly durationMs: number }[];
  /** Left out: what they require is not in this server. Tried again at the next `up`. */
  readonly unavailable: readonly Unavailable[];
}

export interface Unavailable {
  readonly name: string;
  /** E.g. `timescaledb-tsl: not available in the Apache edition`. */
  readonly reason: string;
}

/** What `migrate up --dry-run` says about one service. */
export interface MigratePlan {
  readonly service: string;
  readonly steps: readonly MigrateStep[];
}

export interface MigrateStep {
  readonly name: string;
  /** `applyElse`: its section for servers that lack something. */
  readonly action: 'apply' | 'applyElse' | 'leaveOut' | 'refuse';
  /** Why it has to run, or what it lacks. */
  readonly reason: string;
  readonly transactional: boolean;
  readonly statements: readonly string[];
}

/** What `up --dry-run` says about one service: what is pending, or, where its server was not asked, all of its files. */
export type MigrateOutlook =
  | (Pick<MigrateStatus, 'service' | 'drifted'> & {
      readonly asked: true;
      readonly steps: readonly Pick<MigrateStep, 'name' | 'action' | 'reason'>[];
    })
  | {
      readonly service: string;
      readonly asked: false;
      /** Why its ledger is not known. */
      readonly reason: string;
      /** Those that its ledger does not have run once it has started. */
      readonly files: readonly string[];
    };

/** What `migrate status` says about one service. */
export interface MigrateStatus {
  readonly service: string;
  readonly applied: readonly {
    readonly name: string;
    readonly state: 'applied' | 'baselined';
    /** ISO 8601, UTC. */
    readonly appliedAt: string;
    readonly durationMs: number;
    readonly checksum: string;
  }[];
  /** How many applied files are not named, because only the newest were asked for; absent: all are. */
  readonly olderApplied?: number;
  readonly pending: readonly {
    readonly name: string;
    readonly reason: string;
    /** Set where `up` refuses the file until somebody has decided: the commands for each case. */
    readonly next: string | null;
  }[];
  /** Pending files that `up` refuses, with every mistake as `file:line:column message`. */
  readonly invalid: readonly { readonly name: string; readonly problems: readonly string[] }[];
  readonly unavailable: readonly Unavailable[];
  readonly drifted: readonly { readonly name: string; readonly type: string; readonly reason: string }[];
  /** What is in the database and not valid, with the statement that removes it. */
  readonly unsound: readonly { readonly name: string; readonly reason: string; readonly fix: string | null }[];
}

/** What `migrate down` would do, the last file first. */
export interface RevertPlan {
  readonly service: string;
  readonly steps: readonly (Pick<MigrateStep, 'name' | 'transactional' | 'statements'> & {
    /** How far an earlier run came with it; null: there was none. */
    readonly reason: string | null;
  })[];
}

export interface RevertReport {
  readonly service: string;
  /** In the order in which they were taken back. */
  readonly reverted: readonly { readonly name: string; readonly durationMs: number }[];
}

export interface BaselineReport {
  readonly service: string;
  /** Names of the files that were entered as in effect, without running them. */
  readonly baselined: readonly string[];
}

/** Something that is not as it should be, and what is done about it. */
export interface RepairStep {
  /** Unique in its service. */
  readonly key: string;
  /** Of the file or the object. */
  readonly name: string;
  readonly problem: string;
  readonly action: string;
  /** `repair` does it; otherwise the action names the command that does. */
  readonly automatic: boolean;
}

export interface RepairPlan {
  readonly service: string;
  readonly steps: readonly RepairStep[];
}

export interface RepairReport {
  readonly service: string;
  readonly done: readonly RepairStep[];
}

/** What `migrate up --dry-run=rollback` has tried. */
export interface RehearsalReport {
  readonly service: string;
  /** Names of the files that ran and were rolled back. */
  readonly rehearsed: readonly string[];
  readonly unavailable: readonly Unavailable[];
  /** Those from the first one on that runs without a transaction. */
  readonly left: readonly string[];
  readonly durationMs: number;
}

/** What `migrate lint` says of the files of one service. */
export interface LintReport {
  readonly service: string;
  /** How many were read. */
  readonly files: number;
  readonly findings: readonly (Omit<LintFinding, 'offset'> & {
    readonly file: string;
    readonly path: string;
    readonly line: number;
    readonly column: number;
  })[];
}

/** What `migrate status --history` adds: decisions, not the files that ran as they should. */
export interface MigrateHistory {
  readonly service: string;
  readonly events: readonly LedgerEvent[];
}
