/** What the writes of a run leave behind, and how it is looked at. */

/**
 * What is written, and by that what an answer says and what has to be there in the end:
 *
 * | shape | a write | its answer | in the end |
 * |---|---|---|---|
 * | list | appends its value | – | every value, in the order of the writes |
 * | set | adds its value | – | every value |
 * | register | puts its value in the place of the one before | that one, 0 for none | the last value |
 * | counter | adds one | the sum | the sum |
 * | pubsub | sends its value to a subscriber | how many subscribers the server gave it to | what the subscriber heard |
 */
export type WorkloadShape = 'list' | 'set' | 'register' | 'counter' | 'pubsub';

/** What a subscriber has heard, in that order, and when it was none. Times are those of `performance.now()`. */
export interface Heard {
  readonly messages: readonly { readonly value: number; readonly at: number }[];
  /** From its last sign of life at one server until it was subscribed again. */
  readonly away: readonly Away[];
}

export interface Away {
  readonly from: number;
  readonly to: number;
}

export interface FinalReadOptions {
  /** Reads the replicas too, and waits a while for one that does not hold the same. */
  readonly withReplicas?: boolean;
  /** Default: a list. Of pubsub nothing is kept: it cannot be read. */
  readonly shape?: Exclude<WorkloadShape, 'pubsub'>;
}

export interface FinalRead {
  /** Who was read; of pubsub, the subscriber. */
  readonly node: string;
  /** Of a register and a counter one value, or none when there is none. */
  readonly values: readonly number[];
  /** Of pubsub: when each of them arrived, and when nobody was there to hear them. */
  readonly heardAt?: readonly number[] | undefined;
  readonly away?: readonly Away[] | undefined;
  /** What the replicas hold, each as soon as it was the same, or when the wait for that was over; absent: nobody looked. */
  readonly replicas?: readonly ReplicaRead[] | undefined;
}

/** Acknowledged writes that are gone. */
export interface Loss {
  /** What was done, e.g. `kill redis-1`. */
  readonly what: string;
  readonly oldPrimary: string;
  /** Who is the primary now; undefined: not agreed. */
  readonly newPrimary: string | undefined;
  /** When a new one was promoted, in milliseconds after the fault; undefined: none was. */
  readonly promotedAt: number | undefined;
  /** When each was acknowledged, in milliseconds after the fault, and by whom. */
  readonly lost: readonly { readonly at: number; readonly node: string }[];
}

/** How many values a replica lacks, and how many only it has. */
export interface ReplicaRead {
  readonly node: string;
  readonly missing: number;
  readonly extra: number;
  /** Why it could not be read; then nothing is known of it. */
  readonly problem?: string | undefined;
}
