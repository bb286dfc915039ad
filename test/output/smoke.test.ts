import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { smokeText } from '../../src/output/smoke.ts';
import { annotation, smokeAnnotations, smokeJunit, smokeMarkdown, smokePage } from '../../src/output/smoke-files.ts';
import type { SmokeReport } from '../../src/smoke/phases.ts';

const REPORT: SmokeReport = {
  project: 'shop-smoke',
  stack: 'shop',
  verdict: 'fail',
  durationMs: 12_345,
  startedAt: '2026-01-02T03:04:05.000Z',
  phases: [
    { phase: 'up', verdict: 'pass', reasons: [], seen: '3 instances ready', data: null, durationMs: 2100 },
    {
      phase: 'migrate',
      verdict: 'skipped',
      reasons: ['the stack has no migrations'],
      seen: '',
      data: null,
      durationMs: 0,
    },
    {
      phase: 'traffic',
      verdict: 'fail',
      reasons: ['orders: <3> events | are missing\nsecond line'],
      seen: 'orders: 10 of 10 acked, 7 read back',
      data: null,
      durationMs: 900,
    },
    { phase: 'failover', verdict: 'inconclusive', reasons: ['50% of it'], seen: '', data: null, durationMs: 30 },
  ],
};

test('text: a line for each phase, why one did not pass, and one verdict', () => {
  const lines = stripVTControlCharacters(smokeText(REPORT)).split('\n');
  expect(lines[1]).toMatch(/^up\s+pass\s+2\.1 s\s+3 instances ready$/);
  expect(lines[2]).toMatch(/^migrate\s+skipped\s+0 ms\s+the stack has no migrations$/);
  expect(lines).toContain('traffic: orders: <3> events | are missing');
  expect(lines.at(-1)).toBe('FAIL  shop: 1 of 4 phases passed, 1 skipped, in 12.3 s');
});

test('JUnit: a case for each phase, with its time', () => {
  const text = smokeJunit(REPORT);
  expect(text).toContain('tests="4" failures="1" errors="1" skipped="1"');
  expect(text).toContain('<testcase classname="smoke shop" name="up" time="2.100"/>');
  expect(text).toContain(' timestamp="2026-01-02T03:04:05.000Z" ');
  expect(text).toContain('<skipped message="the stack has no migrations"/>');
  expect(text).toMatch(/name="traffic" time="0\.900">\s+<failure message="orders: &lt;3&gt; events \| are missing/);
  expect(text).toMatch(/name="failover" time="0\.030">\s+<error message="50% of it"\/>/);
});

test('the page and the summary of a step show the same phases, and nothing in them is markup', () => {
  const page = smokePage({ ...REPORT, stack: 'a<b' }, 'stackctl <1>');
  expect(page).not.toMatch(/<3>|a<b|<1>/);
  expect(page).toContain('7 read back · orders: &#60;3&#62; events | are missing');
  expect(page).toContain('3 instances ready');
  // In a narrow column it must not become "skippe" and "d".
  expect(page).toContain('<td class="word">skipped</td>');
  expect(page).toMatch(/td\.word \{ white-space: nowrap; \}/);
  const rows = smokeMarkdown(REPORT)
    .split('\n')
    .filter((line) => line.startsWith('| '));
  expect(rows).toHaveLength(5);
  expect(rows[3]).toContain('events \\| are missing second line');
});

test('a warning of a phase that passed is in every form, and is no failure in any', () => {
  const warned = { ...REPORT, phases: REPORT.phases.slice(0, 1) };
  const [up] = warned.phases;
  const warnings = ['orders: 228 unknown: HTTP 500: <boom>'];
  const report = {
    ...warned,
    verdict: 'pass' as const,
    phases: [{ ...up, warnings } as (typeof REPORT.phases)[number]],
  };
  const line = 'warning up: orders: 228 unknown: HTTP 500: <boom>';
  expect(stripVTControlCharacters(smokeText(report)).split('\n')).toContain(line);
  const junit = smokeJunit(report);
  expect(junit).toContain('failures="0" errors="0"');
  expect(junit).toContain('<system-out>orders: 228 unknown: HTTP 500: &lt;boom&gt;</system-out>');
  expect(smokePage(report, 'stackctl')).toContain('3 instances ready · orders: 228 unknown: HTTP 500: &#60;boom&#62;');
  expect(smokeMarkdown(report)).toContain('3 instances ready; orders: 228 unknown: HTTP 500: <boom>');
  expect(smokeAnnotations(report)).toEqual([
    '::warning title=stackctl smoke%3A up::orders: 228 unknown: HTTP 500: <boom>',
  ]);
});

test('GitHub is told of what did not pass, each at its place', () => {
  expect(smokeAnnotations(REPORT)).toEqual([
    '::error title=stackctl smoke%3A traffic::orders: <3> events | are missing%0Asecond line',
    '::warning title=stackctl smoke%3A failover::50%25 of it',
  ]);
  expect(annotation('error', 'up', 'mine/stack.yaml:12:7 services.api: unknown key')).toBe(
    '::error file=mine/stack.yaml,line=12,col=7,title=up::mine/stack.yaml:12:7 services.api: unknown key',
  );
  expect(annotation('error', 'up: a, b', 'my,own/stack.yaml:3 first\r\nsecond')).toBe(
    '::error file=my%2Cown/stack.yaml,line=3,title=up%3A a%2C b::my,own/stack.yaml:3 first%0D%0Asecond',
  );
});
