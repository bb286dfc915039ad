import { tallyOf } from '../../src/stack/contract/id-tally.ts';
import type { SendOutcome } from '../../src/stack/contract/traffic.ts';
import { createLedger } from '../../src/traffic/ledger.ts';
import { createMeasure } from '../../src/traffic/measure/measure.ts';
import { reportOf } from '../../src/traffic/report.ts';
import { type Summary, summaryOf } from '../../src/traffic/summary.ts';
import { parseThreshold, type Threshold } from '../../src/traffic/thresholds.ts';
import { NASTY } from './drawn-run.ts';
import { oneSink } from './one-sink.ts';

const RUN = 'a1b2c3d4-e5f6';

/** A run of 20 s at 100/s in an open loop; the service answers nothing from 5 s to 8 s, and refuses what comes in the second after. Three of four answers come from its cache. */
export function drawnTraffic(): Summary {
  const [ledger, measure] = [createLedger(), createMeasure(4)];
  for (let sequence = 0; sequence < 2000; sequence++) {
    const dueMs = sequence * 10;
    const batch = { sequence, sentMs: dueMs + 0.4, dueMs: [dueMs] };
    const isRefused = dueMs >= 8000 && dueMs < 9000;
    const outcome: SendOutcome = isRefused
      ? { type: 'rejected', reason: NASTY }
      : { type: 'acked', hit: sequence % 4 > 0 };
    measure.sent(batch, 1);
    measure.answered(batch, [outcome], dueMs >= 5000 && dueMs < 8000 ? 8001 : dueMs + 2 + (sequence % 7));
    ledger.record(sequence, outcome);
  }
  const ids = Array.from({ length: 10 }, (_, index) => `${RUN}-8000-8000-${index.toString(16).padStart(12, '0')}`);
  const report = reportOf({
    ...{
      profile: NASTY,
      seed: 7,
      runId: RUN,
      epochMs: 0,
      count: 2000,
      durationMs: 20_000,
      ended: 'count',
    },
    ...oneSink(ledger, measure, { inFlight: 4, tellsHits: true }),
    ratePerS: 100,
    thresholds: [parseThreshold('p99<50ms') as Threshold],
    interrupted: false,
    answers: [
      {
        ...{ name: 'table', guarantee: 'stored', routes: [0] },
        answer: { type: 'read', ledger, reading: { found: tallyOf(RUN, ids), contradictions: [] } },
      },
    ],
  });
  return summaryOf({ report, startedMs: Date.UTC(2026, 0, 1), intervals: measure.series.intervals() });
}
