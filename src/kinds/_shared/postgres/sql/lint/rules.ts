import type { PatternRule } from './pattern-rule.ts';

/*
 * Which statements hold which locks and read or write the whole table: PostgreSQL's manual on ALTER TABLE (Notes),
 * CREATE INDEX (Building Indexes Concurrently) and Explicit Locking.
 */

/** Of one action of ALTER TABLE on a table that was there before, in normal form. */
export const ACTION_RULES: readonly PatternRule[] = [
  {
    rule: 'column-type',
    level: 'warning',
    pattern: /^ALTER (COLUMN )?\S+ (SET DATA )?TYPE /,
    message: 'a new type rewrites most tables while nobody can read or write them',
    instead: 'add a column of the new type, fill it in steps, let the application change over, drop the old one',
  },
  {
    rule: 'set-not-null',
    level: 'warning',
    pattern: /^ALTER (COLUMN )?\S+ SET NOT NULL$/,
    message: 'every row is read while nobody can read or write the table',
    instead:
      'ADD CONSTRAINT … CHECK (… IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT in a file of its own, then SET NOT NULL',
  },
  {
    rule: 'not-null-without-default',
    level: 'warning',
    pattern:
      /^ADD (COLUMN )?(IF NOT EXISTS )?(?!CONSTRAINT |CHECK |UNIQUE |PRIMARY |FOREIGN |EXCLUDE )(?!.* (DEFAULT|GENERATED) )(?!.*SERIAL).* NOT NULL/,
    message: 'fails as soon as the table has a row',
    instead: 'give it a DEFAULT, or make it NOT NULL after it was filled',
  },
  {
    rule: 'volatile-default',
    level: 'warning',
    pattern:
      /^ADD (COLUMN )?(IF NOT EXISTS )?\S+ (.* DEFAULT (?!(NOW|CURRENT_\w+|TRANSACTION_TIMESTAMP|STATEMENT_TIMESTAMP|TO_\w+|MAKE_\w+) ?\()[\w."]+ ?\(|(BIG|SMALL)?SERIAL\b|.* GENERATED .* AS (IDENTITY|\(.*\) STORED))/,
    message: 'a value that differs from row to row rewrites the table while nobody can read or write it',
    instead: 'add the column without it, SET DEFAULT, and fill the old rows in steps',
  },
  {
    rule: 'foreign-key-validation',
    level: 'warning',
    pattern: /^ADD (?!.*NOT VALID)(CONSTRAINT \S+ )?(FOREIGN KEY|.* REFERENCES )/,
    message: 'every row is checked while nobody can write to either table',
    instead: 'ADD CONSTRAINT … FOREIGN KEY … NOT VALID, and VALIDATE CONSTRAINT in a file of its own',
  },
  {
    rule: 'check-validation',
    level: 'warning',
    pattern: /^ADD (?!.*NOT VALID)(CONSTRAINT \S+ )?CHECK /,
    message: 'every row is checked while nobody can read or write the table',
    instead: 'ADD CONSTRAINT … CHECK … NOT VALID, and VALIDATE CONSTRAINT in a file of its own',
  },
  {
    rule: 'unique-constraint',
    level: 'warning',
    pattern: /^ADD (?!.*USING INDEX)(CONSTRAINT \S+ )?(UNIQUE|PRIMARY KEY|EXCLUDE)\b/,
    message: 'its index is built while nobody can read or write the table',
    instead: 'CREATE UNIQUE INDEX CONCURRENTLY in a file of its own, then ADD CONSTRAINT … USING INDEX',
  },
  {
    rule: 'drop-column',
    level: 'warning',
    pattern: /^DROP (COLUMN )?(?!CONSTRAINT |EXPRESSION )(IF EXISTS )?\S+( CASCADE| RESTRICT)?$/,
    message: 'the data is gone, and an application that still names the column fails',
    instead: 'drop it when no running version uses it any more',
  },
  {
    rule: 'rename',
    level: 'warning',
    pattern: /^RENAME (?!CONSTRAINT )/,
    message: 'an application that still uses the old name fails at that moment',
    instead: 'add the new name beside the old one (a column, a view) until all versions use it',
  },
  {
    rule: 'set-logged',
    level: 'warning',
    pattern: /^SET (LOGGED|UNLOGGED|TABLESPACE |ACCESS METHOD )/,
    message: 'rewrites the table while nobody can read or write it',
    instead: 'do it while the application is stopped',
  },
];

/** Of a whole statement, in normal form. */
export const STATEMENT_RULES: readonly PatternRule[] = [
  {
    rule: 'drop-table',
    level: 'warning',
    pattern: /^DROP (TABLE|SCHEMA|DATABASE|MATERIALIZED VIEW|FOREIGN TABLE) /,
    message: 'the data is gone',
    instead: 'rename it first, drop it in a later file',
  },
  {
    rule: 'truncate',
    level: 'warning',
    pattern: /^TRUNCATE /,
    message: 'the data is gone',
    instead: 'say why with -- stackctl: allow=truncate',
  },
  {
    rule: 'drop-index',
    level: 'warning',
    pattern: /^DROP INDEX (?!CONCURRENTLY )/,
    message: 'waits for every transaction on the table while nobody new can read or write it',
    instead: 'DROP INDEX CONCURRENTLY in a file with -- stackctl: transaction=false',
  },
  {
    rule: 'reindex',
    level: 'warning',
    pattern: /^REINDEX (?!.*CONCURRENTLY)/,
    message: 'nobody can write to the table until it is done',
    instead: 'REINDEX … CONCURRENTLY in a file with -- stackctl: transaction=false',
  },
  {
    rule: 'table-rewrite',
    level: 'warning',
    pattern: /^(VACUUM (\( ?)?.*FULL|CLUSTER\b)/,
    message: 'rewrites the table while nobody can read or write it',
    instead: 'leave it to autovacuum, or do it while the application is stopped',
  },
  {
    rule: 'refresh',
    level: 'warning',
    pattern: /^REFRESH MATERIALIZED VIEW (?!CONCURRENTLY )(?!.*WITH NO DATA)/,
    message: 'nobody can read the view until it is done',
    instead: 'REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view',
  },
  {
    rule: 'all-rows',
    level: 'warning',
    pattern: /^(UPDATE (?!.* WHERE )|DELETE FROM (?!.* WHERE ))/,
    message: 'every row is changed in one transaction: what others write to it waits, and the table may double in size',
    instead: 'change it in steps of some thousand rows',
  },
];
