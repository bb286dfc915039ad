import { type Log, pause } from 'stackctl/service-kit';
import { type Entry, fieldsOf, idOf } from './entries.ts';
import { type CheckedEvent, checkEvent } from './event.ts';
import { openFlight } from './flight.ts';
import { latestSecond, plainRow } from './plain-event.ts';
import { type Row, rowOf } from './row.ts';
import type { DeadEntry, EventStream } from './stream.ts';
import type { EventTable } from './table.ts';

/** Since this program started. */
export interface Counters {
  /** Entries that were delivered, repeated deliveries included. */
  readonly received: number;
  readonly inserted: number;
  /** Were in the table already: delivered twice, or sent twice. */
  readonly duplicates: number;
  readonly dead: number;
  /** Of `received`: taken over from another consumer. */
  readonly claimed: number;
  /** Attempts that failed because a store was away. */
  readonly failures: number;
}

export interface ConsumerInput {
  readonly stream: EventStream;
  readonly table: EventTable;
  readonly log: Log;
  /** Milliseconds between two checks for what other consumers left behind. */
  readonly claimEveryMs: number;
  readonly now: () => Date;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export interface Consumer {
  counters(): Counters;
  /** Why the last attempt failed; undefined when it did not. */
  lastFailure(): string | undefined;
  /** Finishes the batch at hand. */
  stop(): Promise<void>;
}

/** What changes while it runs. */
interface Progress {
  counters: Counters;
  failure: string | undefined;
  /** Failed attempts in a row. */
  failures: number;
}

/** Batches that are stored at the same time, while one more is read. */
const AT_ONCE = 2;
const TIDY_EVERY_MS = 60_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/**
 * Moves entries from the stream into the table until it is stopped. An entry is acknowledged only after its row is
 * committed, so it may be delivered again, and the table's primary key keeps it from being there twice. Without one of
 * the stores it waits and tries again, for ever.
 */
export function startConsumer(input: ConsumerInput): Consumer {
  const stopping = new AbortController();
  const counters = { received: 0, inserted: 0, duplicates: 0, dead: 0, claimed: 0, failures: 0 };
  const progress: Progress = { counters, failure: undefined, failures: 0 };
  const ended = runUntil(stopping.signal, input, progress);
  return {
    counters: () => progress.counters,
    lastFailure: () => progress.failure,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function runUntil(signal: AbortSignal, input: ConsumerInput, progress: Progress): Promise<void> {
  const { stream, log, random } = input;
  while (!signal.aborted) {
    try {
      await consume(signal, input, progress);
    } catch (error) {
      progress.failure = error instanceof Error ? error.message : String(error);
      progress.failures++;
      count(progress, { failures: 1 });
      log.warn('cannot store events now', { error: progress.failure, attempt: progress.failures });
      await pause(waitMs(progress.failures, random()), signal);
    }
  }
  // Without Redis this consumer stays on the list, until another one takes it off.
  await stream.forget('me').catch((error) => log.debug('could not leave the group', { error }));
}

/** Doubles from 100 ms to 5 s, times 0.5 to 1. */
function waitMs(failures: number, random: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)) * (0.5 + random / 2);
}

async function consume(signal: AbortSignal, input: ConsumerInput, progress: Progress): Promise<void> {
  const { stream, log, now, claimEveryMs } = input;
  const flight = openFlight(AT_ONCE);
  let claimAt = 0;
  let tidyAt = 0;
  await stream.ensureGroup();
  // First what this consumer was given and did not finish, for example because a store went away.
  while (!signal.aborted && (await take(await stream.own(), input, progress)) > 0);
  try {
    while (!signal.aborted) {
      if (now().getTime() >= claimAt) {
        // What it has in hand itself is not for taking over.
        await flight.landed();
        const claimed = await take(await stream.stale(), input, progress);
        count(progress, { claimed });
        // There may be more than one batch of them.
        if (claimed === 0) claimAt = now().getTime() + claimEveryMs;
      }
      if (now().getTime() >= tidyAt) {
        await stream.trim(now());
        await stream.forget('idle');
        tidyAt = now().getTime() + TIDY_EVERY_MS;
      }
      const entries = await stream.next();
      await flight.add(() => take(entries, input, progress));
      if (progress.failure !== undefined) log.info('storing events again');
      progress.failure = undefined;
      progress.failures = 0;
    }
  } finally {
    await flight.landed();
  }
}

/** Stores a batch and then acknowledges it. Returns how many entries it had. */
async function take(entries: readonly Entry[], input: ConsumerInput, progress: Progress): Promise<number> {
  if (entries.length === 0) return 0;
  const { stream, table, log, now } = input;
  const { items, dead } = checkedEntries(entries, now());
  count(progress, { received: entries.length });
  const { inserted, duplicates, refused } = await table.insert(items);
  count(progress, { inserted, duplicates });
  for (const { item, reason } of refused) dead.push({ entry: item.entry, reason });
  const deadOnes = new Set(dead.map(({ entry }) => entry));
  await stream.acknowledge(deadOnes.size === 0 ? entries : entries.filter((entry) => !deadOnes.has(entry)), dead);
  count(progress, { dead: dead.length });
  for (const { entry, reason } of dead)
    log.warn('event cannot be stored', { entry: idOf(entry), reason, to: stream.deadName });
  return entries.length;
}

interface Item {
  readonly entry: Entry;
  readonly row: Row;
}

function checkedEntries(
  entries: readonly Entry[],
  now: Date,
): { readonly items: readonly Item[]; readonly dead: DeadEntry[] } {
  const items: Item[] = [];
  const dead: DeadEntry[] = [];
  const latest = latestSecond(now);
  for (const entry of entries) {
    // One that was deleted after it was delivered has nothing left to store.
    if (entry.fields === undefined) continue;
    const row = plainRow(entry, latest);
    const checked: CheckedEvent | undefined = row === undefined ? checkEvent(fieldsOf(entry), now) : undefined;
    if (row !== undefined) items.push({ entry, row });
    else if (checked?.ok === true) items.push({ entry, row: rowOf(checked.row) });
    else if (checked !== undefined) dead.push({ entry, reason: checked.reason });
  }
  return { items, dead };
}

function count(progress: Progress, more: Partial<Counters>): void {
  const { counters } = progress;
  progress.counters = {
    received: counters.received + (more.received ?? 0),
    inserted: counters.inserted + (more.inserted ?? 0),
    duplicates: counters.duplicates + (more.duplicates ?? 0),
    dead: counters.dead + (more.dead ?? 0),
    claimed: counters.claimed + (more.claimed ?? 0),
    failures: counters.failures + (more.failures ?? 0),
  };
}
