/** What a server says while it applies a file. */
export interface ApplyHooks {
  /** A NOTICE or a WARNING of the server, in one line. */
  readonly onNotice?: (notice: string) => void;
  /** Statements done of those that the file has. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** Of files that are applied together. Files are named by their index, and follow one another. */
export interface TogetherHooks {
  /** For what the server says about this file; asked once, before any of that. */
  readonly of: (index: number) => ApplyHooks;
  /**
   * The file is applied. The answers about several may come at the same time: `durationMs`, a whole number, is what the
   * server has measured from the beginning of the file to its entry, waits for locks included, as the ledger has it.
   */
  readonly onApplied: (index: number, durationMs: number) => void;
}
