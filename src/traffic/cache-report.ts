/** What the answers of a run say about the cache of a service. Pure. */
import { countsOf } from './ledger.ts';
import { hitPercentOf } from './measured-run.ts';
import { shownPercent } from './pace.ts';
import type { SinkLane } from './run-lanes.ts';

export interface CacheReport {
  /** Acknowledged requests that were answered from a cache, as the first answer to each says. */
  readonly hits: number;
  readonly misses: number;
  /** Acknowledged ones whose answer does not say. */
  readonly untold: number;
  /** Hits of all that say; null: none does. */
  readonly hitPercent: number | null;
}

/** Of sinks together; null: none of them is asked. */
export function cacheOf(sinks: readonly SinkLane[]): CacheReport | null {
  const asked = sinks.filter(({ sink }) => sink.tellsHits === true);
  if (asked.length === 0) return null;
  const { acked } = countsOf(asked.flatMap(({ ledgers }) => ledgers));
  const sum = (key: 'hits' | 'misses'): number => asked.reduce((all, { measure }) => all + measure.cache[key], 0);
  const [hits, misses] = [sum('hits'), sum('misses')];
  const percent = hitPercentOf({ hits, misses });
  return { hits, misses, untold: acked - hits - misses, hitPercent: percent === null ? null : shownPercent(percent) };
}
