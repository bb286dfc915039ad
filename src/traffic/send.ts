import { counted } from '../lib/counted.ts';
import { step } from '../lib/events.ts';
import { createSchedule } from './arrival/schedule.ts';
import { closedLoop } from './closed-loop.ts';
import { liveFigures, liveText } from './live.ts';
import { openLoop } from './open-loop.ts';
import type { SeedInput } from './seed-input.ts';
import type { Ended, Sending } from './sending.ts';

/** On a terminal, and in a log. */
const SHOW_EVERY_MS = 100;
const TICK_EVERY_MS = 5000;

/** Sends the events of a run, as they are due or as fast as they are acknowledged, and shows how it goes. */
export async function sendAll(input: SeedInput, sending: Omit<Sending, 'answered'>): Promise<Ended> {
  const { profile, emit, seed, ratePerS } = input;
  const what = Number.isFinite(sending.count) ? counted(sending.count, 'event') : 'events';
  const title = `send ${what} of ${profile.profile} to ${profile.send.service}`;
  const work = async (progress: (detail: string) => void): Promise<Ended> => {
    let [shownMs, tickedMs] = [0, 0];
    const show = (): void => {
      const nowMs = sending.now();
      if (nowMs - shownMs < SHOW_EVERY_MS) return;
      shownMs = nowMs;
      progress(liveText(sending, ratePerS));
      if (nowMs - tickedMs < TICK_EVERY_MS) return;
      tickedMs = nowMs;
      emit({ type: 'tick', text: liveText(sending, ratePerS), figures: liveFigures(sending, ratePerS) });
    };
    // A service that answers nothing must not look like a program that does nothing.
    const timer = setInterval(show, SHOW_EVERY_MS);
    const shown = { ...sending, answered: show };
    try {
      if (ratePerS === undefined) return await closedLoop(shown);
      return await openLoop(shown, createSchedule(ratePerS, profile.arrival, seed));
    } finally {
      clearInterval(timer);
    }
  };
  return step(emit, { id: 'send', title }, work, (ended) => ({
    state: ended === 'stopped' && !input.untilStopped ? 'failed' : 'done',
    detail: countsText(sending),
  }));
}

function countsText({ ledger: { counts } }: Pick<Sending, 'ledger'>): string {
  const rest = [
    ...(counts.rejected === 0 ? [] : [`${counts.rejected} rejected`]),
    ...(counts.unknown === 0 ? [] : [`${counts.unknown} unknown`]),
  ];
  return [`${counts.acked} acknowledged`, ...rest].join(', ');
}
