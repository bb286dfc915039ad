import type { Emit, ProgressEvent } from '../lib/events.ts';

/** On a terminal, and in a log. */
const SHOW_EVERY_MS = 100;
const TICK_EVERY_MS = 5000;

export interface Shown {
  /** Milliseconds since the start. */
  now(): number;
  /** Shows how it goes where a terminal can redraw it. */
  progress(): void;
  /** The same for a log. */
  tick(): Extract<ProgressEvent, { type: 'tick' }>;
}

/** Shows how a run goes while it works: ten times a second on a terminal, every 5 s in a log; also one that nobody answers. */
export async function shower<T>({ now, progress, tick }: Shown, emit: Emit, work: () => Promise<T>): Promise<T> {
  let tickedMs = 0;
  const show = (): void => {
    progress();
    if (now() - tickedMs < TICK_EVERY_MS) return;
    tickedMs = now();
    emit(tick());
  };
  const timer = setInterval(show, SHOW_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
