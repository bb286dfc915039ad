import type { Observations } from '../../src/failover/run-report.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';
import { OBSERVED_RUN } from './observed-run.ts';

/** Text that must show as it is, wherever a server or a user can bring it in. */
export const NASTY = '<script>alert("1")</script> & \'x\'';

const write = (value: number, part: Partial<WriteRecord> = {}): WriteRecord => {
  const at = value * 4;
  return { value, intended: at, invoked: at, completed: at + 1, outcome: 'acked', node: 'redis-1', ...part };
};

/** 200 writes on redis-1, the last of them lost; 100 refused; 100 on redis-2. */
const history = Array.from({ length: 400 }, (_, index) => {
  const value = index + 1;
  if (value <= 200) return write(value);
  return value <= 300 ? write(value, { outcome: 'failed', error: NASTY }) : write(value, { node: 'redis-2' });
});

/** A run with everything that a page can show of one. */
export const DRAWN_RUN: Observations = {
  ...OBSERVED_RUN,
  history,
  events: [
    { at: 900, source: 'sentinel-1', name: '+sdown', text: NASTY, phase: 'detected', primary: undefined },
    { at: 1100, source: 'sentinel-1', name: '+switch-master', text: 'm', phase: 'switched', primary: 'redis-2' },
    { at: 1101, source: 'sentinel-10', name: '+slave', text: '', phase: undefined, primary: undefined },
  ],
  fault: { what: `kill ${NASTY}`, calledAt: 801, returnedAt: 802 },
  roles: {
    spans: [
      { node: 'redis-1', isPrimary: true, from: 0, to: 801 },
      { node: 'redis-2', isPrimary: false, from: 0, to: 1000 },
      { node: 'redis-2', isPrimary: true, from: 1050, to: 1600 },
      { node: 'redis-3', isPrimary: false, from: 0, to: 1600 },
    ],
    everyMs: 50,
    widestMs: 61,
  },
  finalRead: {
    node: 'redis-2',
    values: history.flatMap(({ value, outcome }) => (outcome === 'acked' && value !== 200 ? [value] : [])),
  },
  stats: { sent: 400, sentRatePerS: 250, late: 0, eventLoopLagMaxMs: 1 },
};
