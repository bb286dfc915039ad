/** What a probe may find out about a running instance where its ports do not tell enough. */

export interface Inside {
  /**
   * Runs a program where the instance runs, in its working folder and with its variables.
   * @returns its exit code and the last line that it printed, safe to show. @throws the signal's reason.
   */
  run(
    argv: readonly [string, ...string[]],
    signal: AbortSignal,
  ): Promise<{ readonly code: number; readonly lastLine: string }>;
  /** Whether a line that the instance has logged since its last start matches. @throws the signal's reason. */
  logged(pattern: RegExp, signal: AbortSignal): Promise<Logged>;
  /** A process of the instance that a signal has stopped (SIGSTOP), in words; undefined: none that could be seen. */
  frozen(): Promise<string | undefined>;
  /** How long it has run, in milliseconds; undefined where its runtime does not say, or goes by another clock. */
  ranMs(): number | undefined;
}

/** `cut off`: no line of those that are left matches, and the log does not go back to the start any more. */
export type Logged = 'yes' | 'no' | 'cut off';
