import { type TrackedEvent, timeOf } from '../event.ts';
import { inTurns } from '../figures/turns.ts';
import { KeptEvents } from './kept.ts';
import { inPages } from './pages.ts';
import type { EventStorage } from './storage.ts';

export interface MemoryOptions {
  readonly retentionMs: number;
  /** The longest kept go first when there are more. */
  readonly maxEvents: number;
  readonly now?: () => number;
}

/** Events of this process alone, gone when it ends. */
export function memoryStorage({ retentionMs, maxEvents, now = Date.now }: MemoryOptions): EventStorage {
  const events = new KeptEvents();
  const turns = inTurns();
  let dropped = 0;
  const keptFrom = () => now() - retentionMs;
  const window = (from: number): number => Math.max(from, keptFrom());
  const inWindow = (from: number): readonly TrackedEvent[] =>
    events.all(keptFrom()).filter((event) => timeOf(event) >= from);
  return {
    name: 'memory',
    add: async (added) => {
      const limit = keptFrom();
      let fresh = 0;
      for (const event of added) fresh += Number(events.add(event, limit));
      while (events.size > maxEvents) dropped += Number(events.dropOne(limit));
      return fresh;
    },
    topByErrors: (from, limit) => turns(() => events.index.topByErrors(window(from), limit)),
    topByLatency: (from, limit) => turns(() => events.index.topByLatency(window(from), limit)),
    count: async (from) => events.index.count(window(from)),
    since: (from) => inPages(inWindow(from)),
    newest: async (from, limit) => inWindow(from).slice(-limit),
    stats: async () => {
      const all = events.all(keptFrom());
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
