import { steady } from './steady.ts';
import type { ColumnRow } from './table-rows.ts';
import { optionList, type Table } from './table-text.ts';

/** What a table or one of its columns has that CREATE TABLE does not say. */
export function tableSettings(table: Table): readonly string[] {
  const { name, identity, row_security: secured, force_row_security: forced } = table;
  const added = table.constraints.filter(
    ({ type, valid, local, index_tablespace: space }) => type !== 'f' && valid && local && space !== null,
  );
  return [
    ...table.columns.flatMap((column) => columnSettings(table, column)),
    ...(table.kind === 'r' && !table.is_partition
      ? added.map(({ index, index_tablespace: space }) => `ALTER INDEX ${index} SET TABLESPACE ${space}`)
      : []),
    ...(secured ? [`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`] : []),
    ...(forced ? [`ALTER TABLE ONLY ${name} FORCE ROW LEVEL SECURITY`] : []),
    ...(identity === 'f' ? [`ALTER TABLE ONLY ${name} REPLICA IDENTITY FULL`] : []),
    ...(identity === 'n' ? [`ALTER TABLE ONLY ${name} REPLICA IDENTITY NOTHING`] : []),
  ];
}

const STORAGE: Readonly<Record<string, string>> = { p: 'PLAIN', e: 'EXTERNAL', m: 'MAIN', x: 'EXTENDED' };
const COMPRESSION: Readonly<Record<string, string>> = { p: 'pglz', l: 'lz4' };

/** A server may keep notes of its own among the options of a column (`pg_attver`): those are not part of a schema. */
const SETTABLE = /^n_distinct(_inherited)?=/;

function columnSettings(table: Table, column: ColumnRow): readonly string[] {
  const { storage, compression, statistics } = column;
  const options = column.options.filter((option) => SETTABLE.test(option));
  const alter = `ALTER TABLE ONLY ${table.name} ALTER COLUMN ${column.name}`;
  const { not_null: named } = column;
  const unchecked =
    named?.valid === false
      ? `${named.name === null ? '' : `CONSTRAINT ${named.name} `}NOT NULL ${column.name} NOT VALID`
      : undefined;
  return [
    ...(unchecked === undefined ? [] : [`ALTER TABLE ${table.name} ADD ${unchecked}`]),
    ...inheritedSettings(table, column).map((what) => `${alter} ${what}`),
    ...(storage === null ? [] : [`${alter} SET STORAGE ${STORAGE[storage]}`]),
    ...(compression === null ? [] : [`${alter} SET COMPRESSION ${COMPRESSION[compression]}`]),
    ...(statistics === null ? [] : [`${alter} SET STATISTICS ${statistics}`]),
    ...(options.length === 0 ? [] : [`${alter} SET (${optionList(options)})`]),
  ];
}

/** Where a column that comes from a parent differs from it. */
function inheritedSettings({ is_partition: isPartition }: Table, column: ColumnRow): readonly string[] {
  if (isPartition || column.local || !column.inherited || column.generated !== '') return [];
  const { expression, parent_expressions: given, required, parent_required: bound } = column;
  const isGiven = given.every((one) => one === expression);
  return [
    ...(isGiven ? [] : [expression === null ? 'DROP DEFAULT' : `SET DEFAULT ${steady(expression)}`]),
    ...(required && !bound ? ['SET NOT NULL'] : []),
  ];
}
