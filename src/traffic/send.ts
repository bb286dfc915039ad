import { setTimeout as delay } from 'node:timers/promises';
import { counted } from '../lib/counted.ts';
import { step } from '../lib/events.ts';
import { isTrouble, type TrafficEvent, type TrafficSink } from '../stack/contract/traffic.ts';
import type { Ledger } from './ledger.ts';
import type { Meter } from './meter.ts';
import { chunkSize, dueMs, pauseMs } from './pace.ts';
import type { SeedInput } from './seed-input.ts';

export interface Sending {
  readonly eventAt: (sequence: number) => TrafficEvent;
  readonly ledger: Ledger;
  readonly meter: Meter;
  readonly sink: TrafficSink;
  readonly startedAt: number;
}

/** Several loops take the next events from one place; each has at most one batch on its way. */
export async function sendAll(input: SeedInput, sending: Sending): Promise<void> {
  const { profile, count, ratePerS, emit } = input;
  const size = chunkSize(profile.send.batch, ratePerS);
  let next = 0;
  const take = (): readonly [number, number] | undefined => {
    if (next >= count || input.signal.aborted) return undefined;
    const from = next;
    next = Math.min(count, from + size);
    return [from, next];
  };
  const title = `send ${counted(count, 'event')} of ${profile.profile} to ${profile.send.service}`;
  const loops = (progress: (detail: string) => void) => {
    let shownAt = sending.startedAt;
    const show = (): void => {
      if (input.clock.now() - shownAt < 200) return;
      shownAt = input.clock.now();
      progress(figures(sending.ledger));
    };
    return Promise.all(Array.from({ length: profile.send.inFlight }, () => sendLoop(input, sending, take, show)));
  };
  await step(emit, { id: 'send', title }, loops, () => ({
    state: input.signal.aborted ? 'failed' : 'done',
    detail: figures(sending.ledger),
  }));
}

async function sendLoop(
  { ratePerS, clock, signal }: SeedInput,
  { eventAt, ledger, meter, sink, startedAt }: Sending,
  take: () => readonly [number, number] | undefined,
  show: () => void,
): Promise<void> {
  let failures = 0;
  for (let part = take(); part !== undefined; part = take()) {
    const [from, to] = part;
    await wait(dueMs(from, ratePerS) - (clock.now() - startedAt), signal);
    if (signal.aborted) return; // these were never sent
    const events = Array.from({ length: to - from }, (_, index) => eventAt(from + index));
    meter.sent(from, clock.now() - startedAt);
    const outcomes = await sink.send(events);
    meter.answered(clock.now() - startedAt);
    for (const [index, event] of events.entries()) {
      ledger.record(event.sequence, outcomes[index] ?? { type: 'unknown', reason: 'the sink gave no outcome' });
    }
    failures = outcomes.some(isTrouble) ? failures + 1 : 0;
    show();
    await wait(pauseMs(failures), signal);
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined); // an interrupt ends the wait
}

function figures({ counts }: Ledger): string {
  const rest = [
    ...(counts.rejected === 0 ? [] : [`${counts.rejected} rejected`]),
    ...(counts.unknown === 0 ? [] : [`${counts.unknown} unknown`]),
  ];
  return [`${counts.acked} acknowledged`, ...rest].join(', ');
}
