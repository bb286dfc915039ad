import { expect, it } from 'vitest';
import type { RunReport } from '../../src/failover/run-report.ts';
import { failoverJunit } from '../../src/output/failover-junit.ts';
import { junitText } from '../../src/output/junit.ts';

const run = {
  scenario: 'master-kill',
  faultAt: '2026-01-02T03:04:05.678Z',
  invariants: [
    { name: 'outage within the limit', outcome: 'fail', reason: '11 s; at most 10 s' },
    { name: 'lost writes within the limit', outcome: 'inconclusive', reason: 'the final read failed' },
    { name: 'no phantom', outcome: 'pass', reason: null },
  ],
  outageMs: 11_000.5,
  resolutionMs: 14,
  acked: 909,
  failed: 3,
  unknown: 1,
  lost: null,
  oldMaster: 'redis-1',
  newMaster: 'redis-3',
  historyFile: '/p & q/x.ndjson',
} as unknown as RunReport;

const PROPERTIES = `    <properties>
      <property name="outageMs" value="11000.5"/>
      <property name="resolutionMs" value="14"/>
      <property name="acked" value="909"/>
      <property name="failed" value="3"/>
      <property name="unknown" value="1"/>
      <property name="oldMaster" value="redis-1"/>
      <property name="newMaster" value="redis-3"/>
      <property name="historyFile" value="/p &amp; q/x.ndjson"/>
    </properties>
`;

it('has a suite for each run and a case for each invariant; what is not known is an error, not a pass', () => {
  expect(
    failoverJunit({ runs: [run, { ...run, invariants: [] }], refused: [{ scenario: 'loss', reason: 'no root' }] }),
  ).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="stackctl failover-test" tests="4" failures="1" errors="1" skipped="1">
  <testsuite name="master-kill 1" timestamp="2026-01-02T03:04:05.678Z" tests="3" failures="1" errors="1" skipped="0">
${PROPERTIES}    <testcase classname="master-kill 1" name="outage within the limit">
      <failure message="11 s; at most 10 s"/>
    </testcase>
    <testcase classname="master-kill 1" name="lost writes within the limit">
      <error message="the final read failed"/>
    </testcase>
    <testcase classname="master-kill 1" name="no phantom"/>
  </testsuite>
  <testsuite name="master-kill 2" timestamp="2026-01-02T03:04:05.678Z" tests="0" failures="0" errors="0" skipped="0">
${PROPERTIES}  </testsuite>
  <testsuite name="loss" tests="1" failures="0" errors="0" skipped="1">
    <properties>
    </properties>
    <testcase classname="loss" name="can be tried here">
      <skipped message="no root"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});

it('holds any text: what XML cannot have is replaced', () => {
  const message = `a "b" <c> & d\ne\u0000f\u001bg\ud800h\u{1f600}\ufffe`;
  const text = junitText('n', [
    { name: 's', timestamp: 't', properties: {}, cases: [{ name: 'c', problem: { type: 'failure', message } }] },
  ]);
  expect(text).toContain('message="a &quot;b&quot; &lt;c&gt; &amp; d&#10;e\ufffdf\ufffdg\ufffdh\u{1f600}\ufffd"');
});
