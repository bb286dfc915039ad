/** The figures of event-tracking by a look at every event, to hold those of the backend against. */
import type { TenantErrors, TenantLatency } from '../../templates/event-tracking/services/backend/src/analytics.ts';
import type { Counted } from '../../templates/event-tracking/services/backend/src/figures/event-index.ts';

export interface Figures {
  readonly errors: readonly TenantErrors[];
  readonly latency: readonly TenantLatency[];
}

/** Of all tenants, of the events at `from` (milliseconds since 1970) or after it. */
export function figuresByHand(events: readonly Counted[], from: number): Figures {
  const tenants = new Map<string, Counted[]>();
  for (const event of events) {
    if (event.time < from) continue;
    const own = tenants.get(event.tenantId);
    if (own === undefined) tenants.set(event.tenantId, [event]);
    else own.push(event);
  }
  const byName = (a: { readonly tenantId: string }, b: { readonly tenantId: string }): number =>
    a.tenantId < b.tenantId ? -1 : 1;
  const errors = [...tenants].map(([tenantId, own]) => {
    const failed = own.filter((event) => event.failed).length;
    return { tenantId, count: own.length, errors: failed, errorRate: failed / own.length };
  });
  const latency = [...tenants].map(([tenantId, own]) => {
    const sorted = own.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    const rank = (percent: number): number => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
    const millionths = sorted.reduce((sum, ms) => sum + Math.round(ms * 1_000_000), 0);
    const avg = Math.round((millionths / 1_000_000 / sorted.length) * 1000) / 1000;
    return { tenantId, count: sorted.length, p50: rank(50), p95: rank(95), p99: rank(99), avg };
  });
  return {
    errors: errors.sort((a, b) => b.errors - a.errors || b.errorRate - a.errorRate || byName(a, b)),
    latency: latency.sort((a, b) => b.p95 - a.p95 || byName(a, b)),
  };
}
