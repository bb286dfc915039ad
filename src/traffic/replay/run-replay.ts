import type { Emit } from '../../lib/events.ts';
import { step } from '../../lib/events.ts';
import type { RecordedRequest } from '../../stack/contract/recorded-request.ts';
import type { SendOutcome } from '../../stack/contract/traffic.ts';
import { answerBell } from '../answer-bell.ts';
import { createLedger, type Ledger, type LedgerView } from '../ledger.ts';
import { createMeasure, type Measure, type MeasureView } from '../measure/measure.ts';
import { wait } from '../sending.ts';
import { showWhile } from '../show-while.ts';
import type { DueItem } from './read-replay.ts';

export interface ReplayRun {
  readonly items: AsyncIterable<DueItem>;
  readonly send: (request: RecordedRequest, sequence: number) => Promise<SendOutcome>;
  /** When an item is due, in milliseconds after the start; undefined: as soon as there is room. */
  readonly dueOf: (item: DueItem) => number | undefined;
  /** Requests that may be on their way at the same time. */
  readonly inFlight: number;
  /** Of the step. */
  readonly title: string;
  readonly clock: { now(): number };
  readonly emit: Emit;
  /** Ends the sending: what is on its way is waited for. */
  readonly stop: AbortSignal;
  /** It has no other end. */
  readonly untilStopped: boolean;
}

export interface Replayed {
  readonly ledger: LedgerView;
  readonly measure: MeasureView;
  readonly durationMs: number;
  /** `end`: of the recording. */
  readonly ended: 'end' | 'stopped';
}

/** Sends what was recorded, each request once and when it is due. @throws what reading the items throws. */
export async function runReplay(run: ReplayRun): Promise<Replayed> {
  const { clock, emit, inFlight, title, stop } = run;
  const [ledger, measure] = [createLedger(), createMeasure(inFlight)];
  const startedAt = clock.now();
  const now = (): number => clock.now() - startedAt;
  const sending = { ledger, measure, now };
  const ended = await step(
    emit,
    { id: 'replay', title },
    (progress) =>
      showWhile({ run: sending, ratePerS: undefined, progress, emit, unit: 'request', stop }, () =>
        sendItems(run, sending),
      ),
    (how) => ({
      state: how === 'end' || run.untilStopped ? 'done' : 'failed',
      detail: `${ledger.counts.acked} answered`,
    }),
  );
  return { ledger, measure, durationMs: now(), ended };
}

interface Sent {
  readonly ledger: Ledger;
  readonly measure: Measure;
  now(): number;
}

async function sendItems(
  { items, send, dueOf, inFlight, stop }: ReplayRun,
  { ledger, measure, now }: Sent,
): Promise<Replayed['ended']> {
  const answers = answerBell();
  const dispatch = async (due: DueItem): Promise<void> => {
    const dueMs = dueOf(due);
    const batch = { sequence: due.sequence, sentMs: now(), dueMs: dueMs === undefined ? undefined : [dueMs] };
    measure.sent(batch, 1);
    const outcome = await send(due.item.request, due.sequence).catch(
      (error: unknown): SendOutcome => ({ type: 'unknown', reason: String(error) }),
    );
    measure.answered(batch, [outcome], now());
    ledger.record(due.sequence, outcome);
    answers.ring();
  };
  try {
    for await (const due of items) {
      const dueMs = dueOf(due) ?? 0;
      // A timer may be a moment early.
      while (dueMs > now() && !stop.aborted) await wait(dueMs - now(), stop);
      while (measure.meter.inFlight >= inFlight && !stop.aborted) await answers.next();
      if (stop.aborted) break;
      void dispatch(due);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    while (measure.meter.inFlight > 0) await answers.next();
  }
  return stop.aborted ? 'stopped' : 'end';
}
