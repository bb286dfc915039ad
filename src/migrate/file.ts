import { sha256 } from '../lib/sha256.ts';
import type { SourceText } from '../lib/source-text.ts';
import type { MigrationSource } from '../stack/contract/migration-folder.ts';
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
  lenientChecksums(): readonly string[];
  /** As the server gets it. */
  text(): string;
  content(): ReadContent;
  /** Why it must not run, by its name and those beside it, whatever stands in it. */
  readonly refusal?: string | undefined;
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

/** What is known of a file beside its name. */
export interface Known {
  readonly checksum: string;
  readonly refusal?: string | undefined;
}

/** Identifies one migration file by its name and its bytes. Its content is not read yet. Pure. */
export function readMigration({ name, path, text, mistake, refusal }: FileSource, rules: FileRules): ReadFile {
  if (mistake !== undefined) return { ok: false, problems: [{ file: path, field: '', ...mistake }] };
  const source = { name, path, read: () => ({ text, mistake }) };
  return knownMigration(source, { checksum: checksumOf(text), refusal }, rules);
}

/** As `readMigration`, by what is known: the file is read when it is asked what it says. */
export function knownMigration(source: Source, known: Known, rules: FileRules): ReadFile {
  const { name: file, path } = source;
  const name = file.endsWith('.sql') ? file.slice(0, -'.sql'.length) : file;
  const version = /^(\d+)_[\w.-]+$/.exec(name)?.[1];
  if (version === undefined) return { ok: false, problems: [wrongName(file, path)] };
  return { ok: true, file: new KnownMigration({ name, version: BigInt(version), source, known, rules }) };
}

type Source = Pick<MigrationSource, 'name' | 'path' | 'read'>;

interface Parts {
  readonly name: string;
  readonly version: bigint;
  readonly source: Source;
  readonly known: Known;
  readonly rules: FileRules;
}

/** A class, so that thousands of files share their functions. */
class KnownMigration implements MigrationFile {
  readonly name: string;
  readonly path: string;
  readonly version: bigint;
  readonly checksum: string;
  readonly refusal: string | undefined;
  private readonly source: Source;
  private readonly rules: FileRules;
  private read: ReadContent | undefined;

  constructor({ name, version, source, known, rules }: Parts) {
    this.name = name;
    this.path = source.path;
    this.version = version;
    this.checksum = known.checksum;
    this.refusal = known.refusal;
    this.source = source;
    this.rules = rules;
  }

  text(): string {
    return asWritten(this.source.read().text);
  }

  lenientChecksums(): readonly string[] {
    return lenientChecksums(withLf(this.source.read().text));
  }

  content(): ReadContent {
    this.read ??= this.readNow();
    return this.read;
  }

  private readNow(): ReadContent {
    const { path, refusal, checksum, rules } = this;
    if (refusal !== undefined) return { ok: false, problems: [atTop(path, refusal)] };
    const { text } = this.source.read();
    // The ledger gets the checksum: what is run must be the text that has it.
    if (checksumOf(text) !== checksum) return { ok: false, problems: [{ file: path, field: '', message: CHANGED }] };
    return readContent(path, asWritten(text), rules);
  }
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
