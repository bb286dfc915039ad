import { type TrackedEvent, timeOf } from '../event.ts';
import type { EventStorage } from './storage.ts';

export interface MemoryOptions {
  readonly retentionMs: number;
  /** The longest kept go first when there are more. */
  readonly maxEvents: number;
  readonly now?: () => number;
}

/** Events of this process alone, gone when it ends. */
export function memoryStorage({ retentionMs, maxEvents, now = Date.now }: MemoryOptions): EventStorage {
  // By their text, as Redis compares them. A Map keeps the order in which they came.
  const events = new Map<string, TrackedEvent>();
  let dropped = 0;
  const kept = (): readonly TrackedEvent[] => {
    const limit = now() - retentionMs;
    for (const [key, event] of events) if (timeOf(event) < limit) events.delete(key);
    return [...events.values()].sort((a, b) => timeOf(a) - timeOf(b));
  };
  return {
    name: 'memory',
    add: async (added) => {
      const before = events.size;
      for (const event of added) events.set(JSON.stringify(event), event);
      const fresh = events.size - before;
      if (events.size > maxEvents) kept();
      for (const key of events.keys()) {
        if (events.size <= maxEvents) break;
        events.delete(key);
        dropped += 1;
      }
      return fresh;
    },
    since: async (from) => kept().filter((event) => timeOf(event) >= from),
    stats: async () => {
      const all = kept();
      return {
        events: all.length,
        oldest: all[0]?.timestamp ?? null,
        newest: all.at(-1)?.timestamp ?? null,
        ttlS: null,
        dropped,
      };
    },
    look: async () => undefined,
    close: async () => events.clear(),
  };
}
