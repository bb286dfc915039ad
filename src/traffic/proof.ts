/** Whether a store can prove anything about a run: one that does not get everything, or forgets, proves no loss. Pure. */
import * as z from 'zod';
import type { Secret } from '../lib/secret.ts';
import { type Stack, serviceOf, type ValueScalar } from '../stack/contract/model.ts';
import { fillReferences } from '../stack/load/references.ts';
import type { TrafficProfile } from './profile-schema.ts';
import { timeReachMs } from './time-reach.ts';

type StoreSpec = TrafficProfile['stores'][number];

const limit = z.int().min(1);

/** The limits of a store's `proof`, stack values filled in. */
export const limitsSchema = z.object({
  instances: limit.optional(),
  events: limit.optional(),
  ageS: z.union([limit.transform((one) => [one]), z.array(limit)]).optional(),
});

type Limits = z.output<typeof limitsSchema>;

/** `proof` without what is compared as it stands. */
export function filledLimits({ proof: { values: _, ...limits } }: StoreSpec, stack: Stack): unknown {
  return fillReferences(limits, valuesOf(stack));
}

export function valuesOf({ values }: Stack): ReadonlyMap<string, ValueScalar | Secret> {
  return new Map(values.map(({ name, value }) => [name, value]));
}

/** Why a store is not asked at all, in words; undefined: it can be proof. @param count events of the run. */
export function whyNoProof(store: StoreSpec, stack: Stack, count: number): string | undefined {
  const values = valuesOf(stack);
  const { instances, events } = limitsOf(store, stack);
  const other = Object.entries(store.proof.values).find(([name, wanted]) => values.get(name) !== wanted);
  const own = serviceOf(stack, store.service).instances.length;
  if (other !== undefined) return `it gets the events only with ${other[0]}=${other[1]}`;
  if (instances !== undefined && own > instances) {
    return `each of its ${own} instances keeps what it got itself, and no answer is about all of them`;
  }
  if (events !== undefined && count > events) return `it keeps ${events} events, and the run has ${count}`;
  return undefined;
}

/** When a store has forgotten the first events of a run, as Unix time in milliseconds; undefined: it does not forget. */
export function forgetsAt(store: StoreSpec, draws: readonly TrafficProfile['draw'][], stack: Stack, epochMs: number) {
  const { ageS } = limitsOf(store, stack);
  if (ageS === undefined) return undefined;
  const seconds = Math.min(...ageS);
  return {
    atMs: oldestTime(draws, epochMs) + seconds * 1000,
    why: `it forgets events that are older than ${seconds} s`,
  };
}

/** No time of these draws, each with all that it may name, is earlier, as Unix time in milliseconds. */
export function oldestTime(draws: readonly TrafficProfile['draw'][], epochMs: number): number {
  return epochMs - Math.max(0, ...draws.map(timeReachMs));
}

function limitsOf(store: StoreSpec, stack: Stack): Limits {
  return limitsSchema.parse(filledLimits(store, stack));
}
