import { expect, test } from 'vitest';
import { onlyOutside } from '../../../../../src/kinds/_shared/postgres/sql/only-outside.ts';

const isOutside = (text: string): boolean => onlyOutside({ text });

test.each([
  'CREATE INDEX CONCURRENTLY i ON a (b)',
  'create unique /* soon */ index concurrently i on a (b)',
  'DROP INDEX CONCURRENTLY IF EXISTS i',
  'REINDEX (VERBOSE) TABLE CONCURRENTLY a',
  'REINDEX SCHEMA public',
  'VACUUM (FULL) a',
  'ALTER SYSTEM SET work_mem = 1',
  'ALTER TABLE app.whole DETACH PARTITION app."Part 1" CONCURRENTLY',
  'CREATE DATABASE other',
  'DROP SUBSCRIPTION s',
])('%s runs only outside of a transaction', (text) => {
  expect(isOutside(text)).toBe(true);
});

test.each([
  'CREATE INDEX i ON a (b)',
  "CREATE TABLE a (what text DEFAULT 'CREATE INDEX CONCURRENTLY')",
  'REINDEX TABLE a',
  'ALTER TABLE whole DETACH PARTITION part',
  'ALTER TABLE a ADD COLUMN concurrently int',
  'DISCARD TEMP',
  'SELECT 1',
])('%s runs anywhere', (text) => {
  expect(isOutside(text)).toBe(false);
});
