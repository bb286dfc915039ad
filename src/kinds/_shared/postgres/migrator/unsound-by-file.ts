import type { MigrationStatement } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import type { FoundUnsound } from './unsound.ts';

/**
 * Which of the objects that are not valid keep a file from being applied: those that were not there before its first
 * attempt, indexes that it was to make and has found half made (IF NOT EXISTS), and constraints that it was to validate. Not what the file itself asks for: a
 * constraint with NOT VALID, an index ON ONLY a partitioned table. Pure.
 * @param before names of what was not valid before the first attempt.
 */
export function unsoundByFile(
  statements: readonly MigrationStatement[],
  found: readonly FoundUnsound[],
  before: readonly string[],
): readonly FoundUnsound[] {
  if (found.length === 0) return [];
  const asked = readAsked(statements);
  return found.filter((object) => isByFile(object, asked, !object.busy && !before.includes(object.name)));
}

function isByFile(object: FoundUnsound, asked: Asked, isNew: boolean): boolean {
  const { type, plainName } = object;
  if (type === 'constraint') return (isNew && !asked.notValid) || asked.validations.some((each) => isOf(object, each));
  if (type === 'partition') return isNew;
  const isItsOwn = isNew || asked.indexes.has(plainName);
  return type === 'partitionedIndex' ? isItsOwn && !asked.onOnly : isItsOwn;
}

interface Asked {
  /** Names that an index is made with. */
  readonly indexes: ReadonlySet<string>;
  readonly onOnly: boolean;
  readonly notValid: boolean;
  readonly validations: readonly Validation[];
}

/** VALIDATE CONSTRAINT, also in the body of a DO block. */
interface Validation {
  readonly constraint: string;
  /** Names that may be the one of its table or domain; undefined: it is put together when the statement runs. */
  readonly owners: readonly string[] | undefined;
}

function isOf({ plainName, owner }: FoundUnsound, { constraint, owners }: Validation): boolean {
  return plainName === constraint && (owners === undefined || owner == null || owners.includes(owner));
}

function readAsked(statements: readonly MigrationStatement[]): Asked {
  const making = statements.filter(({ text }) => /^CREATE (UNIQUE )?INDEX\b/.test(leadingWords(text)));
  return {
    indexes: new Set(making.flatMap(({ text }) => namesIn(text))),
    onOnly:
      making.some(({ text }) => /\bON\s+ONLY\b/i.test(text)) ||
      statements.some(({ text }) => /^ALTER TABLE (IF EXISTS )?ONLY\b/.test(leadingWords(text))),
    notValid: statements.some(({ text }) => /\bNOT\s+VALID\b/i.test(text)),
    validations: statements.flatMap(({ text }) => (VALIDATES.test(leadingWords(text)) ? validationsIn(text) : [])),
  };
}

const VALIDATES = /^(ALTER (TABLE|DOMAIN)|DO)\b/;

function validationsIn(statement: string): readonly Validation[] {
  const text = statement.replace(/--[^\n\r]*/g, ' ');
  return [...text.matchAll(/\bVALIDATE\s+CONSTRAINT\s+("(?:[^"]|"")+"|[\p{L}_][\p{L}\d_$]*)/giu)].flatMap((found) => {
    const [constraint] = namesIn(found[1] ?? '');
    const altered = text.slice(0, found.index).split(/\bALTER\s+(?:TABLE|DOMAIN)\b/i);
    const owner = altered.length > 1 ? altered.at(-1) : undefined;
    const owners = owner === undefined || /[%'|]/.test(owner) ? undefined : namesIn(owner);
    return constraint === undefined ? [] : [{ constraint, owners }];
  });
}

/** Names and words of a statement, as the catalog has them. */
function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"]|"")+)"|[\p{L}_][\p{L}\d_$]*/gu)].map(([word, quoted]) =>
    quoted === undefined ? word.toLowerCase() : quoted.replaceAll('""', '"'),
  );
}
