/** What the consumer has done and what keeps it from its work, for `/stats` and `/ready`. */

export interface Stats {
  /** Messages read, those read again included. */
  readonly received: number;
  /** Rows that ClickHouse has taken, those inserted again included. */
  readonly inserted: number;
  readonly deadLettered: number;
  readonly batches: number;
  readonly partitions: readonly number[];
  readonly generation: number;
  /** Messages in these partitions that are not read yet, as of the last fetch. */
  readonly lag: number;
  /** ISO 8601, UTC. */
  readonly lastFetchAt: string | null;
  /** Begin of the insert that is going on, and end of the last one that was; one batch at most is fetched meanwhile. */
  readonly insertingSince: string | null;
  readonly lastInsertAt: string | null;
  readonly lastCommitAt: string | null;
  /** Why events do not arrive at this moment. */
  readonly kafkaProblem: string | null;
  readonly clickhouseProblem: string | null;
}

/** As the pipeline keeps it. */
export type LiveStats = { -readonly [Name in keyof Stats]: Stats[Name] };

export function newStats(): LiveStats {
  return {
    received: 0,
    inserted: 0,
    deadLettered: 0,
    batches: 0,
    partitions: [],
    generation: 0,
    lag: 0,
    lastFetchAt: null,
    insertingSince: null,
    lastInsertAt: null,
    lastCommitAt: null,
    kafkaProblem: 'has not joined the group yet',
    clickhouseProblem: null,
  };
}
