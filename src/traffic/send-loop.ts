import { setMaxListeners } from 'node:events';
import { answerBell } from './answer-bell.ts';
import type { Schedule } from './arrival/schedule.ts';
import { createLaneQueue } from './lane-queue.ts';
import { type Ended, type Sending, wait } from './sending.ts';

/**
 * Sends the events of a run in their order, each to the sinks that it is for. In a closed loop the next ones are sent when earlier
 * ones are answered. In an open loop every event is sent as soon as it is due, whether earlier ones are answered or not; only when as
 * many batches are on their way as may be, events wait, and their response times tell it. All that are due leave together, in batches.
 * @param schedule of an open loop; undefined: a closed one.
 */
export async function sendLoop(sending: Sending, schedule: Schedule | undefined): Promise<Ended> {
  const { stop, now, durationMs } = sending;
  // While a service is away every batch on its way waits, as many as there may be.
  setMaxListeners(0, stop);
  const bell = answerBell();
  const failures: unknown[] = [];
  const answered = (...errors: unknown[]): void => {
    failures.push(...errors);
    bell.ring();
  };
  const isOpen = schedule !== undefined;
  // What an open loop has not sent by the end of its time was due before it.
  const isOver = (): boolean => stop.aborted || (!isOpen && now() >= durationMs);
  const lanes = sending.lanes.map((lane) => createLaneQueue(lane, { now, stop, isOpen, isOver, answered }));
  const isFull = (): boolean => lanes.some((lane) => lane.isFull);
  const due = schedule === undefined ? atOnce(sending) : lookAhead(sending, schedule);
  let ended: Ended | undefined;
  while (ended === undefined && failures.length === 0) {
    const nowMs = now();
    ended = stop.aborted ? 'stopped' : due.ended(nowMs);
    if (ended !== undefined) break;
    if (isFull()) await bell.next();
    else if (due.ms() > nowMs) await wait(due.ms() - nowMs, stop);
    else {
      for (; !isFull() && due.ms() <= nowMs && due.ended(nowMs) === undefined; due.next())
        for (const lane of sending.lanesOf(due.sequence())) lanes[lane]?.add(due.sequence(), due.ms());
      for (const lane of lanes) lane.send();
    }
  }
  for (const lane of lanes) lane.last();
  while (failures.length === 0) {
    const hasDropped = isOver() && lanes.map((lane) => lane.drop()).includes(true);
    if (hasDropped) ended = stop.aborted ? 'stopped' : 'duration';
    if (!lanes.some((lane) => lane.isBusy)) break;
    await bell.next();
  }
  if (failures.length > 0) throw failures[0];
  return ended ?? 'stopped';
}

/** The next event, and why there is none any more. */
interface Due {
  sequence(): number;
  /** Milliseconds after the start. */
  ms(): number;
  next(): void;
  ended(nowMs: number): Ended | undefined;
}

function atOnce({ count, durationMs }: Sending): Due {
  let sequence = 0;
  return {
    sequence: () => sequence,
    ms: () => 0,
    next: () => {
      sequence += 1;
    },
    ended: (nowMs) => (sequence >= count ? 'count' : nowMs >= durationMs ? 'duration' : undefined),
  };
}

function lookAhead({ count, durationMs }: Sending, schedule: Schedule): Due {
  let [sequence, ms] = [0, schedule.next()];
  return {
    sequence: () => sequence,
    ms: () => ms,
    next: () => {
      sequence += 1;
      ms = schedule.next();
    },
    ended: () => {
      if (sequence >= count) return 'count';
      if (ms === Number.POSITIVE_INFINITY) return 'shape';
      return ms >= durationMs ? 'duration' : undefined;
    },
  };
}
