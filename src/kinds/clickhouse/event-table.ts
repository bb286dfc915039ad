/** Whether the table of a traffic store is there, and its column can hold the id of an event. Asked before anything is sent. */
import { fieldsWithoutColumn, whatIsThere } from '../../stack/source/near-names.ts';
import type { Mistake } from '../../stack/source/zod-problems.ts';
import { namedTable, type OwnTarget } from './named-table.ts';

export interface EventTable {
  /** Database and name, or the name alone, which is in the service's own database. */
  readonly table: readonly string[];
  readonly idColumn: string;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** @param written the table as the profile names it. */
export async function checkEventTable(
  target: OwnTarget,
  { table, idColumn }: EventTable,
  written: string,
  signal: AbortSignal,
): Promise<readonly Mistake[]> {
  const found = await columnsOf(target, table, signal);
  if ('mistake' in found) return [found.mistake];
  const column = found.columns.find((one) => one.name === idColumn);
  if (column === undefined) {
    const text = `the table ${written} has no column ${idColumn}; names are taken exactly as they are written`;
    const there = found.columns.map((one) => [one.name]);
    return [mistake('idColumn', `${text}: ${whatIsThere([idColumn], there)}`)];
  }
  if (holdsIds(column.type)) return [];
  const text = `the column ${idColumn} is ${column.type} and cannot hold the id of an event, a UUID`;
  return [mistake('idColumn', `${text}: name one of type UUID or String`)];
}

/** Whether events can be stored in a table: every field of theirs must be a column. */
export async function checkSinkTable(
  target: OwnTarget,
  {
    parts,
    written,
    fields,
  }: { readonly parts: readonly string[]; readonly written: string; readonly fields: readonly string[] },
  signal: AbortSignal,
): Promise<readonly Mistake[]> {
  const found = await columnsOf(target, parts, signal);
  if ('mistake' in found) return [found.mistake];
  const there = found.columns.map(({ name }) => [name]);
  return fieldsWithoutColumn(written, fields, there);
}

async function columnsOf(
  target: OwnTarget,
  table: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly columns: readonly Column[] } | { readonly mistake: Mistake }> {
  const { name, database, ask } = namedTable(target, table);
  const columns = await ask<Column>(
    'SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {name:String} ORDER BY position',
    signal,
  );
  if (columns.length > 0) return { columns };
  const there = await ask<{ readonly database: string; readonly name: string }>(
    `SELECT database, name FROM system.tables WHERE NOT is_temporary
     AND lower(database) NOT IN ('system', 'information_schema') AND name NOT LIKE 'stackctl_migrations%' ORDER BY database, name`,
    signal,
  );
  const names = there.map((one) => (one.database === target.database ? [one.name] : [one.database, one.name]));
  const text = `the database ${database} has no table ${name}; names are taken exactly as they are written`;
  return { mistake: mistake('table', `${text}: ${whatIsThere(table, names)}`) };
}

function mistake(setting: keyof EventTable, message: string): Mistake {
  return { path: [setting], part: 'value', message };
}

/** `LowCardinality(Nullable(String))` is a String. */
function holdsIds(type: string): boolean {
  const inner = /^(?:LowCardinality|Nullable)\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined) return holdsIds(inner);
  const fixed = /^FixedString\((\d+)\)$/.exec(type)?.[1];
  return type === 'String' || type === 'UUID' || (fixed !== undefined && Number(fixed) >= 36);
}
