import type { Ledger } from '../../src/traffic/ledger.ts';
import type { Measure } from '../../src/traffic/measure/measure.ts';
import type { ReportInput } from '../../src/traffic/report.ts';

/** What a report is made of, for a run with one operation and one sink. */
export function oneSink(
  ledger: Ledger,
  measure: Measure,
  { inFlight = 1, tellsHits = false } = {},
): Pick<ReportInput, 'plan' | 'lanes'> {
  const sink = { name: 'api', service: 'api', batch: 1, inFlight, repeat: 0, settings: {}, path: ['send'] };
  const repeats = { isAny: false, has: () => false, note: () => undefined, count: 0 };
  return {
    plan: {
      sinks: [sink],
      operations: [{ name: 'orders', weight: 1, draw: {}, path: [] }],
      routes: [{ operation: 0, sink: 0, body: {}, bodyPath: ['body'], hasBody: true }],
    },
    lanes: {
      ledgers: [ledger],
      measure,
      sinks: [
        {
          plan: sink,
          sink: { send: async () => [], close: async () => undefined, tellsHits },
          ledgers: [ledger],
          measure,
          repeats,
          inFlight,
        },
      ],
    },
  };
}
