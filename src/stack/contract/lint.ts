/** What `migrate lint` says of a file's statements before anybody runs them. */
export interface LintFinding {
  /** Of the statement or the part of it, in the text, counted in characters from 0. */
  readonly offset: number;
  readonly rule: string;
  /** `error`: it fails or loses data for certain. `warning`: on a table that is large or in use, it hurts. */
  readonly level: LintLevel;
  /** What happens. */
  readonly message: string;
  /** What to write instead. */
  readonly instead: string;
}

export type LintLevel = 'error' | 'warning';

/** What is known of the statements that run together. */
export interface LintPart {
  readonly transactional: boolean;
  readonly once: boolean;
  readonly lockTimeoutMs: number;
}
