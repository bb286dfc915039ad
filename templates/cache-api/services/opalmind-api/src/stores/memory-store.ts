import type { Store } from './store.ts';

export interface MemoryStoreOptions {
  /** Beyond it the least recently used entry goes. */
  readonly maxEntries: number;
  /** Milliseconds of a clock. */
  readonly now: () => number;
}

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

/** In this process alone, and bounded. */
export function createMemoryStore({ maxEntries, now }: MemoryStoreOptions): Store {
  /** A Map keeps the order of insertion: the first entry is the least recently used one. */
  const entries = new Map<string, Entry>();

  const held = (key: string): string | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    entries.delete(key);
    if (entry.expiresAt <= now()) return undefined;
    entries.set(key, entry);
    return entry.value;
  };
  const put = (key: string, value: string, ttlMs: number): void => {
    entries.delete(key);
    entries.set(key, { value, expiresAt: now() + ttlMs });
    const [oldest] = entries.keys();
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
  };

  return {
    place: () => 'memory',
    read: async (key) => held(key),
    write: async (key, value, ttlMs) => put(key, value, ttlMs),
    claim: async (key, value, ttlMs) => {
      const present = held(key);
      if (present === undefined) put(key, value, ttlMs);
      return { held: present ?? value, place: 'memory' };
    },
    complete: async (key, { claimed, value, ttlMs }) => {
      const present = held(key);
      if (claimed !== undefined && present !== undefined && present !== claimed) return;
      if (value === undefined) entries.delete(key);
      else put(key, value, ttlMs);
    },
    count: async () => {
      const alive = [...entries.values()].filter(({ expiresAt }) => expiresAt > now());
      return { entries: alive.length, complete: true };
    },
  };
}
