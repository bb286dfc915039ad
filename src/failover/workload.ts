import type { WriteOutcome } from '../stack/contract/failover.ts';
import { toRecord, type WriteRecord } from './history.ts';

export interface Clock {
  /** Monotonic milliseconds of `performance.now()`, which also stamps outcomes and events. */
  now(): number;
}

export interface WorkloadInput {
  /** Writes per second. */
  readonly ratePerS: number;
  readonly clock: Clock;
  /** Never rejects. */
  readonly write: (value: number) => Promise<WriteOutcome>;
  readonly onRecord: (record: WriteRecord) => void;
}

export interface WorkloadStats {
  readonly sent: number;
  /** Writes per second that left, from the first to the last one; null for fewer than two. */
  readonly sentRatePerS: number | null;
  /** Writes that left more than one interval after they were due. None is ever skipped. */
  readonly late: number;
  /** How late the event loop woke up at worst, in milliseconds. */
  readonly eventLoopLagMaxMs: number;
}

export interface Workload {
  /** No write is sent after this. */
  stop(): void;
  /**
   * Waits for the writes that have no outcome yet; those that still have none after `timeoutMs` are recorded as
   * `unknown`. Call it after `stop`.
   */
  drain(timeoutMs: number): Promise<void>;
  stats(): WorkloadStats;
}

/** Milliseconds between two writes. */
export function intervalOf(ratePerS: number): number {
  return 1000 / ratePerS;
}

/**
 * Open loop: write number n is due at t0 + n/rate, whatever happened to the ones before it. A stalled cluster (or a
 * stalled process) therefore cannot hide by slowing the writer down (coordinated omission).
 */
export function startWorkload(input: WorkloadInput): Workload {
  const { clock } = input;
  const intervalMs = intervalOf(input.ratePerS);
  const t0 = clock.now();
  const pending = new Map<number, Promise<void>>();
  const open = new Map<number, Pick<WriteRecord, 'value' | 'intended' | 'invoked'>>();
  let sent = 0;
  let late = 0;
  let eventLoopLagMaxMs = 0;
  let lastSentAt = t0;
  let timer: NodeJS.Timeout | undefined;

  const due = () => t0 + sent * intervalMs;

  const send = () => {
    const attempt = { value: sent + 1, intended: due(), invoked: clock.now() };
    sent += 1;
    lastSentAt = attempt.invoked;
    if (attempt.invoked - attempt.intended > intervalMs) late += 1;
    open.set(attempt.value, attempt);
    const done = input.write(attempt.value).then((outcome) => {
      pending.delete(attempt.value);
      // After a drain that gave up, the outcome is `unknown` for good: the final read has begun.
      if (open.delete(attempt.value)) input.onRecord(toRecord(attempt, outcome));
    });
    pending.set(attempt.value, done);
  };

  const tick = () => {
    eventLoopLagMaxMs = Math.max(eventLoopLagMaxMs, clock.now() - due());
    while (due() <= clock.now()) send();
    timer = setTimeout(tick, due() - clock.now());
  };
  tick();

  return {
    stop: () => clearTimeout(timer),
    drain: async (timeoutMs) => {
      await settled([...pending.values()], timeoutMs);
      for (const attempt of open.values()) {
        input.onRecord(toRecord(attempt, { type: 'unknown', at: clock.now(), error: 'no answer until the end' }));
      }
      open.clear();
    },
    stats: () => ({ sent, sentRatePerS: rateOf(sent - 1, lastSentAt - t0), late, eventLoopLagMaxMs }),
  };
}

/** To a tenth. The first write leaves at once: what is counted are the steps between writes. */
function rateOf(steps: number, ms: number): number | null {
  return steps < 1 || ms <= 0 ? null : Math.round((steps * 10_000) / ms) / 10;
}

async function settled(writes: readonly Promise<void>[], timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([Promise.all(writes), timeout]);
  clearTimeout(timer);
}
