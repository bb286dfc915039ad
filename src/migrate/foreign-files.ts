/**
 * Files that were written for another tool. Run as they are, their down parts would run too: they are refused, with what to
 * do about them. A comment that only speaks of such a tool is no mark of it.
 */
import type { SqlDialect, SqlMistake } from '../stack/contract/migrate.ts';
import type { MigrationFolder } from '../stack/contract/migration-folder.ts';
import type { Problem } from '../stack/source/problem.ts';
import { flywayName } from './import/flyway-names.ts';

interface MarkedFiles {
  readonly tool: string;
  /** Matches the whole of a comment that only this tool reads. */
  readonly mark: RegExp;
  readonly next: string;
}

const IMPORT = 'move it to a folder of its own, and `stackctl migrate import` with that folder converts it';

const MARKED: readonly MarkedFiles[] = [
  { tool: 'dbmate', mark: /^--\s*migrate:(?:up|down)(?:\s.*)?$/, next: IMPORT },
  {
    tool: 'goose',
    mark: /^--\s*\+goose\s+(?:up|down|statementbegin|statementend|no transaction|envsub (?:on|off))\s*$/i,
    next: IMPORT,
  },
  { tool: 'sql-migrate', mark: /^-- \+migrate (?:Up|Down|StatementBegin|StatementEnd)\b.*$/, next: IMPORT },
  {
    tool: 'MyBatis Migrations',
    mark: /^--\s*\/\/\s*@UNDO\s*$/i,
    next: 'write "-- stackctl: down" in the place of this line',
  },
  // The line above the first part changes nothing: "-- Up Migration" may be a title of somebody's own.
  {
    tool: 'node-pg-migrate',
    mark: /^--[\s-]*down\s+migration\s*$/i,
    next: 'write "-- stackctl: down" in the place of this line',
  },
  {
    tool: 'Liquibase',
    mark: /^--\s*liquibase\s+formatted\s+sql\b.*$/i,
    next: 'make a file of each changeset, with what its --rollback lines say below "-- stackctl: down"',
  },
];

/** Words that some mark holds: most files have none of them and need not be read for their comments. */
const SUSPECT = /^[ \t]*--.*(?:migrat|goose|undo|liquibase)/im;

/** The first mark of another tool in the comments of a file. Pure. */
export function foreignMark(text: string, sql: SqlDialect): SqlMistake | undefined {
  if (!SUSPECT.test(text)) return undefined;
  for (const { text: comment, offset } of sql.split(text).comments) {
    const line = comment.trimEnd();
    const found = MARKED.find(({ mark }) => mark.test(line));
    if (found !== undefined)
      return {
        offset,
        message: `"${line}" is a mark of ${found.tool}, and such a file does not run as it is: ${found.next}`,
      };
  }
  return undefined;
}

/** What a file is whose name no file of stackctl can have. Pure. */
export function foreignName(name: string): string | undefined {
  const found = flywayName(name);
  return found !== undefined && found.type !== 'callback'
    ? `this is a file of Flyway, which does not run as it is: ${IMPORT}`
    : undefined;
}

const HALF = /(?<title>[^/\\]+)\.(?<part>up|down)\.sql$/;

/** Whether the folder has down files, so that its files with `.up.sql` and `.down.sql` belong together. Pure. */
export function hasDownFiles(names: readonly string[]): boolean {
  return names.some((name) => name.endsWith('.down.sql') && HALF.test(name));
}

/** A half of a pair. Its two files have one version: none of them must get another number. */
export function foreignHalf(path: string): SqlMistake | undefined {
  const { title, part } = HALF.exec(path)?.groups ?? {};
  if (title === undefined) return undefined;
  const what = part === 'up' ? `half of a pair with ${title}.down.sql` : `what takes ${title}.up.sql back`;
  return { offset: 0, message: `this is a file of golang-migrate, ${what}, and does not run as it is: ${IMPORT_PAIR}` };
}

const IMPORT_PAIR =
  'move both to a folder of their own, and `stackctl migrate import` with that folder makes one file of the two';

/**
 * A tool that has a folder for each migration. Nothing in such a folder is read, and nothing would say so where there is no
 * other file. Pure.
 */
export function foreignFolders({ folder, files, others }: MigrationFolder): readonly Problem[] {
  const name = files.length > 0 ? undefined : others.find((other) => FOLDER.test(other));
  if (name === undefined) return [];
  const tool = /^\d{14}_/.test(name) ? 'Prisma' : 'Diesel';
  return [{ file: `${folder}/${name}`, field: '', message: `this is a folder of ${tool}, and ${COPY}` }];
}

/** `20260102150405_title/` and `2026-01-02-150405_title/`. */
const FOLDER = /^(?:\d{14}_|\d{4}-\d\d-\d\d-\d{6}_).*\/$/;
const COPY =
  'migrations in folders are not read: copy what each one does to a file of its own here, e.g. 20260102150405_title.sql';
