/** Figures per tenant, of the events of a window. */

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
