import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../../../../../src/kinds/_shared/postgres/sql/dialect.ts';

/** What squawk says and how lint calls it. Its other rules are about style, or about limits that stackctl sets itself. */
const SAME: Readonly<Record<string, string>> = {
  'changing-column-type': 'column-type',
  'adding-not-nullable-field': 'set-not-null',
  'adding-required-field': 'not-null-without-default',
  'adding-field-with-default': 'volatile-default',
  'adding-foreign-key-constraint': 'foreign-key-validation',
  'disallowed-unique-constraint': 'unique-constraint',
  'ban-drop-column': 'drop-column',
  'renaming-column': 'rename',
  'renaming-table': 'rename',
  'require-concurrent-index-creation': 'index-build',
  'ban-drop-table': 'drop-table',
  'require-concurrent-index-deletion': 'drop-index',
  'require-concurrent-reindex': 'reindex',
};

/** Each on one line, so that squawk's line is its number. */
const STATEMENTS = [
  'ALTER TABLE t ALTER COLUMN c TYPE bigint',
  'alter table only s.t alter c set data type text using c::text',
  'ALTER TABLE t ALTER c SET NOT NULL',
  'ALTER TABLE "T t" ADD COLUMN "c c" int NOT NULL',
  'ALTER TABLE t ADD c uuid DEFAULT gen_random_uuid()',
  'ALTER TABLE t ADD c float8 DEFAULT random() * 2',
  'ALTER TABLE t ADD COLUMN c timestamptz NOT NULL DEFAULT clock_timestamp()',
  'ALTER TABLE t ADD COLUMN c bigint GENERATED ALWAYS AS IDENTITY',
  'ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED',
  'ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES u (id) ON DELETE CASCADE',
  'ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES u',
  'ALTER TABLE t ADD COLUMN c int REFERENCES u',
  'ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b)',
  'ALTER TABLE t DROP COLUMN IF EXISTS c CASCADE',
  'ALTER TABLE t DROP c, DROP COLUMN d',
  'ALTER TABLE IF EXISTS t RENAME COLUMN a TO b',
  'ALTER TABLE t RENAME a TO b',
  'ALTER TABLE t RENAME TO u',
  'CREATE INDEX i ON t (a)',
  'CREATE UNIQUE INDEX IF NOT EXISTS i ON s.t USING btree (lower(a)) WHERE b',
  'DROP TABLE IF EXISTS t, u CASCADE',
  'DROP INDEX IF EXISTS i',
  'REINDEX TABLE t',
  'REINDEX INDEX i',
  'ALTER TABLE t ADD COLUMN c int',
  "ALTER TABLE t ADD COLUMN c text NOT NULL DEFAULT 'x'",
  'ALTER TABLE t ADD COLUMN c timestamptz DEFAULT now()',
  'ALTER TABLE t ADD COLUMN c int DEFAULT 1, ADD COLUMN d boolean DEFAULT false',
  'ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES u NOT VALID',
  'ALTER TABLE t VALIDATE CONSTRAINT f',
  'ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i',
  'ALTER TABLE t DROP CONSTRAINT k',
  'ALTER TABLE t RENAME CONSTRAINT a TO b',
  'ALTER TABLE t ALTER COLUMN c SET DEFAULT 1, ALTER COLUMN d DROP NOT NULL',
  'CREATE INDEX CONCURRENTLY i ON t (a)',
  'DROP INDEX CONCURRENTLY i',
  'REINDEX TABLE CONCURRENTLY t',
  "INSERT INTO notes VALUES ('DROP TABLE t')",
  '/* DROP TABLE t; */ SELECT 1 -- DROP INDEX i',
];

function squawk(): readonly (readonly string[])[] {
  const input = STATEMENTS.map((text) => text.replace(/ --.*/, '')).join(';\n');
  const { stdout, error } = spawnSync('node_modules/.bin/squawk', ['--reporter', 'json'], { input, encoding: 'utf8' });
  if (error !== undefined) throw error;
  const said = JSON.parse(stdout) as readonly { readonly line: number; readonly rule_name: string }[];
  return STATEMENTS.map((_, line) => {
    const rules = said.filter((one) => one.line === line).map(({ rule_name }) => SAME[rule_name] ?? '');
    return [...new Set(rules.filter((rule) => rule !== ''))].toSorted();
  });
}

test('lint finds what squawk finds, and nothing where squawk finds nothing', () => {
  const part = { transactional: true, once: false, lockTimeoutMs: 0 };
  const known = new Set(Object.values(SAME));
  const ours = STATEMENTS.map((text) => {
    const found = POSTGRES_SQL.lint?.(POSTGRES_SQL.split(text).statements, part) ?? [];
    return [...new Set(found.map(({ rule }) => rule).filter((rule) => known.has(rule)))].toSorted();
  });
  const theirs = squawk();
  const both = STATEMENTS.map((text, index) => [text, ours[index]]);
  expect(both).toEqual(STATEMENTS.map((text, index) => [text, theirs[index]]));
});
