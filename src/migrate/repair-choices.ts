/** What the caller has decided about files whose state only a person can know. */
export interface RepairChoices {
  /** Files that failed or were interrupted, on their way in or out, and whose statements are all in effect. */
  readonly markApplied: readonly string[];
  /** Such files, or files whose down part stopped, of which nothing is in effect. */
  readonly markReverted: readonly string[];
  /** Files of which so many statements of the part that stopped are in effect: `up` or `down` goes on behind them. */
  readonly statementsDone: ReadonlyMap<string, number>;
}
