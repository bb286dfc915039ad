/**
 * Topic -> table: fetch, insert, commit, in this order and one batch at a time. A crash between insert and commit, a
 * repeated insert after a timeout and a partition that changes hands in the middle of it all mean the same: some
 * messages are inserted again, and the table counts an event id once.
 */
import { type Log, pause } from 'stackctl/service-kit';
import type { Fetch, Membership } from 'stackctl/service-kit/kafka';
import { reasonOf } from '../../../shared/reason.ts';
import { backoff, RETRY_MS } from './backoff.ts';
import { sortMessages } from './batch.ts';
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
  try {
    while (!stopping.aborted) {
      const fetch = await membership.fetch();
      noteFetch(context, membership, fetch);
      if (fetch.messages.length > 0) await move(context, membership, fetch);
      else await membership.commit(fetch);
    }
  } finally {
    await membership
      .leave()
      .catch((error) => log.warn('could not leave the group in order', { reason: reasonOf(error) }));
  }
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
  stats.received += fetch.messages.length;
}

async function move(context: Context, membership: Membership, fetch: Fetch): Promise<void> {
  const { stats, stopping, commitDelayMs, log, now } = context;
  if (!(await insertBatch(context, sortMessages(fetch.messages), membership.rebalanced()))) return;
  stats.batches += 1;
  if (commitDelayMs > 0) await pause(commitDelayMs, stopping);
  if (await membership.commit(fetch)) stats.lastCommitAt = now().toISOString();
  else log.info('partitions have changed hands, not committed', { messages: fetch.messages.length });
}
