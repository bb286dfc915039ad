import { expect, test } from 'vitest';
import type { FoundUnsound } from '../../../../../src/kinds/_shared/postgres/migrator/unsound.ts';
import { unsoundByFile } from '../../../../../src/kinds/_shared/postgres/migrator/unsound-by-file.ts';
import { POSTGRES_SQL } from '../../../../../src/kinds/_shared/postgres/sql/dialect.ts';

function unsound(type: FoundUnsound['type'], plainName: string, busy = false): FoundUnsound {
  return { type, plainName, busy, name: `${type} public.${plainName}`, reason: 'is not valid', fix: 'DROP' };
}

const INDEX = unsound('index', 'i');
const PARTS = unsound('partitionedIndex', 'p');
const CHECK: FoundUnsound = { ...unsound('constraint', 'c'), owner: 't' };

test.each<[string, string, FoundUnsound, boolean, boolean]>([
  // what, text, found, it was there before, it keeps the file out
  ['a new index', 'SELECT 1', INDEX, false, true],
  ['an old index', 'SELECT 1', INDEX, true, false],
  ['an old index that the file makes', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n)', INDEX, true, true],
  ['an old index of another case', 'CREATE INDEX IF NOT EXISTS "I" ON t (n)', INDEX, true, false],
  ['an old index, quoted', 'create unique index if not exists public."I" on t (n)', unsound('index', 'I'), true, true],
  ['an old index that is only spoken of', "COMMENT ON INDEX i IS 'CREATE INDEX i'", INDEX, true, false],
  ['an index that another session builds', 'SELECT 1', unsound('index', 'i', true), false, false],
  [
    'one that the file was to make itself',
    'CREATE INDEX IF NOT EXISTS i ON t (n)',
    unsound('index', 'i', true),
    true,
    true,
  ],
  ['a partitioned index', 'CREATE INDEX p ON t (n)', PARTS, false, true],
  ['one ON ONLY the table', 'CREATE INDEX p ON ONLY t (n)', PARTS, false, false],
  ['one of a key for ONLY the table', 'ALTER TABLE ONLY t ADD CONSTRAINT p UNIQUE (n)', PARTS, false, false],
  ['one that gets its parts', 'ALTER INDEX p ATTACH PARTITION q', PARTS, true, false],
  ['a constraint', 'SELECT add_it()', CHECK, false, true],
  ['one that is NOT VALID', 'ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID', CHECK, false, false],
  [
    'one that is validated',
    'ALTER TABLE t ADD CHECK (n > 0) not  valid; ALTER TABLE t VALIDATE CONSTRAINT "c"',
    CHECK,
    false,
    true,
  ],
  ['an old constraint', 'SELECT add_it()', CHECK, true, false],
  ['an old one to be validated', 'DO $$ BEGIN ALTER TABLE t VALIDATE CONSTRAINT C; END $$', CHECK, true, true],
  ['an old one of another table', 'DO $$ BEGIN ALTER TABLE o VALIDATE CONSTRAINT c; END $$', CHECK, true, false],
  [
    'an old one of a table that is put together',
    "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || x || ' VALIDATE CONSTRAINT c'; END $$",
    CHECK,
    true,
    true,
  ],
  ['an old one in a comment', 'ALTER TABLE t ADD n int -- ALTER TABLE t VALIDATE CONSTRAINT c', CHECK, true, false],
  ['an old one in a function', 'CREATE FUNCTION f() AS $$ ALTER TABLE t VALIDATE CONSTRAINT c $$', CHECK, true, false],
  ['a partition', 'SELECT 1', unsound('partition', 'm'), false, true],
])('%s: %s', (_what, text, found, wasThere, keepsOut) => {
  const statements = POSTGRES_SQL.split(text).statements.map((piece) => ({ text: piece.text, line: 1, column: 1 }));
  expect(unsoundByFile(statements, [found], wasThere ? [found.name] : [])).toEqual(keepsOut ? [found] : []);
});
