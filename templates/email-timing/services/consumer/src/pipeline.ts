/**
 * Topic -> table: fetch, insert, commit, in this order and one batch at a time. A crash between insert and commit, a
 * repeated insert after a timeout and a partition that changes hands in the middle of it all mean the same: some
 * messages are inserted again, and the table counts an event id once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { anyOf, type Log } from 'stackctl/service-kit';
import type { Fetch, Membership } from 'stackctl/service-kit/kafka';
import { reasonOf } from '../../../shared/reason.ts';
import { type Sorted, sortMessages } from './batch.ts';
import type { EventStore } from './store.ts';

export interface PipelineParts {
  readonly join: () => Promise<Membership>;
  readonly store: EventStore;
  /** Milliseconds between insert and commit, for tests of a crash in between. */
  readonly commitDelayMs: number;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly now: () => Date;
}

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
  /** Begin of the insert that is going on, and end of the last one that was; nothing is fetched meanwhile. */
  readonly insertingSince: string | null;
  readonly lastInsertAt: string | null;
  readonly lastCommitAt: string | null;
  /** Why events do not arrive at this moment. */
  readonly kafkaProblem: string | null;
  readonly clickhouseProblem: string | null;
}

export interface Pipeline {
  /** Runs until it is stopped. Never rejects. */
  run(): Promise<void>;
  /** Finishes the batch in hand and leaves the group. */
  stop(): Promise<void>;
  stats(): Stats;
}

const RETRY_MS = { first: 200, most: 2000 } as const;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function openPipeline(parts: PipelineParts): Pipeline {
  const { join, store, commitDelayMs, log, now } = parts;
  const stats: Mutable<Stats> = {
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
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      const joinedAt = now().getTime();
      try {
        await takePart();
      } catch (error) {
        stats.kafkaProblem = reasonOf(error);
        stats.partitions = [];
        log.warn('not consuming, will join the group again', { reason: stats.kafkaProblem });
        if (now().getTime() - joinedAt > 2 * RETRY_MS.most) attempt = 0;
        await pause(backoff(attempt), stopping.signal);
      }
    }
  }

  /** One membership, until it is lost or the pipeline is stopped. */
  async function takePart(): Promise<void> {
    const membership = await join();
    try {
      while (!stopping.signal.aborted) {
        const fetch = await membership.fetch();
        seen(membership, fetch);
        if (fetch.messages.length > 0) await move(membership, fetch);
        else await membership.commit(fetch);
      }
    } finally {
      await membership.leave().catch((error) => log.warn('left the group without a word', { reason: reasonOf(error) }));
    }
  }

  function seen(membership: Membership, fetch: Fetch): void {
    if (stats.generation !== membership.generation() || stats.kafkaProblem !== null) {
      log.info('consuming', { partitions: membership.partitions(), generation: membership.generation() });
    }
    stats.kafkaProblem = null;
    stats.partitions = membership.partitions();
    stats.generation = membership.generation();
    stats.lag = fetch.lag;
    stats.lastFetchAt = now().toISOString();
    stats.received += fetch.messages.length;
  }

  async function move(membership: Membership, fetch: Fetch): Promise<void> {
    if (!(await insert(membership, sortMessages(fetch.messages)))) return;
    stats.batches += 1;
    if (commitDelayMs > 0) await pause(commitDelayMs, stopping.signal);
    if (await membership.commit(fetch)) stats.lastCommitAt = now().toISOString();
    else log.info('partitions have changed hands, not committed', { messages: fetch.messages.length });
  }

  /** Until it works. False when that is no longer this member's business. */
  async function insert(membership: Membership, { rows, dead }: Sorted): Promise<boolean> {
    const rebalanced = membership.rebalanced();
    for (let attempt = 0; ; attempt += 1) {
      stats.insertingSince = now().toISOString();
      try {
        const result = await store.insert(rows, dead, rebalanced).finally(() => {
          stats.insertingSince = null;
          stats.lastInsertAt = now().toISOString();
        });
        stats.clickhouseProblem = null;
        stats.inserted += result.inserted;
        stats.deadLettered += result.dead.length;
        if (result.dead.length > 0)
          log.warn('dead letters', { count: result.dead.length, reason: result.dead[0]?.reason });
        return true;
      } catch (error) {
        if (rebalanced.aborted) return false;
        stats.clickhouseProblem = reasonOf(error);
        log.warn('not inserted, will try again', { rows: rows.length, attempt, reason: stats.clickhouseProblem });
        // Nothing is lost by giving up now: what was not committed is read again.
        if (stopping.signal.aborted) return false;
        await pause(backoff(attempt), anyOf([stopping.signal, rebalanced]));
        if (rebalanced.aborted || stopping.signal.aborted) return false;
      }
    }
  }

  return {
    run: () => {
      running ??= run();
      return running;
    },
    async stop() {
      stopping.abort();
      await running;
    },
    stats: () => ({ ...stats }),
  };
}

function backoff(attempt: number): number {
  return Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** Math.min(attempt, 10));
}

/** Milliseconds, or until the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
