import { askClickhouse, type ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import { SHADOW_PREFIX } from '../../../lib/shadow-name.ts';
import type { SchemaObject } from '../../../stack/contract/schema.ts';
import { type SchemaRows, schemaObjects, type TableRow } from './objects.ts';

/** Also where a profile says otherwise: passwords are not shown, and tables have no ids. */
const SETTINGS = {
  readonly: 2,
  format_display_secrets_in_show_and_select: 0,
  show_table_uuid_in_table_create_query_if_not_nil: 0,
};

/**
 * The schema of the target's database; the other databases of the server, with their objects; and its functions. Passwords
 * of dictionaries and engines are `[HIDDEN]`. @param leftOut databases that are not looked at.
 */
export async function dumpSchema(
  target: ClickhouseTarget & { readonly database: string },
  leftOut: readonly string[],
  signal: AbortSignal,
): Promise<readonly SchemaObject[]> {
  const rows = async <Row>(statement: string): Promise<readonly Row[]> =>
    (await askClickhouse<Row>(target, statement, { settings: SETTINGS, signal })).rows;
  const databases = (await rows<SchemaRows['databases'][number]>(DATABASES)).filter(
    ({ name }) => name === target.database || !(name.startsWith(SHADOW_PREFIX) || leftOut.includes(name)),
  );
  const names = new Set(databases.map(({ name }) => name));
  const tables = await rows<TableRow>(TABLES);
  return schemaObjects({
    database: target.database,
    // `default` is in every server.
    databases: databases.filter(({ name }) => name !== target.database && name !== 'default'),
    tables: tables.filter(({ database }) => names.has(database)),
    functions: await rows(FUNCTIONS),
  });
}

const DATABASES = `SELECT name, engine FROM system.databases WHERE lower(name) NOT IN ('system', 'information_schema')`;

/** Inner tables come with their view. */
const TABLES = `
  SELECT database, name, engine, formatQuery(create_table_query) AS statement FROM system.tables
  WHERE lower(database) NOT IN ('system', 'information_schema') AND NOT is_temporary AND create_table_query != ''
    AND NOT startsWith(name, '.inner') AND NOT match(name, '^stackctl_migration(s|s_lock.*|_events)$')`;

const FUNCTIONS = `SELECT name, formatQuery(create_query) AS statement FROM system.functions WHERE origin = 'SQLUserDefined'`;
