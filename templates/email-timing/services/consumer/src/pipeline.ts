/**
 * Topic -> table: fetch, insert, commit, in this order. The next batch is fetched and read while one is inserted; it is inserted when
 * that one is committed. A crash between insert and commit, a
 * repeated insert after a timeout and a partition that changes hands in the middle of it all mean the same: some
 * messages are inserted again, and the table counts an event id once.
 */
import { type Log, pause } from 'stackctl/service-kit';
import type { Fetch, Membership } from 'stackctl/service-kit/kafka';
import { reasonOf } from '../../../shared/reason.ts';
import { backoff, RETRY_MS } from './backoff.ts';
import { type Sorted, sortMessages } from './batch.ts';
import { insertBatch } from './insert.ts';
import { type LiveStats, newStats, type Stats } from './stats.ts';
import type { EventStore } from './store.ts';

export interface PipelineParts {
  readonly join: () => Promise<Membership>;
  readonly store: EventStore;
  /** Milliseconds between insert and commit, for tests of a crash in between. */
  readonly commitDelayMs: number;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly now: () => Date;
}

export interface Pipeline {
  /** Runs until it is stopped. Never rejects. */
  run(): Promise<void>;
  /** Finishes the batch in hand and leaves the group. */
  stop(): Promise<void>;
  stats(): Stats;
}

export function openPipeline(parts: PipelineParts): Pipeline {
  const stopping = new AbortController();
  const stats = newStats();
  let running: Promise<void> | undefined;
  return {
    run: () => {
      running ??= runUntilStopped({ ...parts, stats, stopping: stopping.signal });
      return running;
    },
    async stop() {
      stopping.abort();
      await running;
    },
    stats: () => ({ ...stats }),
  };
}

interface Context extends PipelineParts {
  readonly stats: LiveStats;
  readonly stopping: AbortSignal;
}

async function runUntilStopped(context: Context): Promise<void> {
  const { stats, stopping, log, now } = context;
  for (let attempt = 0; !stopping.aborted; attempt += 1) {
    const joinedAt = now().getTime();
    try {
      await takePart(context);
    } catch (error) {
      stats.kafkaProblem = reasonOf(error);
      stats.partitions = [];
      log.warn('not consuming, will join the group again', { reason: stats.kafkaProblem });
      if (now().getTime() - joinedAt > 2 * RETRY_MS.most) attempt = 0;
      await pause(backoff(attempt), stopping);
    }
  }
}

/** One membership, until it is lost or the pipeline is stopped. */
async function takePart(context: Context): Promise<void> {
  const { join, stopping, log } = context;
  const membership = await join();
  context.stats.partitions = membership.partitions();
  let moving: Promise<Moved> = Promise.resolve({});
  try {
    while (!stopping.aborted) {
      const rebalanced = membership.rebalanced();
      const fetch = await membership.fetch();
      noteFetch(context, membership, fetch);
      const batch = sortMessages(fetch.blocks);
      const { failure } = await moving;
      if (failure !== undefined) throw failure;
      // Whoever has the partitions next reads what is not committed.
      if (stopping.aborted) break;
      moving = move(context, membership, { fetch, batch, rebalanced }).then(
        () => ({}),
        (failure: unknown) => ({ failure }),
      );
    }
  } finally {
    const { failure } = await moving;
    if (failure !== undefined) log.warn('the last batch is not committed', { reason: reasonOf(failure) });
    await membership
      .leave()
      .catch((error) => log.warn('could not leave the group in order', { reason: reasonOf(error) }));
  }
}

interface Moved {
  readonly failure?: unknown;
}

function noteFetch({ stats, log, now }: Context, membership: Membership, fetch: Fetch): void {
  const [partitions, generation] = [membership.partitions(), membership.generation()];
  if (stats.generation !== generation || stats.kafkaProblem !== null) {
    log.info('consuming', { partitions, generation });
  }
  stats.kafkaProblem = null;
  stats.partitions = partitions;
  stats.generation = generation;
  stats.lag = fetch.lag;
  stats.lastFetchAt = now().toISOString();
  stats.received += fetch.count;
}

interface Taken {
  readonly fetch: Fetch;
  readonly batch: Sorted;
  /** Of the partitions that it was fetched from. */
  readonly rebalanced: AbortSignal;
}

async function move(context: Context, membership: Membership, { fetch, batch, rebalanced }: Taken): Promise<void> {
  const { stats, stopping, commitDelayMs, log, now } = context;
  if (fetch.count > 0) {
    if (!(await insertBatch(context, batch, rebalanced))) return;
    stats.batches += 1;
    if (commitDelayMs > 0) await pause(commitDelayMs, stopping);
  }
  if (!(await membership.commit(fetch))) {
    log.info('partitions have changed hands, not committed', { messages: fetch.count });
  } else if (fetch.count > 0) stats.lastCommitAt = now().toISOString();
}
