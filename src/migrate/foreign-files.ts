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
  /** It means something only above a statement. */
  readonly onlyAbove?: true;
  readonly next: string;
}

const IMPORT = 'move it to a folder of its own, and `stackctl migrate import` with that folder converts it';

const IN_ITS_PLACE = 'write "-- stackctl: down" in the place of this line';
const WITHOUT_BEGIN = 'and take BEGIN and COMMIT out';
const ONE_DOWN =
  'take the marks out, and write what takes the file back at its end, below one line "-- stackctl: down"';

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
    mark: /^(?:--|\/\/)[\s/]*@UNDO\s*$/i,
    next: IN_ITS_PLACE,
  },
  // The line above the first part changes nothing: "-- Up Migration" may be a title of somebody's own.
  {
    tool: 'node-pg-migrate',
    mark: /^--[\s-]*down\s+migration\s*$/i,
    next: IN_ITS_PLACE,
  },
  { tool: 'tern', mark: /^--[\s-]*create\s+above\s*\/\s*drop\s+below[\s-]*$/i, next: IN_ITS_PLACE },
  // The title of a part that is commented out changes nothing.
  {
    tool: 'shmig',
    mark: /^--\s*={2,}\s*down\s*={2,}\s*$/i,
    onlyAbove: true,
    next: `${IN_ITS_PLACE}, ${WITHOUT_BEGIN}`,
  },
  { tool: 'rambler', mark: /^--\s*rambler\s+(?:up|down)\s*$/i, next: ONE_DOWN },
  { tool: 'micrate', mark: /^--\s*\+micrate\s+(?:up|down|statementbegin|statementend)\s*$/i, next: ONE_DOWN },
  { tool: 'Play', mark: /^(?:--|#)[\s-]*!(?:ups|downs)\s*$/i, next: ONE_DOWN },
  {
    tool: 'Liquibase',
    mark: /^--\s*liquibase\s+formatted\s+sql\b.*$/i,
    next: 'make a file of each changeset, with what its --rollback lines say below "-- stackctl: down"',
  },
];

/** Words that some mark holds: most files have none of them and need not be read for their comments. */
const SUSPECT = /(?:--|\/\/|#).*(?:migrat|goose|undo|liquibase|drop\s+below|=\s*down|rambler|micrate|!ups|!downs)/i;

/** The first mark of another tool in the comments of a file. Pure. */
export function foreignMark(text: string, sql: SqlDialect): SqlMistake | undefined {
  if (!SUSPECT.test(text)) return undefined;
  const { comments, statements } = sql.split(text);
  const last = statements.at(-1)?.offset ?? 0;
  for (const { text: comment, offset } of comments) {
    const line = comment.trimEnd();
    const found = MARKED.find(({ mark, onlyAbove }) => mark.test(line) && (onlyAbove !== true || offset < last));
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

/** A tool that has a folder for each migration. Nothing in such a folder is read, and nothing else would say so. Pure. */
export function foreignFolders({ folder, others }: MigrationFolder): readonly Problem[] {
  const name = others.find((other) => FOLDER.test(other));
  if (name === undefined) return [];
  const tool = /^\d{14}_/.test(name) ? 'Prisma' : 'Diesel';
  const message = `this is a folder of ${tool}, and ${COPY}`;
  return [{ file: `${folder}/${name}`, line: 1, column: 1, field: '', message }];
}

/** `20260102150405_title/` and `2026-01-02-150405_title/`. */
const FOLDER = /^(?:\d{14}_|\d{4}-\d\d-\d\d-\d{6}_).*\/$/;
const COPY =
  'migrations in folders are not read: copy what each one does to a file of its own here, e.g. 20260102150405_title.sql, and move the folders away';
