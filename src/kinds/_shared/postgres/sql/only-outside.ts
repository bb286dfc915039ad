import type { SqlPiece } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from './refused-statements.ts';

/**
 * Statements that the server refuses inside a transaction whatever they are about. A procedure may be one too (CALL), which only
 * the server knows. For files of tools that have no mark for it; of our own files the server says it itself. Pure.
 */
export function onlyOutside({ text }: Pick<SqlPiece, 'text'>): boolean {
  if (!SUSPECT.test(text)) return false;
  const words = leadingWords(text);
  const detaches = words.startsWith('ALTER TABLE ') && /\bDETACH\s+PARTITION\b.*\bCONCURRENTLY$/is.test(text);
  return detaches || OUTSIDE.some((pattern) => pattern.test(words));
}

const SUSPECT = /^(?:CREATE|DROP|ALTER|REINDEX|VACUUM|DISCARD)\b/i;

const OUTSIDE: readonly RegExp[] = [
  /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY\b/,
  /^DROP INDEX CONCURRENTLY\b/,
  /^REINDEX (?:.* )?(?:CONCURRENTLY|SCHEMA|DATABASE|SYSTEM)\b/,
  /^VACUUM\b/,
  /^DISCARD ALL\b/,
  /^ALTER SYSTEM\b/,
  /^(?:CREATE|DROP) (?:DATABASE|TABLESPACE)\b/,
  /^(?:CREATE|DROP) SUBSCRIPTION\b/,
];
