/** What a run measures of itself while it sends. Times are given in milliseconds after its start, none is read. */
import type { SendOutcome } from '../../stack/contract/traffic.ts';
import { createTimes, type Times } from './histogram.ts';
import { createMeter, type Meter, type MeterView } from './meter.ts';
import { createSeries, type Series } from './series.ts';

/** A batch that is on its way. */
export interface Batch {
  /** Events before it. */
  readonly sequence: number;
  /** Events from its first to its last one, those of others between them too; by default as many as it has. */
  readonly span?: number;
  readonly sentMs: number;
  /** When each of its events was due; undefined in a closed loop, where an event is due when it is sent. */
  readonly dueMs: readonly number[] | undefined;
}

export interface MeasureView {
  readonly meter: MeterView;
  /** From the instant at which an event was due to its acknowledgement. */
  readonly response: Times;
  /** From the sending of its batch to its acknowledgement. */
  readonly service: Times;
  /** From the instant at which it was due to the sending of its batch. Nothing in a closed loop. */
  readonly lateness: Times;
  readonly series: Pick<Series, 'intervals'>;
  readonly cache: CacheCounts;
}

/** Answers that said that they came from a cache, and those that said that they did not. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
}

export interface Measure extends MeasureView {
  sent(batch: Batch, events: number): void;
  /** @param freedMs when the next batch may take its place; later than the answer where something is sent once more. */
  answered(batch: Batch, outcomes: readonly SendOutcome[], atMs: number, freedMs?: number): void;
}

const UNKNOWN: SendOutcome = { type: 'unknown', reason: '' };

const COUNTED = ['acked', 'rejected', 'unknown', 'hits', 'misses'] as const;

/** @param limit batches that may be on their way at the same time. */
export function createMeasure(limit: number): Measure {
  const meter: Meter = createMeter(limit);
  const [response, service, lateness] = [createTimes(), createTimes(), createTimes()];
  const series = createSeries();
  const cache = { hits: 0, misses: 0 };
  return {
    ...{ meter, response, service, lateness, series, cache },
    sent: ({ sequence, span, sentMs, dueMs }, events) => {
      meter.sent({ sequence, events: span ?? events, atMs: sentMs, dueMs: dueMs?.[0] });
      series.add(sentMs, 'sent', events);
      for (const due of dueMs ?? []) {
        lateness.add(sentMs - due);
        series.add(due, 'due', 1);
      }
    },
    answered: ({ sentMs, dueMs }, outcomes, atMs, freedMs = atMs) => {
      meter.answered(freedMs);
      const counts = { acked: 0, rejected: 0, unknown: 0, hits: 0, misses: 0 };
      // A batch may have thousands: an iterator would take longer than what is done with each.
      for (let index = 0; index < outcomes.length; index++) {
        const outcome = outcomes[index] ?? UNKNOWN;
        counts[outcome.type] += 1;
        if (outcome.type !== 'acked') continue;
        if (outcome.hit !== undefined) counts[outcome.hit ? 'hits' : 'misses'] += 1;
        const due = dueMs?.[index];
        if (due === undefined) continue;
        response.add(atMs - due);
        series.responded(atMs, atMs - due, 1);
      }
      service.add(atMs - sentMs, counts.acked);
      if (dueMs === undefined) {
        response.add(atMs - sentMs, counts.acked);
        series.responded(atMs, atMs - sentMs, counts.acked);
      }
      cache.hits += counts.hits;
      cache.misses += counts.misses;
      for (const what of COUNTED) if (counts[what] > 0) series.add(atMs, what, counts[what]);
    },
  };
}

/** What is measured of a part is measured of the whole too. */
export function measureBoth(whole: Measure, part: Measure): Pick<Measure, 'sent' | 'answered'> {
  let before = 0;
  return {
    sent: (batch, events) => {
      whole.sent(batch, events);
      part.sent({ ...batch, sequence: before, span: events }, events);
      before += events;
    },
    answered: (...answer) => {
      whole.answered(...answer);
      part.answered(...answer);
    },
  };
}
