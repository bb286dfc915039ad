import { identityOf, type TrackedEvent, timeOf } from '../event.ts';
import type { EventStorage } from './storage.ts';

export interface MemoryOptions {
  readonly retentionMs: number;
  /** The longest kept go first when there are more. */
  readonly maxEvents: number;
  readonly now?: () => number;
}

/** Events of this process alone, gone when it ends. */
export function memoryStorage({ retentionMs, maxEvents, now = Date.now }: MemoryOptions): EventStorage {
  // A Map keeps the order in which they came.
  const events = new Map<string, Entry>();
  // Goes on behind the one that was removed last: a search from the start would pass all those before it.
  const longestKept = events.keys();
  let dropped = 0;
  const dropOne = (limit: number): void => {
    const key = longestKept.next().value ?? '';
    if ((events.get(key)?.time ?? 0) >= limit) dropped += 1;
    events.delete(key);
  };
  const kept = (from = 0): readonly TrackedEvent[] => {
    const limit = now() - retentionMs;
    for (const [key, { time }] of events) if (time < limit) events.delete(key);
    return [...events.values()]
      .filter(({ time }) => time >= from)
      .sort((a, b) => a.time - b.time)
      .map(({ event }) => event);
  };
  return {
    name: 'memory',
    add: async (added) => {
      const limit = now() - retentionMs;
      let fresh = 0;
      for (const event of added) {
        const key = identityOf(event);
        if ((events.get(key)?.time ?? Number.NEGATIVE_INFINITY) >= limit) continue;
        events.delete(key);
        events.set(key, { event, time: timeOf(event) });
        fresh += 1;
      }
      while (events.size > maxEvents) dropOne(limit);
      return fresh;
    },
    since: async (from) => kept(from),
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
    check: async () => undefined,
    close: async () => events.clear(),
  };
}

interface Entry {
  readonly event: TrackedEvent;
  /** Milliseconds since 1970. */
  readonly time: number;
}
