/** Whether the table of a traffic store is there, and its column can hold the id of an event. Asked before anything is sent. */
import type { Client } from 'pg';
import { quoteQualified } from '../../../clients/postgres/identifier.ts';
import { fieldsWithoutColumn, whatIsThere } from '../../../stack/source/near-names.ts';
import type { Mistake } from '../../../stack/source/zod-problems.ts';

export interface EventTable {
  /** Schema and name, or the name alone, which the search path finds. */
  readonly table: readonly string[];
  readonly idColumn: string;
}

/** @param written the table as the profile names it. */
export async function checkEventTable(
  client: Client,
  { table, idColumn }: EventTable,
  written: string,
): Promise<readonly Mistake[]> {
  const found = await findRelation(client, table);
  if (found === undefined) return [await noTable(client, table, written)];
  if (!READABLE.has(found.kind)) return [mistake('table', `${written} is no table and no view`)];
  const column = await findColumn(client, found.oid, idColumn);
  if (column === undefined) {
    const there = await columns(client, found.oid);
    const text = `the table ${written} has no column ${idColumn}; names are taken exactly as they are written`;
    return [mistake('idColumn', `${text}: ${whatIsThere([idColumn], there)}`)];
  }
  return column.holdsIds ? [] : [mistake('idColumn', cannotHold(idColumn, column.type))];
}

/** Whether events can be stored in a table: every field of theirs must be a column. */
export async function checkSinkTable(
  client: Client,
  {
    parts,
    written,
    fields,
  }: { readonly parts: readonly string[]; readonly written: string; readonly fields: readonly string[] },
): Promise<readonly Mistake[]> {
  const found = await findRelation(client, parts);
  if (found === undefined) return [await noTable(client, parts, written)];
  if (!WRITABLE.has(found.kind)) return [mistake('table', `${written} is no table that COPY can write to`)];
  return fieldsWithoutColumn(written, fields, await columns(client, found.oid));
}

async function noTable(client: Client, table: readonly string[], written: string): Promise<Mistake> {
  const there = await relations(client);
  const text = `the database ${client.database} has no table ${written}; names are taken exactly as they are written`;
  return mistake('table', `${text}: ${whatIsThere(table, there)}`);
}

function mistake(setting: keyof EventTable, message: string): Mistake {
  return { path: [setting], part: 'value', message };
}

function cannotHold(name: string, type: string): string {
  return `the column ${name} is ${type} and cannot hold the id of an event, a UUID: name one of type uuid or text`;
}

/** relkind of tables, partitioned and foreign ones, views and materialized views. */
const READABLE: ReadonlySet<string> = new Set(['r', 'p', 'f', 'v', 'm']);
/** Of these, the ones that COPY stores rows in; a view may have a trigger for it, and says so then. */
const WRITABLE: ReadonlySet<string> = new Set(['r', 'p', 'f', 'v']);

interface Relation {
  readonly oid: number;
  readonly kind: string;
}

/** As a statement would find it: along the search path, and a name of more than 63 bytes cut off as the server does it. */
export async function findRelation(client: Client, table: readonly string[]): Promise<Relation | undefined> {
  const { rows } = await client.query<Relation>(
    'select oid::int8::float8 as oid, relkind as kind from pg_class where oid = to_regclass($1)',
    [quoteQualified(table)],
  );
  return rows[0];
}

async function relations(client: Client): Promise<readonly (readonly string[])[]> {
  const { rows } = await client.query<{ schema: string; name: string; visible: boolean }>(
    `select n.nspname as schema, c.relname as name, pg_table_is_visible(c.oid) as visible
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = any ($1) and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'stackctl')
       and n.nspname not like '\\_timescaledb%' and n.nspname not like 'timescaledb\\_%'
     order by 1, 2`,
    [[...READABLE]],
  );
  return rows.map(({ schema, name, visible }) => (visible ? [name] : [schema, name]));
}

/** The type below domains; a length of 36 characters at least where it has one. */
export async function findColumn(client: Client, oid: number, name: string) {
  const { rows } = await client.query<{ type: string; isUuid: boolean; holdsIds: boolean }>(
    `with recursive types as (
       select atttypid as type, atttypmod as modifier from pg_attribute
       where attrelid = $1 and attname = $2::name and attnum > 0 and not attisdropped
       union all
       select t.typbasetype, t.typtypmod from types join pg_type t on t.oid = types.type and t.typtype = 'd')
     select format_type(first.atttypid, first.atttypmod) as type, t.oid = 'uuid'::regtype as "isUuid",
            t.oid = 'uuid'::regtype or (t.typcategory = 'S' and t.oid <> '"char"'::regtype
              and (types.modifier < 0 or types.modifier - 4 >= 36)) as "holdsIds"
     from types join pg_type t on t.oid = types.type and t.typtype <> 'd'
     join pg_attribute first on first.attrelid = $1 and first.attname = $2::name`,
    [oid, name],
  );
  return rows[0];
}

export async function columns(client: Client, oid: number): Promise<readonly (readonly string[])[]> {
  const { rows } = await client.query<{ name: string }>(
    'select attname as name from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped order by attnum',
    [oid],
  );
  return rows.map(({ name }) => [name]);
}
