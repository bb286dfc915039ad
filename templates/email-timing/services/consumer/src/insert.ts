import { anyOf, type Log, pause } from 'stackctl/service-kit';
import { reasonOf } from '../../../shared/reason.ts';
import { backoff } from './backoff.ts';
import type { Sorted } from './batch.ts';
import type { LiveStats } from './stats.ts';
import type { EventStore, InsertResult } from './store.ts';

export interface InsertContext {
  readonly store: EventStore;
  readonly stats: LiveStats;
  readonly log: Pick<Log, 'warn'>;
  readonly now: () => Date;
  /** Aborts when the pipeline is stopped. */
  readonly stopping: AbortSignal;
}

/**
 * Inserts a batch, again and again until the server takes it.
 * @param rebalanced aborts when the batch belongs to another member of the group.
 * @returns false when it was given up. Nothing is lost: what is not committed is read again.
 */
export async function insertBatch(context: InsertContext, batch: Sorted, rebalanced: AbortSignal): Promise<boolean> {
  const { stats, log, stopping } = context;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { inserted, dead } = await insertOnce(context, batch, rebalanced);
      stats.clickhouseProblem = null;
      stats.inserted += inserted;
      stats.deadLettered += dead.length;
      if (dead.length > 0) log.warn('dead letters', { count: dead.length, reason: dead[0]?.reason });
      return true;
    } catch (error) {
      if (rebalanced.aborted) return false;
      stats.clickhouseProblem = reasonOf(error);
      const rows = batch.rows.count;
      log.warn('not inserted, will try again', { rows, attempt, reason: stats.clickhouseProblem });
      if (stopping.aborted) return false;
      await pause(backoff(attempt), anyOf([stopping, rebalanced]));
      if (rebalanced.aborted || stopping.aborted) return false;
    }
  }
}

async function insertOnce(
  { store, stats, now }: InsertContext,
  { rows, dead }: Sorted,
  rebalanced: AbortSignal,
): Promise<InsertResult> {
  stats.insertingSince = now().toISOString();
  try {
    return await store.insert(rows, dead, rebalanced);
  } finally {
    stats.insertingSince = null;
    stats.lastInsertAt = now().toISOString();
  }
}
