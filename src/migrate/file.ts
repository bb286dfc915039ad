import { defined } from '../lib/defined.ts';
import { sha256 } from '../lib/sha256.ts';
import type { SourceText } from '../lib/source-text.ts';
import type { Problem } from '../stack/source/problem.ts';
import { type FileRules, type ReadContent, readContent } from './content.ts';
import { foreignName } from './foreign-files.ts';
import { lenientChecksums } from './lenient-checksums.ts';

/** A migration file as far as the ledger knows it. What it says is read only when it is asked for, and once. */
export interface MigrationFile {
  /** File name without `.sql`: its identity in the ledger. */
  readonly name: string;
  readonly path: string;
  readonly version: bigint;
  /** SHA-256 of the text with LF line ends, hexadecimal. */
  readonly checksum: string;
  /** Checksums that a ledger may have of this text from the time when the file was not UTF-8. */
  readonly lenientChecksums: () => readonly string[];
  /** As the server gets it. */
  readonly text: () => string;
  readonly content: () => ReadContent;
  /** Why it must not run, by its name and those beside it, whatever stands in it. */
  readonly refusal?: string;
}

/** A file as it was read from the disk. */
export interface FileSource extends SourceText {
  readonly name: string;
  readonly path: string;
  readonly refusal?: string | undefined;
}

export type ReadFile =
  | { readonly ok: true; readonly file: MigrationFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A file whose bytes were not read, because they are known. */
export interface KnownSource {
  readonly name: string;
  readonly path: string;
  readonly checksum: string;
  readonly read: () => SourceText;
  readonly refusal?: string | undefined;
}

/** Identifies one migration file by its name and its bytes. Its content is not read yet. Pure. */
export function readMigration({ name, path, text, mistake, refusal }: FileSource, rules: FileRules): ReadFile {
  if (mistake !== undefined) return { ok: false, problems: [{ file: path, field: '', ...mistake }] };
  const read = () => ({ text, mistake });
  return knownMigration({ name, path, checksum: checksumOf(text), read, refusal }, rules);
}

/** As `readMigration`, by what is known: the file is read when it is asked what it says. */
export function knownMigration({ name: file, path, checksum, read, refusal }: KnownSource, rules: FileRules): ReadFile {
  const name = file.endsWith('.sql') ? file.slice(0, -'.sql'.length) : file;
  const version = /^(\d+)_[\w.-]+$/.exec(name)?.[1];
  if (version === undefined) return { ok: false, problems: [wrongName(file, path)] };
  let content: ReadContent | undefined;
  const text = () => asWritten(read().text);
  const contentNow = (): ReadContent => {
    if (refusal !== undefined) return { ok: false, problems: [atTop(path, refusal)] };
    const now = read();
    // The ledger gets the checksum: what is run must be the text that has it.
    if (checksumOf(now.text) !== checksum)
      return { ok: false, problems: [{ file: path, field: '', message: CHANGED }] };
    return readContent(path, asWritten(now.text), rules);
  };
  return {
    ok: true,
    file: {
      name,
      path,
      version: BigInt(version),
      checksum,
      text,
      ...defined({ refusal }),
      lenientChecksums: () => lenientChecksums(withLf(read().text)),
      content: () => {
        content ??= contentNow();
        return content;
      },
    },
  };
}

function wrongName(name: string, path: string): Problem {
  const foreign = foreignName(name);
  if (foreign === undefined) return { file: path, field: '', message: NAME_RULE };
  return atTop(path, foreign);
}

/** About the file as a whole. */
export function atTop(path: string, message: string): Problem {
  return { file: path, line: 1, column: 1, field: '', message };
}

const CHANGED = 'it was changed while stackctl was at work: run the command again';

function checksumOf(text: string): string {
  return sha256(withLf(text));
}

const NAME_RULE = 'the name must be a number, an underscore and a title: 0001_events.sql or 20260102150405_events.sql';

/** For the checksum: other line ends of a checkout, or the byte order mark of an editor, are not a change. */
function withLf(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

/**
 * For the server. A file whose lines all end with CRLF was checked out that way; a CRLF among lines that end with LF is part
 * of a quoted text, where pg_dump writes it, and stays.
 */
function asWritten(text: string): string {
  return /(?:^|[^\r])\n/.test(text) ? text.replace(/^\uFEFF/, '') : withLf(text);
}
