import type { TenantErrors, TenantLatency } from '../analytics.ts';
import type { TrackedEvent } from '../event.ts';

/** Where events are kept, for a limited time. Two implementations, one contract. */
export interface EventStorage {
  readonly name: 'redis' | 'memory';
  /**
   * Keeps all of these events or none of them, and returns how many of them are new: of several with the same tenant and
   * id the first stays, for as long as it is kept.
   * @throws RequestError 503 when it cannot be said that they are kept; they may be.
   */
  add(events: readonly TrackedEvent[]): Promise<number>;
  /**
   * Tenants with the most errors first; among equals the higher rate, then the name.
   * @param from milliseconds since 1970: of events at this instant or after it. @throws RequestError 503
   */
  topByErrors(from: number, limit: number): Promise<readonly TenantErrors[]>;
  /**
   * Slowest tenants first, by their 95th percentile; then by name.
   * @param from milliseconds since 1970: of events at this instant or after it. @throws RequestError 503
   */
  topByLatency(from: number, limit: number): Promise<readonly TenantLatency[]>;
  /** How many events there are at an instant (milliseconds since 1970) or after it. @throws RequestError 503 */
  count(from: number): Promise<number>;
  /** Events at an instant (milliseconds since 1970) or after it, oldest first, some at a time. @throws RequestError 503 */
  since(from: number): AsyncIterable<readonly TrackedEvent[]>;
  /** The newest of them, at most `limit`, oldest first. @throws RequestError 503 */
  newest(from: number, limit: number): Promise<readonly TrackedEvent[]>;
  /** @throws RequestError 503 */
  stats(): Promise<StorageStats>;
  /** Whether it can be written to now. @throws Error with the reason. */
  check(): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface StorageStats {
  readonly events: number;
  /** ISO 8601, UTC; null when there are no events. */
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Seconds until everything expires if nothing is added; null where it does not. */
  readonly ttlS: number | null;
  /** Events that were removed before their time, because there is a limit. */
  readonly dropped: number;
}
