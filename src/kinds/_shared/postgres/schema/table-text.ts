import { quoteQualified } from '../../../../clients/postgres/identifier.ts';
import { byCode } from '../../../../lib/by-code.ts';
import { sequenceOptions } from './sequences.ts';
import { steady } from './steady.ts';
import type { ColumnRow, ConstraintRow, TableRow } from './table-rows.ts';

/** A table with all that belongs to it. */
export interface Table extends TableRow {
  readonly columns: readonly ColumnRow[];
  readonly constraints: readonly ConstraintRow[];
}

/** CREATE TABLE. @param isInline whether a default or a constraint stands in it, or is added later. */
export function createTable(table: Table, isInline: (key: string) => boolean): string {
  const lines = [...columnLines(table, isInline), ...constraintLines(table, isInline)];
  const body = lines.length === 0 ? (table.of_type === null ? ' ()' : '') : ` (\n    ${lines.join(',\n    ')}\n)`;
  const inherits = table.is_partition ? [] : table.parents.map(({ name }) => name);
  return [
    `CREATE ${table.unlogged ? 'UNLOGGED ' : ''}TABLE ${table.name}${table.of_type === null ? '' : ` OF ${table.of_type}`}${body}`,
    ...(inherits.length === 0 ? [] : [`INHERITS (${inherits.join(', ')})`]),
    ...(table.partition_key === null ? [] : [`PARTITION BY ${table.partition_key}`]),
    ...(table.method === null ? [] : [`USING ${table.method}`]),
    ...(table.options.length === 0 ? [] : [`WITH (${optionList(table.options)})`]),
    ...(table.tablespace === null ? [] : [`TABLESPACE ${table.tablespace}`]),
  ].join('\n');
}

/** A partition is a table of its own first: its columns may stand in another order than those of its parent. */
function ownColumns({ columns, is_partition: isPartition }: Table): readonly ColumnRow[] {
  return isPartition ? columns : columns.filter(({ local, inherited }) => local || !inherited);
}

function columnLines(table: Table, isInline: (key: string) => boolean): readonly string[] {
  const lines = ownColumns(table).map((column) => {
    const words = columnWords(table, column, isInline);
    if (table.of_type === null) return [column.name, typeText(column), ...words].join(' ');
    return words.length === 0 ? undefined : [column.name, 'WITH OPTIONS', ...words].join(' ');
  });
  return lines.filter((line) => line !== undefined);
}

function typeText({ type, collation }: ColumnRow): string {
  return collation === null ? type : `${type} COLLATE ${collation}`;
}

function columnWords(table: Table, column: ColumnRow, isInline: (key: string) => boolean): readonly string[] {
  const { generated, expression, default_oid: oid, sequence, required, not_null: named } = column;
  const name = named?.name == null ? '' : `CONSTRAINT ${named.name} `;
  return [
    ...(generated !== '' ? [`GENERATED ALWAYS AS (${expression}) ${generated === 's' ? 'STORED' : 'VIRTUAL'}`] : []),
    ...(generated === '' && expression !== null && isInline(`pg_attrdef:${oid}`)
      ? [`DEFAULT ${steady(expression)}`]
      : []),
    ...(sequence === null ? [] : [identityText(table, column, sequence)]),
    ...(required && named?.valid !== false ? [`${name}NOT NULL`] : []),
  ];
}

function identityText(
  { schema, plain }: Table,
  column: ColumnRow,
  sequence: NonNullable<ColumnRow['sequence']>,
): string {
  const usual = sequence.schema === schema && sequence.name === `${plain}_${column.plain}_seq`;
  const options = [
    ...(usual ? [] : [`SEQUENCE NAME ${quoteQualified([sequence.schema, sequence.name])}`]),
    ...sequenceOptions(sequence),
  ];
  const words = `GENERATED ${column.identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`;
  return options.length === 0 ? words : `${words} (${options.join(' ')})`;
}

const ORDER = 'puxc';

function constraintLines(table: Table, isInline: (key: string) => boolean): readonly string[] {
  return table.constraints
    .filter((constraint) => isInside(table, constraint) && isInline(`pg_constraint:${constraint.oid}`))
    .toSorted((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type) || byCode(a.name, b.name))
    .map((constraint) => constraintText(constraint));
}

/** Keys of partitioned tables and partitions are made apart, and then joined. */
export function isInside(table: Table, { type, valid, local }: ConstraintRow): boolean {
  if (type === 'f') return false;
  if (type === 'c') return valid && (local || table.is_partition);
  return table.kind === 'r' && !table.is_partition;
}

/** `CONSTRAINT x PRIMARY KEY (a) WITH (fillfactor='70')`. */
export function constraintText({ type, name, def, index_options: options }: ConstraintRow): string {
  const text = `CONSTRAINT ${name} ${steady(def)}`;
  // The server prints those of an exclusion itself.
  if (options.length === 0 || type === 'x') return text;
  // WITH comes before what says when the constraint is checked.
  const [, keys = text, rest = ''] = /^(.*?)( (?:NOT )?DEFERRABLE.*)?$/s.exec(text) ?? [];
  return `${keys} WITH (${optionList(options)})${rest}`;
}

/** `fillfactor=70` -> `fillfactor='70'`. */
export function optionList(options: readonly string[]): string {
  return options
    .map((option) => {
      const at = option.indexOf('=');
      return `${option.slice(0, at)}='${option.slice(at + 1).replaceAll("'", "''")}'`;
    })
    .toSorted(byCode)
    .join(', ');
}
