import type { TenantErrors, TenantLatency } from '../analytics.ts';
import { Rows } from './rows.ts';
import { breathing } from './turns.ts';

/** What the figures need of one event. */
export interface Counted {
  readonly tenantId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly latencyMs: number;
  readonly failed: boolean;
}

interface Tenant {
  readonly all: Rows;
  readonly failed: Rows;
}

/** Events in memory, some 30 bytes each, so arranged that figures of any window take hardly longer when there are more of them. */
export class EventIndex {
  /** Events that are in it. */
  size = 0;
  private readonly tenants = new Map<string, Tenant>();

  add({ tenantId, time, latencyMs, failed }: Counted): void {
    let tenant = this.tenants.get(tenantId);
    if (tenant === undefined) {
      tenant = { all: new Rows(), failed: new Rows() };
      this.tenants.set(tenantId, tenant);
    }
    tenant.all.add(time, latencyMs);
    if (failed) tenant.failed.add(time, latencyMs);
    this.size += 1;
  }

  /** Takes an event out that is in it. */
  remove({ tenantId, time, latencyMs, failed }: Counted): void {
    const tenant = this.tenants.get(tenantId);
    tenant?.all.remove(time, latencyMs);
    if (failed) tenant?.failed.remove(time, latencyMs);
    if (tenant?.all.isEmpty) this.tenants.delete(tenantId);
    this.size -= 1;
  }

  /** Takes out what is older than an instant (milliseconds since 1970). */
  async forget(before: number): Promise<void> {
    const breath = breathing();
    let size = 0;
    for (const [name, { all, failed }] of this.tenants) {
      await breath();
      all.forget(before);
      failed.forget(before);
      size += all.size;
      if (all.size === 0) this.tenants.delete(name);
    }
    this.size = size;
  }

  /** How many events are at an instant (milliseconds since 1970) or after it. */
  count(from: number): number {
    let count = 0;
    for (const { all } of this.tenants.values()) count += all.count(from);
    return count;
  }

  /** Tenants with the most errors first; among equals the higher rate, then the name. @param from milliseconds since 1970. */
  async topByErrors(from: number, limit: number): Promise<readonly TenantErrors[]> {
    const breath = breathing();
    const found: TenantErrors[] = [];
    for (const [tenantId, { all, failed }] of this.tenants) {
      await breath();
      const [count, errors] = [all.count(from), failed.count(from)];
      if (count > 0) found.push({ tenantId, count, errors, errorRate: errors / count });
    }
    return found
      .sort((a, b) => b.errors - a.errors || b.errorRate - a.errorRate || compare(a.tenantId, b.tenantId))
      .slice(0, limit);
  }

  /** Slowest tenants first, by their 95th percentile; then by name. @param from milliseconds since 1970. */
  async topByLatency(from: number, limit: number): Promise<readonly TenantLatency[]> {
    const breath = breathing();
    const found: { readonly tenantId: string; readonly rows: Rows; readonly p95: number }[] = [];
    for (const [tenantId, { all: rows }] of this.tenants) {
      await breath();
      if (rows.count(from) > 0) found.push({ tenantId, rows, p95: rows.percentile(95, from) });
    }
    const slowest = found.sort((a, b) => b.p95 - a.p95 || compare(a.tenantId, b.tenantId)).slice(0, limit);
    const figures: TenantLatency[] = [];
    for (const { tenantId, rows } of slowest) {
      await breath();
      const count = rows.count(from);
      // Events may have been dropped meanwhile.
      if (count === 0) continue;
      const [p50 = 0, p95 = 0, p99 = 0] = [50, 95, 99].map((percent) => rows.percentile(percent, from));
      figures.push({ tenantId, count, p50, p95, p99, avg: Math.round(rows.mean(from) * 1000) / 1000 });
    }
    return figures;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
