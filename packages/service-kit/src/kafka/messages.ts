/** What is read of a topic. */

export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
}

export interface Position {
  readonly partition: number;
  /** Of the next message to read. */
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

export interface FetchOptions {
  readonly topic: string;
  /** How long the broker collects messages before it answers; this makes the batches. */
  readonly lingerMs: number;
  readonly lingerBytes: number;
}
