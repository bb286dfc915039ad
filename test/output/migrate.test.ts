import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import {
  migrateOutlookText,
  migratePlanText,
  migrateReportText,
  migrateStatusText,
  notTriedText,
} from '../../src/output/migrate.ts';
import { declaredOutlookText, declaredRehearsalText } from '../../src/output/migrate-declared.ts';

const plain = (text: string) => stripVTControlCharacters(text).split('\n');

test('the status is one table, and says below what is not as it should be', () => {
  const at = '2026-01-02T03:04:05.000Z';
  const applied = ['2_b', '10_c', '1_a'].map((name) => ({
    name,
    state: name === '1_a' ? ('baselined' as const) : ('applied' as const),
    appliedAt: at,
    durationMs: 12,
    checksum: 'x',
  }));
  const status = {
    service: 'db',
    applied,
    pending: [
      { name: '11_d', reason: 'new', next: null },
      { name: '13_f', reason: 'its down part stopped after statement 1', next: 'Run this or that.' },
    ],
    invalid: [{ name: '12_e', problems: ['m/12_e.sql:1:1 is wrong'] }],
    unavailable: [{ name: '3_tsl', reason: 'tsl: not available in the Apache edition' }],
    drifted: [{ name: '2_b', type: 'edited', reason: 'm/2_b.sql was edited' }],
    unsound: [{ name: 'index public.i', reason: 'is not valid', fix: 'DROP INDEX CONCURRENTLY public.i' }],
  };
  expect(plain(migrateStatusText([status]))).toEqual([
    'SERVICE  MIGRATION  STATE               APPLIED AT                 TOOK',
    'db       1_a        baselined           2026-01-02T03:04:05.000Z  12 ms',
    'db       2_b        drifted             -                             -',
    'db       3_tsl      not available       -                             -',
    'db       10_c       applied             2026-01-02T03:04:05.000Z  12 ms',
    'db       11_d       pending (new)       -                             -',
    'db       12_e       pending (wrong)     -                             -',
    'db       13_f       taken back in part  -                             -',
    '',
    '2_b: m/2_b.sql was edited',
    '3_tsl: tsl: not available in the Apache edition',
    '12_e: m/12_e.sql:1:1 is wrong',
    '13_f: its down part stopped after statement 1. Run this or that.',
    'index public.i is not valid: DROP INDEX CONCURRENTLY public.i',
  ]);
  expect(migrateStatusText([])).toBe('no migrations');
});

test('of many applied files the newest are shown, and how many more there are', () => {
  const applied = Array.from({ length: 41 }, (_, index) => {
    return { name: `${index + 1}_a`, state: 'applied' as const, appliedAt: 'then', durationMs: 1, checksum: 'x' };
  });
  const status = { service: 'db', applied, pending: [], invalid: [], unavailable: [], drifted: [], unsound: [] };
  const lines = plain(migrateStatusText([status]));
  expect(lines).toHaveLength(1 + 20 + 2);
  expect(lines[1]).toContain(' 22_a ');
  expect(lines.at(-1)).toBe('db: 21 older files are applied too (--all)');
  expect(plain(migrateStatusText([status], [], Number.POSITIVE_INFINITY))).toHaveLength(1 + 41);
  expect(plain(migrateStatusText([{ ...status, applied: applied.slice(1) }]))).toHaveLength(1 + 40);
  // The same of a status that was asked for the newest only.
  const newest = { ...status, applied: applied.slice(-20), olderApplied: 21 };
  expect(plain(migrateStatusText([newest]))).toEqual(lines);
});

test('what was done, what was left out, and what there was not to do', () => {
  const unavailable = [{ name: '3_tsl', reason: 'tsl: not here' }];
  const done = { service: 'db', applied: [{ name: '1_a', durationMs: 1200 }], unavailable };
  const waiting = { service: 'ts', applied: [], unavailable };
  expect(plain(migrateReportText([done, { service: 'ch', applied: [], unavailable: [] }, waiting]))).toEqual([
    'db',
    '  applied 1_a in 1.2 s',
    '  left out 3_tsl: tsl: not here',
    'ch',
    '  up to date',
    'ts',
    '  left out 3_tsl: tsl: not here',
    '  nothing else is pending',
  ]);
});

