import { pauseMs } from './pace.ts';
import { type Batch, type Lane, sendBatch, wait } from './sending.ts';

/** In an open loop a service that is held up does not hold up the others, until so many events wait for it. */
const MOST_WAITING = 100_000;

/** The events that wait for a sink, and those that are on their way to it. */
export interface LaneQueue {
  add(sequence: number, dueMs: number): void;
  /** No more can be added before some have left. */
  readonly isFull: boolean;
  /** Something waits, or is on its way. */
  readonly isBusy: boolean;
  /** Sends what can leave now; from `last` on, batches that are not full leave too. */
  send(): void;
  /** No more are added. */
  last(): void;
  /** What waits is not sent. @returns whether something did. */
  drop(): boolean;
}

export interface LaneClock {
  now(): number;
  readonly stop: AbortSignal;
  /** In an open loop events have instants at which they are due, and leave then, in batches that may not be full. */
  readonly isOpen: boolean;
  /** The time of a closed loop is over: nothing more leaves. */
  isOver(): boolean;
  /** A batch was answered, and its place is free. @param error what the sink must not do. */
  readonly answered: (error?: unknown) => void;
}

export function createLaneQueue(lane: Lane, { now, stop, isOpen, isOver, answered }: LaneClock): LaneQueue {
  const waiting = createWaiting(isOpen);
  // Of each free place, how many batches in a row found the service away.
  const free = Array.from({ length: lane.inFlight }, () => 0);
  let mayBePart = isOpen;
  const sendOne = async (batch: Batch, failures: number): Promise<void> => {
    try {
      const isAway = await sendBatch(lane, batch, now);
      const inARow = isAway ? failures + 1 : 0;
      // Events of an open loop are due, whatever became of those before.
      if (!isOpen) await wait(pauseMs(inARow), stop);
      free.push(inARow);
    } catch (error) {
      answered(error);
      return;
    }
    send();
    answered();
  };
  const send = (): void => {
    while (!isOver() && waiting.length > 0 && (mayBePart || waiting.length >= lane.batch)) {
      const failures = free.pop();
      if (failures === undefined) return;
      void sendOne(waiting.take(lane.batch), failures);
    }
  };
  return {
    add: waiting.add,
    get isFull() {
      return waiting.length >= (isOpen ? MOST_WAITING : lane.batch);
    },
    get isBusy() {
      return waiting.length > 0 || free.length < lane.inFlight;
    },
    send,
    last: () => {
      mayBePart = true;
      send();
    },
    drop: () => waiting.take(waiting.length).sequences.length > 0,
  };
}

/** Taken ones are cut off only when they are many: a queue of thousands is not moved for each batch. */
const CUT_AT = 10_000;

function createWaiting(isOpen: boolean) {
  let [sequences, dueMs]: [number[], number[]] = [[], []];
  let first = 0;
  return {
    get length() {
      return sequences.length - first;
    },
    add: (sequence: number, due: number): void => {
      sequences.push(sequence);
      if (isOpen) dueMs.push(due);
    },
    take: (most: number): Batch => {
      const to = Math.min(sequences.length, first + most);
      const batch = { sequences: sequences.slice(first, to), dueMs: isOpen ? dueMs.slice(first, to) : undefined };
      first = to;
      if (first >= CUT_AT || first === sequences.length) {
        [sequences, dueMs] = [sequences.slice(first), dueMs.slice(first)];
        first = 0;
      }
      return batch;
    },
  };
}
