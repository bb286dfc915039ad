import { setTimeout as delay } from 'node:timers/promises';
import { isTrouble, type SendOutcome, type TrafficEvent, type TrafficSink } from '../stack/contract/traffic.ts';
import type { Ledger } from './ledger.ts';
import type { Measure } from './measure/measure.ts';

/** Why no more events were sent. `shape`: no event was due any more. */
export type Ended = 'count' | 'duration' | 'stopped' | 'shape';

/** A run while it sends. */
export interface Sending {
  readonly eventAt: (sequence: number) => TrafficEvent;
  readonly ledger: Ledger;
  readonly measure: Measure;
  readonly sink: TrafficSink;
  /** Most events of a batch, and most batches on their way at the same time. */
  readonly batch: number;
  readonly inFlight: number;
  /** Events at most, and milliseconds in which they are sent; Infinity for no limit. */
  readonly count: number;
  readonly durationMs: number;
  /** Milliseconds since the start of the run. */
  now(): number;
  /** Ends the sending: what is on its way is waited for. */
  readonly stop: AbortSignal;
}

/**
 * Sends the events `from` up to, not including, `to`, and notes what became of them.
 * @param dueMs when each of them was due; undefined in a closed loop.
 * @returns whether the service was away.
 */
export async function sendBatch(
  sending: Sending,
  from: number,
  to: number,
  dueMs?: readonly number[],
): Promise<boolean> {
  const { eventAt, ledger, measure, sink, now } = sending;
  const events = Array.from({ length: to - from }, (_, index) => eventAt(from + index));
  const batch = { sequence: from, sentMs: now(), dueMs };
  measure.sent(batch, events.length);
  const given = await sink.send(events);
  const outcomes = given.length === events.length ? given : events.map((_, index) => given[index] ?? NO_OUTCOME);
  measure.answered(batch, outcomes, now());
  for (const [index, outcome] of outcomes.entries()) ledger.record(from + index, outcome);
  return outcomes.some(isTrouble);
}

const NO_OUTCOME: SendOutcome = { type: 'unknown', reason: 'the sink gave no outcome' };

/** Returns when the time is over, or the sending is to end. */
export async function wait(ms: number, stop: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal: stop }).catch(() => undefined);
}