test('a dry run shows the statements', () => {
  const steps = [
    { name: '1_a', action: 'apply', reason: 'new', transactional: true, statements: ['SELECT\n  1', 'SELECT 2'] },
    { name: '2_b', action: 'leaveOut', reason: 'tsl: not here', transactional: true, statements: ['SELECT 3'] },
  ] as const;
  expect(plain(migratePlanText([{ service: 'db', steps }]))).toEqual([
    'db',
    '  apply 1_a (new, in one transaction)',
    '    SELECT',
    '      1;',
    '    SELECT 2;',
    '  leave out 2_b: tsl: not here',
  ]);
  expect(plain(migratePlanText([{ service: 'db', steps: [] }]))).toEqual(['db', '  nothing to do']);
});

test('up --dry-run: a line for each thing that would be done', () => {
  const steps = [
    { name: '1_a', action: 'apply', reason: 'new' },
    { name: '2_b', action: 'leaveOut', reason: 'tsl: not here' },
    { name: '3_c', action: 'refuse', reason: 'pg>=99: older' },
  ] as const;
  const drifted = [{ name: '1_a', type: 'edited', reason: 'm/1_a.sql was edited' }];
  const told = migrateOutlookText([
    { service: 'db', asked: true, steps, drifted: [] },
    { service: 'done', asked: true, steps: [], drifted: [] },
    { service: 'edited', asked: true, steps, drifted },
    { service: 'away', asked: false, reason: 'not there yet', files: ['1_a', '2_b'] },
    { service: 'empty', asked: false, reason: 'not there yet', files: [] },
  ]);
  expect(plain(told)).toEqual([
    'migrate db: 1_a (new)',
    'leave out of db: 2_b (tsl: not here)',
    'refuse to migrate db: 3_c (pg>=99: older)',
    'keep the schema of done: nothing is pending',
    'refuse to migrate edited: m/1_a.sql was edited',
    'migrate away once it is ready: what is not applied yet of 1_a, 2_b (not there yet)',
  ]);
});

test('services that were not come to are named, and none is no line', () => {
  expect(plain(notTriedText(['events', 'ch']))).toEqual([
    'not tried: events, ch (the run ends with the first service that fails)',
  ]);
  expect(notTriedText([])).toBe('');
});

const topic = (name: string, state: 'inSync' | 'missing' | 'drifted', allowed = true) => ({
  type: 'topic',
  name,
  state,
  changes: state === 'inSync' ? [] : [{ text: 'differs', step: 'one to two', allowed, fix: 'stackctl migrate up' }],
});

test('what is declared: what up would make and leave, and what a server has checked', () => {
  const items = [topic('a', 'inSync'), topic('b', 'missing'), topic('c', 'drifted'), topic('d', 'drifted', false)];
  const asked = (service: string, ...of: typeof items) => ({ service, asked: true as const, items: of });
  const unasked = { service: 'later', asked: false as const, reason: 'it does not run', names: ['e', 'f'] };
  expect(plain(declaredOutlookText([asked('events', ...items), asked('same', topic('a', 'inSync')), unasked]))).toEqual(
    [
      'make in events: topic b (one to two)',
      'leave in events: topic c: differs: stackctl migrate up',
      'leave in events: topic d: differs: stackctl migrate up',
      'keep what is declared in same: all of it is there',
      'make in later once it is ready: what is missing of e, f (it does not run)',
    ],
  );
  expect(
    plain(
      declaredRehearsalText([
        { service: 'events', items },
        { service: 'same', items: [] },
      ]),
    ),
  ).toEqual([
    'events',
    '  make topic b (one to two)',
    '  change topic c: one to two',
    '  leave topic d: differs: stackctl migrate up',
    '  checked by the server, nothing was changed',
    'same',
    '  as declared',
  ]);
});
