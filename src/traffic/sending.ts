import { setTimeout as delay } from 'node:timers/promises';
import { keyOf, uniformAt } from '../lib/random.ts';
import { isTrouble, type SendOutcome, type TrafficSink } from '../stack/contract/traffic.ts';
import type { TrafficEvent } from '../stack/contract/traffic-event.ts';
import type { Measure } from './measure/measure.ts';

/** Why no more events were sent. `shape`: no event was due any more. */
export type Ended = 'count' | 'duration' | 'stopped' | 'shape';

export interface Repeats {
  /** Whether there are any at all. */
  readonly isAny: boolean;
  has(sequence: number): boolean;
  /** So many were sent once more. */
  note(events: number): void;
  readonly count: number;
}

/** @param share of the events, from 0 to 1; which ones they are depends on the seed. */
export function createRepeats(share: number, seed: number): Repeats {
  const key = keyOf('repeat', String(seed));
  let count = 0;
  return {
    isAny: share > 0,
    has: (sequence) => uniformAt(key, sequence) < share,
    note: (events) => {
      count += events;
    },
    get count() {
      return count;
    },
  };
}

/** Events on their way to a sink. */
export interface Lane {
  readonly sink: TrafficSink;
  /** What is sent there of an event. */
  readonly eventAt: (sequence: number) => TrafficEvent;
  /** Notes what became of it. */
  readonly record: (sequence: number, outcome: SendOutcome) => void;
  readonly measure: Pick<Measure, 'sent' | 'answered'>;
  /** Events that are sent once more when they are answered, as by a client that got no answer. */
  readonly repeats: Repeats;
  /** Most events of a batch, and most batches on their way at the same time. */
  readonly batch: number;
  readonly inFlight: number;
}

/** A run while it sends. */
export interface Sending {
  readonly lanes: readonly Lane[];
  /** Places of the lanes that an event goes to. */
  readonly lanesOf: (sequence: number) => readonly number[];
  /** Events at most, and milliseconds in which they are sent; Infinity for no limit. */
  readonly count: number;
  readonly durationMs: number;
  /** Milliseconds since the start of the run. */
  now(): number;
  /** Ends the sending: what is on its way is waited for. */
  readonly stop: AbortSignal;
}

/** Events that leave together. */
export interface Batch {
  readonly sequences: readonly number[];
  /** When each of them was due; undefined in a closed loop. */
  readonly dueMs: readonly number[] | undefined;
}

/**
 * Sends a batch and notes what became of its events.
 * @returns whether the service was away.
 */
export async function sendBatch(lane: Lane, { sequences, dueMs }: Batch, now: () => number): Promise<boolean> {
  const { eventAt, record, measure, sink } = lane;
  const events = sequences.map(eventAt);
  const [first = 0, last = first] = [sequences[0], sequences[sequences.length - 1]];
  const batch = { sequence: first, span: last - first + 1, sentMs: now(), dueMs };
  measure.sent(batch, events.length);
  const outcomes = wholeOf(events, await sink.send(events));
  const answeredMs = now();
  const final = await repeated(lane, events, outcomes);
  measure.answered(batch, outcomes, answeredMs, now());
  for (let index = 0; index < final.length; index++) record(sequences[index] ?? 0, final[index] ?? NO_OUTCOME);
  return outcomes.some(isTrouble);
}

function wholeOf(events: readonly TrafficEvent[], given: readonly SendOutcome[]): readonly SendOutcome[] {
  return given.length === events.length ? given : events.map((_, index) => given[index] ?? NO_OUTCOME);
}

/** What became of events after the repetitions of some: one that was acknowledged either time is. */
async function repeated(
  { sink, repeats }: Lane,
  events: readonly TrafficEvent[],
  outcomes: readonly SendOutcome[],
): Promise<readonly SendOutcome[]> {
  if (!repeats.isAny) return outcomes;
  const again = events.filter(({ sequence }, index) => outcomes[index]?.type !== 'rejected' && repeats.has(sequence));
  if (again.length === 0) return outcomes;
  repeats.note(again.length);
  const second = new Map(wholeOf(again, await sink.send(again)).map((outcome, index) => [again[index], outcome]));
  return outcomes.map((first, index) => {
    const other = second.get(events[index]);
    return first.type === 'unknown' && other?.type === 'acked' ? other : first;
  });
}

const NO_OUTCOME: SendOutcome = { type: 'unknown', reason: 'the sink gave no outcome' };

/** A timer of Node.js fires at once for more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Returns when the time is over (or a part of it, where it is weeks), or the sending is to end. */
export async function wait(ms: number, stop: AbortSignal): Promise<void> {
  if (ms > 0) await delay(Math.min(ms, LONGEST_TIMER_MS), undefined, { signal: stop }).catch(() => undefined);
}
