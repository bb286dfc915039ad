import type { SqlDialect } from '../../stack/contract/migrate.ts';
import type { Problem } from '../../stack/source/problem.ts';
import { lineFinder, statementsIn } from './statements.ts';
import {
  type Conversion,
  type Draft,
  type ForeignTool,
  linesOf,
  problemAt,
  type SourceFile,
  type SourceLine,
} from './tool.ts';

/** A plain file of pg_dump: one migration that comes before all others. */
export const PG_DUMP: ForeignTool = {
  name: 'pg_dump',
  recognise: (files) => files.some(isDump),
  convert: (files, sql) => {
    const [dump, ...more] = files.filter(isDump);
    if (dump === undefined) return { migrations: [], problems: [], notes: [] };
    return { ...convertDump(dump, sql), ...(more.length === 0 ? {} : { problems: more.map(anotherDump) }) };
  },
};

const HEAD = /^-- PostgreSQL database (?:cluster )?dump\r?$/m;
const CUSTOM = /^PGDMP/;

function isDump({ name, text }: SourceFile): boolean {
  return CUSTOM.test(text) || (/\.(?:sql|dump)$/i.test(name) && HEAD.test(text.slice(0, 4096)));
}

function convertDump(file: SourceFile, sql: SqlDialect): Conversion {
  const refused = whole(file);
  if (refused !== undefined)
    return { migrations: [], problems: [problemAt({ path: file.path, line: 1 }, refused)], notes: [] };
  const all = dumpLines(file);
  const commands = psqlLines(all, sql);
  const limits = limitLines(without(all, commands), sql);
  const lines = without(all, [...commands, ...limits]);
  const { statements } = statementsIn(lines, sql);
  const placeOf = lineFinder(lines);
  const draft: Draft = {
    version: '0001',
    title: 'baseline',
    sources: [file.name],
    up: { lines, transaction: undefined },
    down: { lines: [], transaction: undefined },
    notes: [...(limits.length === 0 ? [] : [NO_LIMIT]), ...ownersNote(statements.map(({ text }) => text))],
  };
  const problems = statements.flatMap(({ text, offset }) => {
    const message = statementMistake(text);
    const place = message === undefined ? undefined : placeOf(offset);
    return message === undefined || place === undefined ? [] : [problemAt(place.line, message, place.column)];
  });
  return { migrations: [draft], problems: [...connects(commands), ...problems], notes: [] };
}

/** Why no migration can be made of the file at all. */
function whole({ text }: SourceFile): string | undefined {
  if (CUSTOM.test(text))
    return 'a dump in the custom format: make a plain file of it by `pg_restore --file=dump.sql FILE`';
  if (/^-- PostgreSQL database cluster dump/m.test(text.slice(0, 4096)))
    return 'a dump of a whole server by pg_dumpall: take one of a single database by `pg_dump`';
  return undefined;
}

/** Lines with commands of psql. `\restrict` guards psql alone; where `\connect` leads is said by `connects`. */
const FOR_PSQL = /^\\(?:(?:un)?restrict|c|connect)\b/;

/** A line that begins so within a text or the data of COPY is what the database holds. */
function psqlLines(lines: readonly SourceLine[], sql: SqlDialect): readonly SourceLine[] {
  const { statements } = statementsIn(lines, sql);
  const placeOf = lineFinder(lines);
  const held = new Set(
    statements.flatMap(({ text, offset, copyData }) => {
      const first = (placeOf(offset)?.index ?? 0) + 1;
      const end = copyData === undefined ? offset + text.length : copyData.offset + copyData.text.length;
      return lines.slice(first, (placeOf(end - 1)?.index ?? first) + 1);
    }),
  );
  return lines.filter((line) => FOR_PSQL.test(line.text) && !held.has(line));
}

/**
 * pg_dump takes the limit off its session whatever server the dump is for, and servers before PostgreSQL 17 do not know the
 * setting.
 */
function limitLines(lines: readonly SourceLine[], sql: SqlDialect): readonly SourceLine[] {
  const placeOf = lineFinder(lines);
  return statementsIn(lines, sql).statements.flatMap(({ text, offset }) => {
    const line = /^SET transaction_timeout = 0$/i.test(text) ? placeOf(offset)?.line : undefined;
    return line?.text.trim() === `${text};` ? [line] : [];
  });
}

const NO_LIMIT =
  'SET transaction_timeout = 0 is left out: servers before PostgreSQL 17 do not know it, and no such limit applies to a migration';

function without(lines: readonly SourceLine[], left: readonly SourceLine[]): readonly SourceLine[] {
  const gone = new Set(left);
  return lines.filter((line) => !gone.has(line));
}

/** In a dump a CR is the end of a line only where every line has one: anywhere else it is part of a text. */
function dumpLines(file: SourceFile): readonly SourceLine[] {
  if (!/(?:^|[^\r])\n/.test(file.text)) return linesOf(file);
  return file.text.split('\n').map((text, index) => ({ text, path: file.path, line: index + 1 }));
}

function connects(lines: readonly SourceLine[]): readonly Problem[] {
  const found = lines.filter(({ text }) => /^\\c(?:onnect)?\b/.test(text));
  return found.map((line) => problemAt(line, `this goes to another database: ${WITHOUT_CREATE}`));
}

function statementMistake(text: string): string | undefined {
  if (/^(?:CREATE|DROP|ALTER)\s+DATABASE\b/i.test(text))
    return `the database is made by \`stackctl up\`: ${WITHOUT_CREATE}`;
  if (/^CREATE\s+SCHEMA\s+"?stackctl"?$/i.test(text))
    return "this is stackctl's own ledger: take the dump with --exclude-schema=stackctl";
  return undefined;
}

const WITHOUT_CREATE = 'take the dump without --create';

function ownersNote(statements: readonly string[]): readonly string[] {
  const owners = new Set(statements.flatMap((text) => /^ALTER\s.*\sOWNER\s+TO\s+(\S+)$/is.exec(text)?.[1] ?? []));
  const granted = statements.filter((text) => /^(?:GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES)\b/i.test(text));
  if (owners.size === 0 && granted.length === 0) return [];
  const roles = owners.size === 0 ? '' : ` (${[...owners].join(', ')})`;
  return [
    `it names owners or rights${roles}: these roles must be there; pg_dump --no-owner --no-privileges leaves them out`,
  ];
}

function anotherDump({ path }: SourceFile): Problem {
  return problemAt({ path, line: 1 }, 'a second dump: name the one to import instead of the folder');
}
