import { counted } from '../lib/counted.ts';
import { step } from '../lib/events.ts';
import { createSchedule } from './arrival/schedule.ts';
import { closedLoop } from './closed-loop.ts';
import { openLoop } from './open-loop.ts';
import type { SeedInput } from './seed-input.ts';
import type { Ended, Sending } from './sending.ts';
import { showWhile } from './show-while.ts';

/** Sends the events of a run, as they are due or as fast as they are acknowledged, and shows how it goes. */
export async function sendAll(input: SeedInput, sending: Sending): Promise<Ended> {
  const { profile, emit, seed, ratePerS } = input;
  const what = Number.isFinite(sending.count) ? counted(sending.count, 'event') : 'events';
  const title = `send ${what} of ${profile.profile} to ${profile.send.service}`;
  const send = (): Promise<Ended> =>
    ratePerS === undefined ? closedLoop(sending) : openLoop(sending, createSchedule(ratePerS, profile.arrival, seed));
  const work = (progress: (detail: string) => void): Promise<Ended> =>
    showWhile({ run: sending, ratePerS, progress, emit }, send);
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
