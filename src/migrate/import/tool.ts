/** What each file of this folder knows: one other tool, how its files are recognised and what they mean. */
import type { TextMistake } from '../../lib/source-text.ts';
import type { SqlDialect } from '../../stack/contract/migrate.ts';
import type { Problem } from '../../stack/source/problem.ts';

export interface ForeignTool {
  /** As its makers spell it, in lower case: the value of `--from`. */
  readonly name: string;
  /** Whether any of the files is one of this tool. Pure. */
  recognise(files: readonly SourceFile[]): boolean;
  /** Reads all files of this tool, in the order in which the tool runs them. Pure. */
  convert(files: readonly SourceFile[], sql: SqlDialect): Conversion;
}

/** A file of the folder that is imported. */
export interface SourceFile {
  /** Below the folder, with slashes. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  /** It is not UTF-8: `text` is not what stands there. */
  readonly mistake?: TextMistake | undefined;
}

export interface Conversion {
  readonly migrations: readonly Draft[];
  /** What keeps all of it from being imported. */
  readonly problems: readonly Problem[];
  /** What is left out or means something else, in sentences. */
  readonly notes: readonly string[];
}

/** One migration as the tool understands it, without the tool's marks. */
export interface Draft {
  /** As the tool spells it, e.g. `2.1`. */
  readonly version: string;
  readonly title: string;
  /** Names of the files that it comes from. */
  readonly sources: readonly string[];
  readonly up: DraftPart;
  /** Without lines where there is none. */
  readonly down: DraftPart;
  readonly notes: readonly string[];
}

export interface DraftPart {
  readonly lines: readonly SourceLine[];
  /** Undefined: the tool has no mark for it, and the statements decide. */
  readonly transaction: boolean | undefined;
}

/** A line and where it stands, so that what is found in the converted text has its place in the original. */
export interface SourceLine {
  readonly text: string;
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** The lines of a file, without their ends. */
export function linesOf({ text, path }: Pick<SourceFile, 'text' | 'path'>): readonly SourceLine[] {
  return text.split(/\r?\n/).map((line, index) => ({ text: line, path, line: index + 1 }));
}

export function textOf(lines: readonly SourceLine[]): string {
  return lines.map(({ text }) => text).join('\n');
}

/** A problem at the start of a line. */
export function problemAt({ path, line }: Omit<SourceLine, 'text'>, message: string, column = 1): Problem {
  return { file: path, line, column, field: '', message };
}

/** Files directly in the folder that end with `.sql`. */
export function sqlFilesOf(files: readonly SourceFile[]): readonly SourceFile[] {
  return files.filter(({ name }) => !name.includes('/') && /\.sql$/i.test(name));
}
