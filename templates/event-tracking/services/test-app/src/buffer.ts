/** Events that wait to be sent: of limited size, and read by one sender that waits until there is enough. */
import type { SdkEvent } from './event.ts';

export interface EventBuffer {
  /** False: it is full. */
  add(event: SdkEvent): boolean;
  size(): number;
  /** The first events, at most so many; they stay in the buffer. */
  first(count: number): readonly SdkEvent[];
  /** Takes events out. */
  remove(from: number, count: number): void;
  /** Until a whole batch is there, or some events have waited for `flushMs`, or the signal aborts. */
  filled(flushMs: number, signal: AbortSignal): Promise<void>;
}

export interface BufferOptions {
  /** Events that wait at most. */
  readonly maxBuffered: number;
  /** Events that make a batch. */
  readonly batchSize: number;
}

export function createBuffer({ maxBuffered, batchSize }: BufferOptions): EventBuffer {
  const events: SdkEvent[] = [];
  let wake: () => void = () => undefined;
  /** Until there are so many events; milliseconds, if there is a limit. */
  const untilSize = (count: number, signal: AbortSignal, withinMs?: number): Promise<void> =>
    untilWoken((end) => (wake = () => (events.length >= count ? end() : undefined)), signal, withinMs);
  return {
    add: (event) => {
      if (events.length >= maxBuffered) return false;
      events.push(event);
      wake();
      return true;
    },
    size: () => events.length,
    first: (count) => events.slice(0, count),
    remove: (from, count) => void events.splice(from, count),
    filled: async (flushMs, signal) => {
      if (events.length === 0) await untilSize(1, signal);
      if (events.length < batchSize) await untilSize(batchSize, signal, flushMs);
    },
  };
}

/** Until it is woken, the signal aborts or the time (in milliseconds, if there is one) is over. Leaves no listener. */
function untilWoken(onWake: (end: () => void) => void, signal: AbortSignal, withinMs?: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(limit);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const limit = withinMs === undefined ? undefined : setTimeout(end, withinMs);
    signal.addEventListener('abort', end);
    onWake(end);
    if (signal.aborted) end();
  });
}
