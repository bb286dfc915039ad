import { describe, expect, test } from 'vitest';
import {
  checksumsOfFirst,
  type EarlierAttempt,
  marksOf,
  resumption,
} from '../../../../../src/kinds/_shared/postgres/migrator/resume.ts';
import { POSTGRES_SQL } from '../../../../../src/kinds/_shared/postgres/sql/dialect.ts';

function fileOf(text: string, checksum = 'same') {
  const statements = POSTGRES_SQL.split(text).statements.map((piece) => ({ text: piece.text, line: 1, column: 1 }));
  return { checksum, statements };
}

const THREE = 'INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); INSERT INTO c VALUES (1)';

/** Where the file of `text` goes on behind an attempt at the file of `before`, of which `done` statements are done. */
function goesOn(text: string, before: string, done: number, rest: Partial<EarlierAttempt> = {}) {
  const sums = checksumsOfFirst(fileOf(before).statements);
  const marks = marksOf(fileOf(before).statements);
  const earlier = {
    checksum: 'same',
    statementsDone: done,
    doneChecksum: sums[done],
    isUnclear: false,
    marks,
    ...rest,
  };
  const file = fileOf(text, text === before ? 'same' : 'other');
  return resumption(file, checksumsOfFirst(file.statements), earlier);
}

describe('a file without a transaction', () => {
  test('begins with its first statement where there was no attempt', () => {
    const file = fileOf(THREE);
    expect(resumption(file, checksumsOfFirst(file.statements), undefined)).toEqual({ done: 0, isUnclear: false });
  });

  test.each([
    ['the same text', THREE, 2],
    ['other statements behind those done', THREE.replace('c VALUES (1)', 'c VALUES (2)'), 2],
    ['other spaces and comments between them', THREE.replaceAll('; ', ';\n\n-- the next one\n'), 2],
    ['another statement among those done', THREE.replace('a VALUES (1)', 'a VALUES (2)'), 0],
    ['fewer statements than are done', 'INSERT INTO a VALUES (1)', 0],
    ['the same statements in another order', THREE.split('; ').toReversed().join('; '), 0],
  ])('with %s', (_what, text, done) => {
    expect(goesOn(text, THREE, 2).done).toBe(done);
  });

  test('names the first statement that differs, where those that are done cannot all run again', () => {
    expect(goesOn(THREE.replace('b VALUES (1)', 'b VALUES (2)'), THREE, 2).edited).toBe(1);
    expect(goesOn('INSERT INTO a VALUES (1)', THREE, 2).edited).toBe(1);
    const safe = 'CREATE TABLE IF NOT EXISTS a (n int); SET ROLE b; DO $$ BEGIN END $$';
    const edited = safe.replace('ROLE b', 'ROLE c');
    expect(goesOn(edited, safe, 2)).toEqual({ done: 0, isUnclear: false });
    // The one that was under way may be in effect.
    expect(goesOn(edited, safe, 2, { isUnclear: true }).edited).toBe(1);
  });

  test('of an earlier stackctl, or set by somebody: the number counts as long as the file is the same', () => {
    expect(goesOn(THREE, THREE, 2, { doneChecksum: undefined }).done).toBe(2);
    const unknown = { doneChecksum: undefined, marks: undefined };
    expect(goesOn(`${THREE}; SELECT 1`, THREE, 2, unknown)).toMatchObject({ done: 0, edited: 'unknown' });
    const text = 'CREATE TABLE IF NOT EXISTS a (n int)';
    expect(goesOn(text, THREE, 2, unknown)).toEqual({ done: 0, isUnclear: false });
  });

  test('makes room again for a statement that failed', () => {
    const text = 'SELECT 1; DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY i ON t (n)';
    expect(goesOn(text, text, 2).done).toBe(1);
    const other = text.replace('IF EXISTS ', '');
    expect(goesOn(other, other, 2).done).toBe(2);
  });

  test('is unclear about the statement that was under way, and only about that one', () => {
    expect(goesOn(THREE, THREE, 2, { isUnclear: true })).toEqual({ done: 2, isUnclear: true });
    expect(goesOn(THREE, THREE, 3, { isUnclear: true })).toEqual({ done: 3, isUnclear: false });
    const edited = THREE.replace('a VALUES (1)', 'a VALUES (2)');
    expect(goesOn(edited, THREE, 2, { isUnclear: true })).toEqual({ done: 0, isUnclear: false, edited: 0 });
  });

  test('counts the data of COPY among its statements', () => {
    const copy = (row: string) => [{ text: 'COPY t FROM stdin', line: 1, column: 1, copyData: { text: row, line: 2 } }];
    expect(checksumsOfFirst(copy('1\n'))[1]).not.toBe(checksumsOfFirst(copy('2\n'))[1]);
  });
});
