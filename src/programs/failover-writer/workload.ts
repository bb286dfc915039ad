import { NO_ANSWER, type WorkloadStats, type WriteOutcome } from '../../stack/contract/failover.ts';
import type { SentRecord } from './protocol/plan.ts';

export interface Clock {
  /** Monotonic milliseconds, of the same clock as the times of outcomes. */
  now(): number;
}

export interface WorkloadInput {
  /** Writes per second. */
  readonly ratePerS: number;
  readonly clock: Clock;
  /** Never rejects. */
  readonly write: (value: number) => Promise<WriteOutcome>;
  readonly onRecord: (record: SentRecord) => void;
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

/**
 * Open loop: write number n is due at t0 + n/rate, whatever happened to the ones before it. A stalled cluster (or a
 * stalled process) therefore cannot hide by slowing the writer down (coordinated omission).
 */
export function startWorkload(input: WorkloadInput): Workload {
  const { clock } = input;
  const intervalMs = 1000 / input.ratePerS;
  const t0 = clock.now();
  const pending = new Map<number, Promise<void>>();
  const open = new Map<number, Omit<SentRecord, 'outcome'>>();
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
      if (open.delete(attempt.value)) input.onRecord({ ...attempt, outcome });
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
        const outcome = { type: 'unknown', at: clock.now(), error: NO_ANSWER } as const;
        input.onRecord({ ...attempt, outcome });
      }
      open.clear();
    },
    stats: () => ({ sent, sentRatePerS: rateOf(sent - 1, lastSentAt - t0), late, eventLoopLagMaxMs }),
  };
}

/** As many writes at a time as `inFlight`, without a schedule: a write is due when it leaves. */
export function startClosedLoop({ clock, write, onRecord }: WorkloadInput, inFlight: number): Workload {
  const startedAt = clock.now();
  let isStopped = false;
  let sent = 0;
  let lastSentAt = startedAt;
  const one = async (): Promise<void> => {
    while (!isStopped) {
      sent += 1;
      lastSentAt = clock.now();
      const attempt = { value: sent, intended: lastSentAt, invoked: lastSentAt };
      const outcome = await write(attempt.value);
      onRecord({ ...attempt, outcome });
      // Without a master it is known at once, and everything else has to have its turn too.
      if (outcome.type !== 'acked') await new Promise(setImmediate);
    }
  };
  const running = Array.from({ length: inFlight }, one);
  return {
    stop: () => {
      isStopped = true;
    },
    drain: (timeoutMs) => settled(running, timeoutMs),
    stats: () => ({ sent, sentRatePerS: rateOf(sent - 1, lastSentAt - startedAt), late: 0, eventLoopLagMaxMs: 0 }),
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
