import { answerBell } from './answer-bell.ts';
import type { Schedule } from './arrival/schedule.ts';
import { type Ended, type Sending, sendBatch, wait } from './sending.ts';

/**
 * Sends every event as soon as it is due, whether earlier ones are answered or not; only when as many batches are on their way
 * as may be, events wait, and their response times tell it. All that are due leave together, in batches.
 */
export async function openLoop(sending: Sending, schedule: Schedule): Promise<Ended> {
  const { batch, inFlight, measure, stop, now } = sending;
  const due = lookAhead(sending, schedule);
  const answers = answerBell();
  const failures: unknown[] = [];
  for (let from = 0; due.ended() === undefined && !stop.aborted && failures.length === 0; ) {
    if (measure.meter.inFlight >= inFlight) {
      await answers.next();
      continue;
    }
    const nowMs = now();
    if (due.ms() > nowMs) {
      await wait(due.ms() - nowMs, stop);
      continue;
    }
    const dueMs: number[] = [];
    for (; dueMs.length < batch && due.ended() === undefined && due.ms() <= nowMs; due.next()) dueMs.push(due.ms());
    const to = from + dueMs.length;
    sendBatch(sending, from, to, dueMs)
      .catch((error: unknown) => failures.push(error))
      .finally(answers.ring);
    from = to;
  }
  while (measure.meter.inFlight > 0 && failures.length === 0) await answers.next();
  if (failures.length > 0) throw failures[0];
  return due.ended() ?? 'stopped';
}

/** The instant at which the next event is due, and why there is none any more. */
function lookAhead({ count, durationMs }: Sending, schedule: Schedule) {
  let [sequence, ms] = [0, schedule.next()];
  return {
    ms: () => ms,
    next: (): void => {
      sequence += 1;
      ms = schedule.next();
    },
    ended: (): Ended | undefined => {
      if (sequence >= count) return 'count';
      if (ms === Number.POSITIVE_INFINITY) return 'shape';
      return ms >= durationMs ? 'duration' : undefined;
    },
  };
}
