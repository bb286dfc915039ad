import { groupBy } from '../../../../lib/group-by.ts';
import { type CatalogReader, RANK, type SchemaNode } from './node.ts';
import { steady } from './steady.ts';
import { readColumnRows, readConstraintRows, readTableRows } from './table-rows.ts';
import { tableSettings } from './table-settings.ts';
import { constraintText, createTable, isInside, type Table } from './table-text.ts';

/** @param leftOut relations that something else makes, by their keys. */
export async function readTables(reader: CatalogReader, leftOut: ReadonlySet<string>): Promise<readonly Table[]> {
  const tables = (await readTableRows(reader)).filter(({ oid }) => !leftOut.has(`pg_class:${oid}`));
  const oids = tables.map(({ oid }) => oid);
  const columns = groupBy(await readColumnRows(reader, oids), ({ table }) => table);
  const constraints = groupBy(await readConstraintRows(reader, oids), ({ table }) => table);
  return tables.map((table) => {
    return { ...table, columns: columns.get(table.oid) ?? [], constraints: constraints.get(table.oid) ?? [] };
  });
}

/** @param apart defaults and constraints that cannot be part of CREATE TABLE: something that they need needs the table. */
export function tableNodes(table: Table, apart: ReadonlySet<string>): readonly SchemaNode[] {
  const isInline = (key: string): boolean => !apart.has(key);
  const defaults = table.columns.filter(({ default_oid: oid, generated }) => oid !== null && generated === '');
  const generated = table.columns.filter((column) => column.generated !== '');
  const inside = table.constraints.filter((constraint) => isInside(table, constraint));
  const removable = [
    ...defaults.map(({ default_oid: oid }) => `pg_attrdef:${oid}`),
    ...inside.map(({ oid }) => `pg_constraint:${oid}`),
  ];
  const inline = removable.filter(isInline);
  const key = `pg_class:${table.oid}`;
  const node: SchemaNode = {
    kind: 'table',
    name: table.name,
    rank: RANK.table,
    statements: [createTable(table, isInline), ...tableSettings(table)],
    covers: [
      key,
      ...table.types,
      ...inline,
      ...inside.flatMap((one) => (isInline(`pg_constraint:${one.oid}`) ? indexKey(one) : [])),
      ...generated.map(({ default_oid: oid }) => `pg_attrdef:${oid}`),
      ...table.columns.flatMap(({ sequence }) => (sequence === null ? [] : [`pg_class:${sequence.oid}`])),
    ],
    inline,
  };
  return [node, ...attached(table), ...addedDefaults(table, apart), ...constraintNodes(table, apart)];
}

/** Whoever needs the index of a key needs the key. */
function indexKey({ index_oid: oid }: Table['constraints'][number]): readonly string[] {
  return oid === null ? [] : [`pg_class:${oid}`];
}

function attached({ oid, name, parents: [parent], is_partition: isPartition, bound }: Table): readonly SchemaNode[] {
  if (!isPartition || parent === undefined || bound === null) return [];
  const statements = [`ALTER TABLE ONLY ${parent.name} ATTACH PARTITION ${name} ${bound}`];
  const needs = [`pg_class:${oid}`, `pg_class:${parent.oid}`];
  return [{ kind: 'partition', name, rank: RANK.attached, statements, covers: [], needs }];
}

function addedDefaults({ oid, name, columns }: Table, apart: ReadonlySet<string>): readonly SchemaNode[] {
  return columns.flatMap((column) => {
    const key = `pg_attrdef:${column.default_oid}`;
    if (column.generated !== '' || column.expression === null || !apart.has(key)) return [];
    const statements = [
      `ALTER TABLE ONLY ${name} ALTER COLUMN ${column.name} SET DEFAULT ${steady(column.expression)}`,
    ];
    const needs = [`pg_class:${oid}`];
    return [{ kind: 'default', name: `${name}.${column.name}`, rank: RANK.added, statements, covers: [key], needs }];
  });
}

function constraintNodes(table: Table, apart: ReadonlySet<string>): readonly SchemaNode[] {
  return table.constraints.flatMap((constraint): readonly SchemaNode[] => {
    const key = `pg_constraint:${constraint.oid}`;
    if (isInside(table, constraint) && !apart.has(key)) return [];
    const { type, local, name, index, index_parent: parent, index_tablespace: space } = constraint;
    if (type === 'c' && !local) return [];
    // On a partitioned table, ONLY: the partitions have keys of their own, which are joined to it.
    const only = type === 'f' && table.kind === 'p' ? '' : 'ONLY ';
    const statements = [
      `ALTER TABLE ${type === 'c' ? '' : only}${table.name} ADD ${constraintText(constraint)}`,
      ...(space === null ? [] : [`ALTER INDEX ${index} SET TABLESPACE ${space}`]),
    ];
    const rank = type === 'f' ? RANK.foreignKey : type === 'c' ? RANK.added : RANK.key;
    const kind = type === 'f' ? 'foreign key' : 'constraint';
    const needs = [`pg_class:${table.oid}`];
    const node = {
      kind,
      name: `${name} on ${table.name}`,
      rank,
      statements,
      covers: [key, ...indexKey(constraint)],
      needs,
    };
    if (index === null || parent === null) return [node];
    const joined = [`ALTER INDEX ${parent} ATTACH PARTITION ${index}`];
    return [
      node,
      {
        kind: 'partition of index',
        name: index,
        rank: RANK.attachedIndex,
        statements: joined,
        covers: [],
        needs: [key],
      },
    ];
  });
}
