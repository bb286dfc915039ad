/** Whether events move, and if not, which of the two servers it is. Pure. */
import type { Stats } from './stats.ts';

/** A fetch takes the linger time or a second, and little more, an insert less: one that takes longer than this hangs. */
const STALE_MS = 3000;

/** @throws Error when the broker gives nothing; never while the consumer itself is busy with ClickHouse. */
export function kafkaState(stats: Stats, now: Date, commitDelayMs: number): string {
  if (stats.kafkaProblem !== null) throw new Error(stats.kafkaProblem);
  const busyElsewhere = stats.insertingSince !== null || stats.clickhouseProblem !== null;
  const age = stats.lastFetchAt === null ? 0 : now.getTime() - Date.parse(stats.lastFetchAt);
  const idle = stats.lastInsertAt === null ? age : Math.min(age, now.getTime() - Date.parse(stats.lastInsertAt));
  if (!busyElsewhere && idle > STALE_MS + commitDelayMs) throw new Error(`the last fetch was ${age} ms ago`);
  return `partitions ${stats.partitions.join(', ') || 'none'}, lag ${stats.lag}`;
}

/** @throws Error when ClickHouse has refused the last insert or has not answered for too long. */
export function insertState(stats: Stats, now: Date): void {
  if (stats.clickhouseProblem !== null) throw new Error(stats.clickhouseProblem);
  const running = stats.insertingSince === null ? 0 : now.getTime() - Date.parse(stats.insertingSince);
  if (running > STALE_MS) throw new Error(`an insert has been waiting for an answer for ${running} ms`);
}
