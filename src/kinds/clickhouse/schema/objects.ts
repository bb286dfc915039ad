import { byCode } from '../../../lib/by-code.ts';
import { sortByNeeds } from '../../../lib/sort-by-needs.ts';
import type { SchemaObject } from '../../../stack/contract/schema.ts';
import { isSignificant, lexerOf } from '../sql/tokens.ts';
import { tablePlaces } from './table-places.ts';

export interface TableRow {
  readonly database: string;
  readonly name: string;
  readonly engine: string;
  /** As the server prints it: names of tables are qualified, passwords are hidden. */
  readonly statement: string;
}

export interface SchemaRows {
  /** The one whose objects are named without it. */
  readonly database: string;
  readonly tables: readonly TableRow[];
  /** The others. */
  readonly databases: readonly { readonly name: string; readonly engine: string }[];
  readonly functions: readonly { readonly name: string; readonly statement: string }[];
}

const RANK: Readonly<Record<string, number>> = {
  database: 0,
  function: 1,
  table: 2,
  dictionary: 3,
  view: 4,
  'materialized view': 5,
};

/** The objects of a server in an order in which they can be made. Pure. */
export function schemaObjects({ database, tables, databases, functions }: SchemaRows): readonly SchemaObject[] {
  const known = new Map(tables.map((row) => [`${row.database}.${row.name}`, row]));
  const isOwn = (row: TableRow): boolean => row.database === database;
  const made = new Map(tables.map((row) => [row, objectOf(row, database, (name) => known.has(`${database}.${name}`))]));
  const needs = new Map(tables.map((row) => [row, new Set(named(row, known).filter((one) => one !== row))]));
  const compare = (a: TableRow, b: TableRow): number =>
    rankOf(a) - rankOf(b) ||
    Number(isOwn(b)) - Number(isOwn(a)) ||
    byCode(made.get(a)?.name ?? '', made.get(b)?.name ?? '');
  const { sorted } = sortByNeeds(tables, needs, compare);
  const rest = tables.filter((row) => !sorted.includes(row)).toSorted(compare);
  return [
    ...databases.toSorted((a, b) => byCode(a.name, b.name)).map(databaseObject),
    ...functions
      .toSorted((a, b) => byCode(a.name, b.name))
      .map(({ name, statement }) => ({ type: 'function', name, sql: ended(statement) })),
    ...[...sorted, ...rest].flatMap((row) => made.get(row) ?? []),
  ];
}

function databaseObject({ name, engine }: SchemaRows['databases'][number]): SchemaObject {
  const made = engine === 'Atomic' ? '' : ` ENGINE = ${engine}`;
  return { type: 'database', name, sql: `CREATE DATABASE IF NOT EXISTS ${quoted(name)}${made};\n` };
}

function rankOf(row: TableRow): number {
  return RANK[typeOf(row)] ?? 0;
}

function typeOf({ engine }: TableRow): string {
  if (engine === 'MaterializedView') return 'materialized view';
  if (engine === 'Dictionary') return 'dictionary';
  return engine.endsWith('View') ? 'view' : 'table';
}

function objectOf(row: TableRow, own: string, isKnown: (table: string) => boolean): SchemaObject {
  const name = row.database === own ? row.name : `${row.database}.${row.name}`;
  return { type: typeOf(row), name, sql: ended(hidden(withoutDatabase(row.statement, own, isKnown))) };
}

/** Names of the database's own objects without its name: they can then be made in another one. */
function withoutDatabase(statement: string, own: string, isKnown: (table: string) => boolean): string {
  const places = tablePlaces(statement).flatMap(({ database, table }) =>
    database?.text === own && table !== undefined && isKnown(table.text)
      ? [{ from: database.start, to: table.start }]
      : [],
  );
  let text = '';
  let at = 0;
  for (const { from, to } of places) {
    text += statement.slice(at, from);
    at = to;
  }
  return text + statement.slice(at);
}

/** A password in an address, which the server may not know as one. */
function hidden(statement: string): string {
  return statement.replace(/(:\/\/[^\s'"/@:]*:)[^\s'"/@]+@/g, '$1[HIDDEN]@');
}

/** Whose names the statement has: as tables, or in a text (`dictGet('shop.rates', …)`, a dictionary's source). */
function named({ database, statement }: TableRow, known: ReadonlyMap<string, TableRow>): readonly TableRow[] {
  const places = tablePlaces(statement).flatMap((place) =>
    place.table === undefined ? [] : [`${place.database?.text ?? database}.${place.table.text}`],
  );
  const texts = [...lexerOf(statement)(0)]
    .filter((token) => isSignificant(token) && token.type === 'text')
    .map(({ start, end }) => statement.slice(start + 1, end - 1));
  const keys = [...places, ...texts, ...texts.map((text) => `${database}.${text}`)];
  return keys.flatMap((key) => known.get(key) ?? []);
}

function ended(statement: string): string {
  return `${statement.trimEnd()};\n`;
}

function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}
