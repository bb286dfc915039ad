import { errorText } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { step } from '../lib/events.ts';
import { deadline, isTimeout, poll } from '../lib/poll.ts';
import type { StoreReading, TrafficRun } from '../stack/contract/traffic.ts';
import type { LedgerView } from './ledger.ts';
import type { OpenStore } from './open-targets.ts';
import { createStoreReader } from './read-store.ts';
import { reconcile } from './reconcile.ts';
import type { SeedInput } from './seed-input.ts';
import type { StoreAnswer } from './store-report.ts';

/** After an interrupt every store is read once more, so that the report has what is known by then. */
const LAST_READ_MS = 5000;
const READ_MS = 60_000;
/** Everything acknowledged is there, and some outcomes are unknown: how long nothing more may come. */
const QUIET_MS = 1000;
const ASK_EVERY_MS = 100;
/** How many times as long as a count takes the pause before the next one is. */
const PAUSES = 4;

export type ReadInput = SeedInput & Pick<TrafficRun, 'runId'>;

/** A store, and what it has to hold. */
export interface ReadStore extends OpenStore {
  readonly ledger: LedgerView;
  /** Events are sent more than once: a copy may arrive behind the last event. */
  readonly mayRepeat: boolean;
}

/** What each store has, once everything has arrived or nothing more comes. */
export async function readAll(input: ReadInput, stores: readonly ReadStore[]): Promise<readonly StoreAnswer[]> {
  return Promise.all(
    stores.map((open) => {
      const { name } = open.store;
      return step(
        input.emit,
        { id: `read:${name}`, title: `read back ${name}` },
        () => readOne(input, open),
        ({ answer }) =>
          answer.type === 'error'
            ? { state: 'failed', detail: answer.error }
            : { state: 'done', ...(answer.type === 'read' && { detail: `${answer.reading.found.total} found` }) },
      );
    }),
  );
}

async function readOne(input: ReadInput, open: ReadStore): Promise<StoreAnswer> {
  const { ledger, routes } = open;
  const { name, guarantee } = open.store;
  const unfit = open.whyNoProof(ledger.counts.asked);
  if (unfit !== undefined) return { name, guarantee, routes, answer: { type: 'unfit', why: unfit } };
  try {
    const reading = await withOtherRows(open, await wholeReading(input, open));
    const isOld = open.forgets !== undefined && input.date().getTime() >= open.forgets.atMs;
    const why = (isOld ? open.forgets?.why : undefined) ?? reading.forgets;
    return { name, guarantee, routes, answer: { type: 'read', reading, ledger, forgets: why } };
  } catch (error) {
    return {
      name,
      guarantee,
      routes,
      answer: { type: 'error', error: isTimeout(error) ? 'no answer in time' : errorText(error) },
    };
  }
}

/** A service that gives ids of its own stores everything, and nothing under the ids of the run. That it cannot be asked changes nothing. */
async function withOtherRows({ store, ledger }: ReadStore, reading: StoreReading): Promise<StoreReading> {
  const { acked } = ledger.counts;
  if (reading.found.total > 0 || acked === 0 || store.rows === undefined) return reading;
  const otherRows = await store.rows(acked, AbortSignal.timeout(LAST_READ_MS)).catch(() => undefined);
  return { ...reading, ...defined({ otherRows }) };
}

/** Nothing is called missing before everything was looked through, and before nothing more came by an exact count. */
async function wholeReading(input: ReadInput, open: ReadStore): Promise<StoreReading> {
  const { runId, signal } = input;
  const { store, ledger } = open;
  const limit = (): AbortSignal => AbortSignal.timeout(signal.aborted ? LAST_READ_MS : READ_MS);
  const until = input.settleMs === undefined ? signal : deadline(input.settleMs, signal);
  const count = (limited: AbortSignal): Promise<number> => store.count(limited);
  const wasReached = !signal.aborted && (await untilQuiet({ ...input, until }, open, count));
  const reader = createStoreReader({ runId, store, ledger, limit });
  const first = await reader.read();
  if (reconcile({ runId, ledger, reading: first }).missing === 0) return first;
  // Copies are no arrivals: they must not stand for events that are still on their way.
  if (wasReached) await untilQuiet({ ...input, until }, open, reader.countArrived);
  return store.readAll?.(limit()) ?? (wasReached ? reader.read() : first);
}

/**
 * Until everything is there, or nothing more has come for a while. A store that does not answer is asked again.
 * @returns whether as many are there.
 */
async function untilQuiet(
  { clock, signal, until }: SeedInput & { readonly until: AbortSignal },
  { store: { guarantee }, settleMs: profileMs, ledger, mayRepeat }: ReadStore,
  countNow: (signal: AbortSignal) => Promise<number>,
): Promise<boolean> {
  // Nothing is there that could arrive late in what forgets at once.
  const quietMs = guarantee === 'atMostOnce' ? QUIET_MS : profileMs;
  const { acked, unknown } = ledger.counts;
  let last = { count: -1, at: clock.now() };
  let isReached = false;
  let pauseMs = ASK_EVERY_MS;
  const arrived = async (): Promise<true | undefined> => {
    const begunAt = clock.now();
    const count = await countNow(deadline(READ_MS, until)).catch(() => -1); // it may be starting again
    const now = clock.now();
    isReached = count >= acked + unknown;
    if (isReached && !mayRepeat) return true;
    if (count !== last.count) last = { count, at: now };
    const left = last.at + (count >= acked ? Math.min(QUIET_MS, quietMs) : quietMs) - now;
    pauseMs = pauseBefore({ tookMs: now - begunAt, leftMs: left });
    return left <= 0 ? true : undefined;
  };
  const pause = {
    signal: until,
    get everyMs() {
      return pauseMs;
    },
  };
  await poll(arrived, pause).catch((error: unknown) => {
    if (!isTimeout(error) && !signal.aborted) throw error;
  });
  return isReached;
}

/**
 * Counting is work for a server that may still be storing what is to be counted: it gets several times as long for that, as far as
 * there is a wait anyway.
 */
export function pauseBefore({ tookMs, leftMs }: { readonly tookMs: number; readonly leftMs: number }): number {
  return Math.max(ASK_EVERY_MS, Math.min(PAUSES * tookMs, leftMs));
}
