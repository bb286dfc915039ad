/** What a kind finds out about running instances. */

export interface Probe {
  /** `master`, `replica`, `sentinel`, …; undefined when the instance did not answer. */
  readonly role: string | undefined;
  /** Why it is not ready, in words for a person; empty when it is. */
  readonly reasons: readonly string[];
  /** Ready, but with less than was asked for, e.g. `TimescaleDB extension not found`. Shown as `degraded: …`. */
  readonly degraded?: readonly string[];
  /** Kind-specific, JSON-ready, e.g. `{offset, lagBytes, linkUp}`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Judgement {
  readonly reasons: readonly string[];
  /** Those of the reasons that stay until the user changes a setting: waiting does not help. */
  readonly standing?: readonly string[];
  readonly degraded?: readonly string[];
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Probes of the whole stack by instance name; absent: the instance is not running. */
export type ProbeTable = ReadonlyMap<string, Probe>;
