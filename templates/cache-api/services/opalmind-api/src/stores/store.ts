import type { WaitBudget } from '../wait-budget.ts';

/** Where something is kept: for every instance of the API, or for this one alone. */
export type Place = 'redis' | 'memory';

export interface Claim {
  /** What the key holds now: the own value when the claim succeeded. */
  readonly held: string;
  readonly place: Place;
}

export interface Completion {
  /** What the own claim wrote: a key that holds anything else by now is left alone. Undefined: nobody else knows the key, which holds nothing. */
  readonly claimed: string | undefined;
  /** The final value; undefined gives a claimed key free. */
  readonly value: string | undefined;
  readonly ttlMs: number;
}

export interface EntryCount {
  readonly entries: number;
  /** False: there were too many to count them all in time. */
  readonly complete: boolean;
}

/** Texts by key, each with a time to live. */
export interface Store {
  /** Where the next entry goes. */
  place(): Place;
  read(key: string, budget: WaitBudget): Promise<string | undefined>;
  write(key: string, value: string, ttlMs: number, budget: WaitBudget): Promise<void>;
  /** Writes the value unless the key holds one; of several at once one succeeds. */
  claim(key: string, value: string, ttlMs: number, budget: WaitBudget): Promise<Claim>;
  /** Writes the outcome of a claim, also when the claim itself is gone by now, or where none was needed. */
  complete(key: string, completion: Completion, budget: WaitBudget): Promise<void>;
  count(budget: WaitBudget): Promise<EntryCount>;
}
