import type { Observations } from '../../src/failover/run-report.ts';

const PHASES = [{ name: 'detection', from: 'fault', to: 'detectedMs', mostMs: 600 }] as const;

/** What a run of `failover-test` saw that is the same whatever its writes came to. */
export const OBSERVED_RUN = {
  scenario: 'master-kill',
  expects: { switches: [1, 1], prediction: { lowMs: 1290, highMs: 1750, phases: PHASES } },
  facts: [],
  epochs: { before: 3, after: 4 },
  runId: 'r',
  faultAt: '2026-01-02T03:04:05.678Z',
  oldPrimary: 'redis-1',
  newPrimary: 'redis-2',
  ratePerS: 250,
  discoveryMs: 5,
  arbiter: 'Sentinel',
  detectionMs: 500,
  thresholds: { maxOutageMs: 1000, maxLost: 0 },
  explanation: [],
  historyFile: '/h',
} satisfies Partial<Observations>;
