export interface Thresholds {
  readonly maxOutageMs: number;
  readonly maxLost: number;
  /** How long two may say that they are the primary; undefined: it is measured and not judged. */
  readonly maxSplitBrainMs?: number | undefined;
}
