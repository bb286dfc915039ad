import type { Emit } from '../lib/events.ts';
import { liveFigures, liveText, type ShownRun } from './live.ts';

/** On a terminal, and in a log. */
const SHOW_EVERY_MS = 100;
const TICK_EVERY_MS = 5000;

export interface Showing {
  readonly run: ShownRun;
  /** Undefined: none was asked for. */
  readonly ratePerS: number | undefined;
  /** Shows how it goes where a terminal can redraw it. */
  readonly progress: (detail: string) => void;
  readonly emit: Emit;
}

/** Shows how a run goes while it works: ten times a second on a terminal, every 5 s in a log; also one that nobody answers. */
export async function showWhile<T>({ run, ratePerS, progress, emit }: Showing, work: () => Promise<T>): Promise<T> {
  let tickedMs = 0;
  const show = (): void => {
    progress(liveText(run, ratePerS));
    if (run.now() - tickedMs < TICK_EVERY_MS) return;
    tickedMs = run.now();
    emit({ type: 'tick', text: liveText(run, ratePerS), figures: liveFigures(run, ratePerS) });
  };
  const timer = setInterval(show, SHOW_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
