/** A call with a key is carried out once; every repetition is answered with the first result. */
import { setTimeout as delay } from 'node:timers/promises';
import { RequestError } from 'stackctl/service-kit';
import * as z from 'zod';
import type { Store } from './stores/store.ts';
import type { WaitBudget } from './wait-budget.ts';

export interface IdempotencyOptions {
  readonly store: Store;
  /** Milliseconds that a result is known. */
  readonly ttlMs: number;
  /** Milliseconds after which a claim without a result counts as abandoned: more than a call can take. */
  readonly claimMs: number;
  /** A text that no other claim has. */
  readonly newOwner: () => string;
}

export interface Call {
  readonly key: string;
  /** The key was made for this call, and nobody else knows it before the answer: there is nobody to claim it from. */
  readonly isOwnKey: boolean;
  /** Equal for equal requests. */
  readonly fingerprint: string;
  /** Carries the call out. What it throws is no result: the next call with this key tries again. */
  readonly send: () => Promise<unknown>;
  readonly budget: WaitBudget;
}

export interface Outcome {
  readonly result: unknown;
  /** True: the result of an earlier call. */
  readonly replayed: boolean;
}

export interface Idempotency {
  /**
   * @throws RequestError 422 when the key belongs to another request.
   * @throws RequestError 503 when another instance is carrying the call out and does not come to an end.
   * @throws what `send` throws.
   */
  once(call: Call): Promise<Outcome>;
}

const recordSchema = z.union([
  z.object({ state: z.literal('pending'), owner: z.string(), fingerprint: z.string() }),
  z.object({ state: z.literal('done'), fingerprint: z.string(), result: z.unknown() }),
]);
type StoredRecord = z.output<typeof recordSchema>;

/** Milliseconds between two reads of another instance's claim: the first wait, and the longest. */
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 200;

interface Flight {
  readonly fingerprint: string;
  readonly outcome: Promise<Outcome>;
}

export function createIdempotency(options: IdempotencyOptions): Idempotency {
  /** Calls that this instance is carrying out: their repetitions wait here, whatever happens to Redis meanwhile. */
  const flights = new Map<string, Flight>();
  return {
    once: async (call) => {
      const flight = flights.get(call.key);
      if (flight !== undefined) {
        refuseOther(flight, call);
        return { ...(await flight.outcome), replayed: true };
      }
      const outcome = carryOut(call, options).finally(() => flights.delete(call.key));
      flights.set(call.key, { fingerprint: call.fingerprint, outcome });
      return outcome;
    },
  };
}

async function carryOut(call: Call, options: IdempotencyOptions): Promise<Outcome> {
  const { key, fingerprint, budget } = call;
  const { store, ttlMs, claimMs, newOwner } = options;
  const own = call.isOwnKey ? undefined : write({ state: 'pending', owner: newOwner(), fingerprint });
  const found = own === undefined ? undefined : await claim(own, call, options);
  if (found !== undefined) return found;
  let result: unknown;
  try {
    result = await call.send();
  } catch (error) {
    if (own !== undefined) await store.complete(key, { claimed: own, value: undefined, ttlMs: claimMs }, budget);
    throw error;
  }
  await store.complete(key, { claimed: own, value: write({ state: 'done', fingerprint, result }), ttlMs }, budget);
  return { result, replayed: false };
}

/** Undefined: this instance carries the call out. Waits while another instance does. */
async function claim(own: string, call: Call, options: IdempotencyOptions): Promise<Outcome | undefined> {
  const { store, claimMs } = options;
  const { key, budget } = call;
  const givenUpAt = performance.now() + claimMs;
  let waitMs = FIRST_WAIT_MS;
  for (let isFirst = true; ; isFirst = false) {
    const { held, place } = await store.claim(key, own, claimMs, budget);
    if (held === own) {
      if (isFirst || place === 'redis') return undefined;
      // Redis went away after it had named another instance, which carries the call out: to send now would be to send twice.
      await store.complete(key, { claimed: own, value: undefined, ttlMs: claimMs }, budget);
      throw inProgress();
    }
    const record = read(held);
    refuseOther(record, call);
    if (record.state === 'done') return { result: record.result, replayed: true };
    if (performance.now() >= givenUpAt) throw inProgress();
    await delay(waitMs);
    waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS);
  }
}

function refuseOther({ fingerprint }: Pick<StoredRecord, 'fingerprint'>, call: Call): void {
  if (fingerprint === call.fingerprint) return;
  throw new RequestError(422, 'was used before, for a request with other content', 'idempotencyKey');
}

function inProgress(): RequestError {
  return new RequestError(503, 'a call with this key is in progress elsewhere; try again', 'idempotencyKey');
}

function write(record: StoredRecord): string {
  return JSON.stringify(record);
}

function read(text: string): StoredRecord {
  return recordSchema.parse(JSON.parse(text));
}
