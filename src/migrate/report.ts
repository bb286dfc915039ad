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
  readonly action: 'apply' | 'leaveOut' | 'refuse';
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
    /** ISO 8601, UTC. */
    readonly appliedAt: string;
    readonly durationMs: number;
    readonly checksum: string;
  }[];
  readonly pending: readonly { readonly name: string; readonly reason: string }[];
  readonly unavailable: readonly Unavailable[];
  readonly drifted: readonly { readonly name: string; readonly type: string; readonly reason: string }[];
}
