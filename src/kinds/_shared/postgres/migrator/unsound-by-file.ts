import type { MigrationStatement } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import type { FoundUnsound } from './unsound.ts';

/**
 * Which of the objects that are not valid keep a file from being applied: those that were not there before its first
 * attempt, and indexes that it was to make and has found half made (IF NOT EXISTS). Not what the file itself asks for: a
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

function isByFile({ type, plainName }: FoundUnsound, asked: Asked, isNew: boolean): boolean {
  if (type === 'constraint') return isNew && (!asked.notValid || asked.validated.has(plainName));
  if (type === 'partition') return isNew;
  const isItsOwn = isNew || asked.indexes.has(plainName);
  return type === 'partitionedIndex' ? isItsOwn && !asked.onOnly : isItsOwn;
}

interface Asked {
  /** Names that an index is made with. */
  readonly indexes: ReadonlySet<string>;
  readonly onOnly: boolean;
  readonly notValid: boolean;
  readonly validated: ReadonlySet<string>;
}

function readAsked(statements: readonly MigrationStatement[]): Asked {
  const making = statements.filter(({ text }) => /^CREATE (UNIQUE )?INDEX\b/.test(leadingWords(text)));
  return {
    indexes: new Set(making.flatMap(({ text }) => namesIn(text))),
    onOnly: making.some(({ text }) => /\bON\s+ONLY\b/i.test(text)),
    notValid: statements.some(({ text }) => /\bNOT\s+VALID\b/i.test(text)),
    validated: new Set(
      statements.flatMap(({ text }) =>
        [...text.matchAll(/\bVALIDATE\s+CONSTRAINT\s+("(?:[^"]|"")+"|[\w$]+)/gi)].flatMap(([, name = '']) =>
          namesIn(name),
        ),
      ),
    ),
  };
}

/** Names and words of a statement, as the catalog has them. */
function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"]|"")+)"|[\p{L}_][\p{L}\d_$]*/gu)].map(([word, quoted]) =>
    quoted === undefined ? word.toLowerCase() : quoted.replaceAll('""', '"'),
  );
}
