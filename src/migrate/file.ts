import { createHash } from 'node:crypto';
import { defined } from '../lib/defined.ts';
import type { TextMistake } from '../lib/source-text.ts';
import { type PlaceFinder, placeFinder } from '../lib/text-place.ts';
import type { MigrationStatement, SqlDialect, SqlMistake, SqlPiece } from '../stack/contract/migrate.ts';
import type { Problem } from '../stack/source/problem.ts';
import { readHeader } from './header.ts';
import { lenientChecksums } from './lenient-checksums.ts';

/** A migration file without mistakes. */
export interface MigrationFile {
  /** File name without `.sql`: its identity in the ledger. */
  readonly name: string;
  readonly path: string;
  readonly version: bigint;
  /** SHA-256 of the text with LF line ends, hexadecimal. */
  readonly checksum: string;
  /** Checksums that a ledger may have of this text from the time when the file was not UTF-8. */
  readonly lenientChecksums: readonly string[];
  readonly statements: readonly MigrationStatement[];
  readonly transactional: boolean;
  readonly lockTimeoutMs: number;
  readonly requires: readonly string[];
  /** May be left out where the server lacks what it requires. */
  readonly optional: boolean;
}

export interface FileRules {
  readonly sql: SqlDialect;
  /** The server has no transactional DDL. */
  readonly withoutTransactions: boolean;
}

export type ReadFile =
  | { readonly ok: true; readonly file: MigrationFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Long enough for the locks of a busy table, short enough for the sessions that queue behind the migration. */
const LOCK_TIMEOUT_MS = 2000;

/** A file as it was read from the disk. */
export interface FileSource {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  /** It is not UTF-8. */
  readonly mistake?: TextMistake | undefined;
}

/** Reads one migration file. Never throws for its content: mistakes are problems. Pure. */
export function readMigration({ name: file, path, text: raw, mistake }: FileSource, rules: FileRules): ReadFile {
  if (mistake !== undefined) return { ok: false, problems: [{ file: path, field: '', ...mistake }] };
  const text = normalized(raw);
  const placeOf = placeFinder(text);
  const name = file.replace(/\.sql$/, '');
  const split = rules.sql.split(text);
  const { header, mistakes } = readHeader(split.comments, split.statements[0]?.offset ?? text.length);
  const transactional = !rules.withoutTransactions && header.transaction !== false;
  const found: readonly SqlMistake[] = [
    ...split.mistakes,
    ...mistakes,
    ...(header.transaction === true && rules.withoutTransactions ? [NO_TRANSACTIONS] : []),
    ...(rules.sql.refused?.(split.statements, transactional) ?? []),
    ...(split.statements.length === 0 && split.mistakes.length === 0 ? [EMPTY] : []),
  ];
  const version = /^(\d+)_[\w.-]+$/.exec(name)?.[1];
  const problems = [
    ...(version === undefined ? [{ file: path, field: '', message: NAME_RULE }] : []),
    ...found.map(({ offset, message }) => ({ file: path, ...placeOf(offset), field: '', message })),
  ];
  if (version === undefined || problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    file: {
      name,
      path,
      version: BigInt(version),
      checksum: createHash('sha256').update(text).digest('hex'),
      lenientChecksums: lenientChecksums(text),
      statements: split.statements.map((piece) => placed(piece, placeOf)),
      transactional,
      lockTimeoutMs: header.lockTimeoutMs ?? (transactional ? LOCK_TIMEOUT_MS : 0),
      requires: header.requires,
      optional: header.optional,
    },
  };
}

const NAME_RULE = 'the name must be a number, an underscore and a title: 0001_events.sql or 20260102150405_events.sql';
const EMPTY: SqlMistake = { offset: 0, message: 'there is no statement in this file' };
const NO_TRANSACTIONS: SqlMistake = {
  offset: 0,
  message: 'transaction=true: this server has no transactions for schemas',
};

function placed({ text, offset, copyData }: SqlPiece, placeOf: PlaceFinder): MigrationStatement {
  const data = copyData && { text: copyData.text, line: placeOf(copyData.offset).line };
  return { text, ...placeOf(offset), ...defined({ copyData: data }) };
}

/** Other line ends of a checkout, or the byte order mark of an editor, are not a change. */
function normalized(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}
