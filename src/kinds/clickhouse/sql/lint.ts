import type { LintFinding } from '../../../stack/contract/lint.ts';
import type { SqlPiece } from '../../../stack/contract/migrate.ts';
import { isSignificant, lexerOf } from './tokens.ts';

type Rule = Omit<LintFinding, 'offset'> & { readonly pattern: RegExp };

/** Every pattern is tried on words in upper case with one space between them, comments left out. */
const RULES: readonly Rule[] = [
  {
    rule: 'mutation',
    level: 'warning',
    pattern: /^(ALTER TABLE .* (UPDATE|DELETE WHERE|MODIFY COLUMN|RENAME COLUMN|MATERIALIZE)\b|DELETE FROM |UPDATE )/,
    message:
      'every part of the table that it reaches is written again, which loads disks and takes as long as it takes',
    instead: 'write new rows, or do it while little else runs',
  },
  {
    rule: 'drop-table',
    level: 'warning',
    pattern: /^(DROP|DETACH) (?!FUNCTION|VIEW|USER|ROLE|INDEX|POLICY|QUOTA|ROW)/,
    message: 'the data is gone',
    instead: 'RENAME TABLE first, drop it in a later file',
  },
  {
    rule: 'drop-column',
    level: 'warning',
    pattern: /^ALTER TABLE .* (DROP COLUMN|CLEAR COLUMN|DROP PARTITION|DROP PART)\b/,
    message: 'the data is gone, and an application that still names it fails',
    instead: 'drop it when no running version uses it any more',
  },
  {
    rule: 'truncate',
    level: 'warning',
    pattern: /^TRUNCATE /,
    message: 'the data is gone',
    instead: 'say why with -- stackctl: allow=truncate',
  },
  {
    rule: 'optimize',
    level: 'warning',
    pattern: /^OPTIMIZE .* FINAL\b/,
    message: 'merges all parts of the table into one, however large they are',
    instead: 'leave it to the merges of the server',
  },
  {
    rule: 'populate',
    level: 'warning',
    pattern: /^CREATE MATERIALIZED VIEW .* POPULATE\b/,
    message: 'rows that are inserted meanwhile are missing in the view',
    instead: 'make the view without it and fill it with INSERT … SELECT up to a known moment',
  },
  {
    rule: 'on-cluster',
    level: 'warning',
    pattern: / ON CLUSTER /,
    message: 'a node that is away gets it later or not at all, and stackctl sees one node',
    instead: 'look at system.distributed_ddl_queue when it has run',
  },
];

/** What hurts a table that is large or in use. Pure. */
export function lintClickhouse(statements: readonly SqlPiece[]): readonly LintFinding[] {
  return statements.flatMap(({ text, offset }) => {
    const words = wordsOf(text);
    return RULES.flatMap(({ pattern, ...rule }) => (pattern.test(words) ? [{ ...rule, offset }] : []));
  });
}

function wordsOf(text: string): string {
  const tokens = [...lexerOf(text)(0)].filter(isSignificant);
  return tokens
    .map(({ type, start, end }) => (type === 'text' ? "'…'" : text.slice(start, end).toUpperCase()))
    .join(' ');
}
