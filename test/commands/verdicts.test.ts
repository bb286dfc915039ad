import { expect, test } from 'vitest';
import { failureOf as failoverFailure } from '../../src/commands/failover-limits.ts';
import { trafficFailure } from '../../src/commands/seed/send-traffic.ts';
import { StackctlError } from '../../src/errors.ts';
import type { FailoverReport } from '../../src/failover/failover-test.ts';
import { proven } from '../../src/failover/turned-verdict.ts';
import { worst } from '../../src/failover/verdict.ts';
import type { TrafficReport } from '../../src/traffic/report.ts';

const VERDICTS = ['pass', 'fail', 'inconclusive'] as const;
const EXIT_CODES = { pass: undefined, fail: 6, inconclusive: 8 } as const;

test.each(VERDICTS)('failover-test and seed traffic end alike: %s', (verdict) => {
  expect(failoverFailure(failover(verdict))?.exitCode).toBe(EXIT_CODES[verdict]);
  const verified = verdict === 'pass';
  const traffic = {
    run: 'a',
    verdict,
    verified,
    interrupted: false,
    reasons: ['why'],
    sinks: [],
    stores: [],
    thresholds: [],
  };
  expect(trafficFailure(traffic as unknown as TrafficReport, new AbortController().signal)?.exitCode).toBe(
    EXIT_CODES[verdict],
  );
});

test('of several scenarios the worst decides: 6, then 8, then 0', () => {
  expect(failoverFailure(failover('pass', 'inconclusive', 'fail'))?.exitCode).toBe(6);
  expect(failoverFailure(failover('pass', 'inconclusive'))?.exitCode).toBe(8);
  expect(failoverFailure(failover('pass', 'pass'))).toBeUndefined();
});

test('a self-test ends well when each of its runs fails, and badly when one passes', () => {
  expect(failoverFailure(proven(failover('fail', 'fail')))).toBeUndefined();
  expect(failoverFailure(proven(failover('fail', 'pass')))).toMatchObject({
    exitCode: 6,
    message: 'master-kill passed, and is known to be bad',
  });
  expect(failoverFailure(proven(failover('fail', 'inconclusive')))?.exitCode).toBe(8);
  const unfinished = [{ scenario: 'bad-quorum', reason: 'not steady' }];
  expect(failoverFailure(proven({ ...failover('fail'), unfinished }))).toMatchObject({
    exitCode: 8,
    message: 'bad-quorum: not steady',
  });
  // Nothing could be tried: that is why nothing is known.
  expect(failoverFailure(proven({ ...failover(), refused: unfinished }))?.message).toBe('bad-quorum: not steady');
});

test('an interrupted run of traffic keeps the exit code of the signal', () => {
  const interrupt = new StackctlError('E_INTERRUPTED', 'interrupted');
  const report = { run: 'a', verdict: 'inconclusive', verified: false, interrupted: true, reasons: [] };
  const failure = trafficFailure(report as unknown as TrafficReport, AbortSignal.abort(interrupt));
  expect(failure?.exitCode).toBe(130);
});

function failover(...verdicts: readonly (typeof VERDICTS)[number][]): FailoverReport {
  const runs = verdicts.map((verdict) => ({ scenario: 'master-kill', verdict, reasons: [verdict] }));
  return { verdict: worst(verdicts), runs: runs as unknown as FailoverReport['runs'] };
}
