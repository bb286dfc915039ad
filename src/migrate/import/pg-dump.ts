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
  const all = linesOf(file);
  const lines = all.filter(({ text }) => !FOR_PSQL.test(text));
  const { statements } = statementsIn(lines, sql);
  const placeOf = lineFinder(lines);
  const draft: Draft = {
    version: '0001',
    title: 'baseline',
    sources: [file.name],
    up: { lines, transaction: undefined },
    down: { lines: [], transaction: undefined },
    notes: ownersNote(statements.map(({ text }) => text)),
  };
  const problems = statements.flatMap(({ text, offset }) => {
    const message = statementMistake(text);
    const place = message === undefined ? undefined : placeOf(offset);
    return message === undefined || place === undefined ? [] : [problemAt(place.line, message, place.column)];
  });
  return { migrations: [draft], problems: [...connects(all), ...problems], notes: [] };
}

/** Why no migration can be made of the file at all. */
function whole({ text }: SourceFile): string | undefined {
  if (CUSTOM.test(text))
    return 'a dump in the custom format: make a plain file of it by `pg_restore --file=dump.sql FILE`';
  if (/^-- PostgreSQL database cluster dump/m.test(text.slice(0, 4096)))
    return 'a dump of a whole server by pg_dumpall: take one of a single database by `pg_dump`';
  return undefined;
}

/** `\restrict` guards psql alone; where `\connect` leads is said by `connects`. */
const FOR_PSQL = /^\\(?:(?:un)?restrict|c|connect)\b/;

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
