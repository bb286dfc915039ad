import { expect, test } from 'vitest';
import type { LedgerRow, Progress } from '../../../src/kinds/clickhouse/migrator/ledger.ts';
import { checksumOf, startOf } from '../../../src/kinds/clickhouse/migrator/resume.ts';
import { runsOf } from '../../../src/kinds/clickhouse/sql/running/runs.ts';

const TEXTS = [
  'USE audit',
  'CREATE TABLE IF NOT EXISTS log (a UInt8) ENGINE = Memory',
  'INSERT INTO log VALUES (1)',
  'CREATE TABLE IF NOT EXISTS copy ENGINE = Memory AS SELECT * FROM log',
  'TRUNCATE TABLE log',
];
const statements = TEXTS.map((text, index) => ({ text, line: index + 1, column: 1 }));
const runs = runsOf(TEXTS);

/** The last row of a file of which so many statements were done. */
function row(done: number, change: Partial<Progress> = {}, state: LedgerRow['state'] = 'running'): LedgerRow {
  const doneChecksum = checksumOf(statements.slice(0, done));
  const progress = {
    part: 'up',
    done,
    doneChecksum,
    inDoubt: false,
    session: '',
    unsoundBefore: ['x'],
    halfAltered: [],
    ...change,
  } as const;
  const about = { name: '1_a', checksum: '', appliedAt: new Date(0), durationMs: 0, appliedBy: '', toolVersion: '' };
  return { ...about, state, progress };
}
const start = (from: LedgerRow | undefined, once = true, part: Progress['part'] = 'up') =>
  startOf({ statements, once }, { part, runs, row: from });
const at = (index: number, change: object = {}) =>
  ({ type: 'at', index, replay: index > 0 ? [0] : [], onlyIfMissing: false, unsoundBefore: ['x'], ...change }) as const;
const refused = (index: number, why: string) => ({ type: 'refused', index, why });

test('a file that nothing is known of, or that is finished, begins with its first statement', () => {
  const beginning = at(0, { unsoundBefore: undefined });
  expect(start(undefined)).toEqual(beginning);
  for (const state of ['applied', 'reverted', 'baselined', 'unavailable', 'forgotten'] as const)
    expect(start(row(3, {}, state))).toEqual(beginning);
});

test('an interrupted file goes on behind what is done, in a session that is as it was', () => {
  expect(start(row(1))).toEqual(at(1));
  expect(start(row(2, {}, 'failed'))).toEqual(at(2));
  expect(start(row(5))).toEqual(at(5));
});

test('what may be in effect and cannot run twice is refused; what makes a table runs where there is none', () => {
  expect(start(row(2, { inDoubt: true }))).toEqual(refused(2, 'inDoubt'));
  expect(start(row(4, { inDoubt: true }))).toEqual(refused(4, 'inDoubt'));
  expect(start(row(3, { inDoubt: true }))).toEqual(at(3, { onlyIfMissing: true }));
  expect(start(row(1, { inDoubt: true }))).toEqual(at(1));
});

test('an edited beginning runs again, unless the file says that it must not', () => {
  expect(start(row(2, { doneChecksum: 'other' }), false)).toEqual(at(0));
  expect(start(row(2, { doneChecksum: 'other' }))).toEqual(refused(0, 'edited'));
  expect(start(row(9, { doneChecksum: 'other' }), false)).toEqual(at(0));
  // What a person has counted is not compared.
  expect(start(row(2, { doneChecksum: '' }))).toEqual(at(2));
});

test('what an earlier version left counts no statements', () => {
  const old = { ...row(0), progress: undefined, state: 'failed' } as const;
  expect(start(old, false)).toMatchObject({ type: 'at', index: 0 });
  expect(start(old)).toEqual(refused(0, 'uncounted'));
});

test('behind a down part that was interrupted no file runs; the down part goes on', () => {
  expect(start(row(1, { part: 'down' }), false)).toEqual(refused(1, 'reverting'));
  expect(start(row(1, { part: 'down' }))).toEqual(refused(1, 'reverting'));
  expect(start(row(1, { part: 'down' }), false, 'down')).toEqual(at(1));
});
