/** Figures per tenant from the events of a window. Pure. */
import { isError, type TrackedEvent } from './event.ts';

export interface TenantErrors {
  readonly tenantId: string;
  /** Requests in the window. */
  readonly count: number;
  readonly errors: number;
  /** errors / count, 0 to 1. */
  readonly errorRate: number;
}

export interface TenantLatency {
  readonly tenantId: string;
  readonly count: number;
  /** Milliseconds, like all of them. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly avg: number;
}

/** Tenants with the most errors first; among equals the higher rate, then the name. */
export function topByErrors(events: readonly TrackedEvent[], limit: number): readonly TenantErrors[] {
  return [...byTenant(events)]
    .map(([tenantId, own]) => {
      const errors = own.filter(isError).length;
      return { tenantId, count: own.length, errors, errorRate: errors / own.length };
    })
    .sort((a, b) => b.errors - a.errors || b.errorRate - a.errorRate || compare(a.tenantId, b.tenantId))
    .slice(0, limit);
}

/** Slowest tenants first, by their 95th percentile. */
export function topByLatency(events: readonly TrackedEvent[], limit: number): readonly TenantLatency[] {
  return [...byTenant(events)]
    .map(([tenantId, own]) => {
      const sorted = own.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
      return {
        tenantId,
        count: sorted.length,
        p50: percentile(sorted, 50),
        p95: percentile(sorted, 95),
        p99: percentile(sorted, 99),
        avg: rounded(sorted.reduce((sum, latency) => sum + latency, 0) / sorted.length),
      };
    })
    .sort((a, b) => b.p95 - a.p95 || compare(a.tenantId, b.tenantId))
    .slice(0, limit);
}

/**
 * The smallest value that at least `percent` of the values do not exceed (nearest rank): always one that was measured.
 * @param sorted ascending, not empty.
 */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError(`no percentile ${percent} of ${sorted.length} values`);
  return value;
}

function byTenant(events: readonly TrackedEvent[]): ReadonlyMap<string, readonly TrackedEvent[]> {
  const tenants = new Map<string, TrackedEvent[]>();
  for (const event of events) {
    const own = tenants.get(event.tenantId);
    if (own === undefined) tenants.set(event.tenantId, [event]);
    else own.push(event);
  }
  return tenants;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
