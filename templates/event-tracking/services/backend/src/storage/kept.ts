import { identityOf, isError, type TrackedEvent, timeOf } from '../event.ts';
import { type Counted, EventIndex } from '../figures/event-index.ts';

interface Entry {
  readonly event: TrackedEvent;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Events in the memory of this process, in the order in which they came, and their figures. */
export class KeptEvents {
  readonly index = new EventIndex();
  // A Map keeps the order in which they came.
  private readonly events = new Map<string, Entry>();
  // Goes on behind the one that was removed last: a search from the start would pass all those before it.
  private readonly longestKept = this.events.keys();

  get size(): number {
    return this.events.size;
  }

  /** Keeps an event, unless one of the same tenant and id is kept that is not older than `limit` (milliseconds since 1970). @returns whether it is new. */
  add(event: TrackedEvent, limit: number): boolean {
    const key = identityOf(event);
    if ((this.events.get(key)?.time ?? Number.NEGATIVE_INFINITY) >= limit) return false;
    this.remove(key);
    const entry = { event, time: timeOf(event) };
    this.events.set(key, entry);
    this.index.add(counted(entry));
    return true;
  }

  /** Removes the one that is kept longest. @returns whether it was not older than `limit` (milliseconds since 1970). */
  dropOne(limit: number): boolean {
    const key = this.longestKept.next().value ?? '';
    const isKept = (this.events.get(key)?.time ?? 0) >= limit;
    this.remove(key);
    return isKept;
  }

  /** Removes those that are older than `limit` (milliseconds since 1970), and returns the others, oldest first. */
  all(limit: number): readonly TrackedEvent[] {
    for (const [key, { time }] of this.events) if (time < limit) this.remove(key);
    return [...this.events.values()].sort((a, b) => a.time - b.time).map(({ event }) => event);
  }

  clear(): void {
    for (const key of this.events.keys()) this.remove(key);
  }

  private remove(key: string): void {
    const entry = this.events.get(key);
    if (entry !== undefined) this.index.remove(counted(entry));
    this.events.delete(key);
  }
}

function counted({ event, time }: Entry): Counted {
  return { tenantId: event.tenantId, time, latencyMs: event.latencyMs, failed: isError(event) };
}
