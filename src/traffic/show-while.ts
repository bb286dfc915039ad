import type { Emit } from '../lib/events.ts';
import { liveFigures, liveText, type ShownRun, stoppingText } from './live.ts';

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
  /** What leaves at once: `batch`, `request`. */
  readonly unit: 'batch' | 'request';
  /** Ends the sending. */
  readonly stop: AbortSignal;
}

/**
 * Shows how a run goes while it works: ten times a second on a terminal, every 5 s in a log; also one that nobody answers. That it is to
 * end is shown at once: what is on its way may take seconds.
 */
export async function showWhile<T>(showing: Showing, work: () => Promise<T>): Promise<T> {
  const { run, ratePerS, progress, emit, stop } = showing;
  let tickedMs = 0;
  const stopped = (): void => {
    const { inFlight } = run.measure.meter;
    const text = stoppingText(showing, inFlight);
    progress(text);
    emit({ type: 'stopping', text, figures: { elapsedMs: Math.round(run.now()), inFlight } });
  };
  const show = (): void => {
    progress(stop.aborted ? stoppingText(showing, run.measure.meter.inFlight) : liveText(run, ratePerS));
    if (run.now() - tickedMs < TICK_EVERY_MS) return;
    tickedMs = run.now();
    emit({ type: 'tick', text: liveText(run, ratePerS), figures: liveFigures(run, ratePerS) });
  };
  const timer = setInterval(show, SHOW_EVERY_MS);
  stop.addEventListener('abort', stopped);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    stop.removeEventListener('abort', stopped);
  }
}
