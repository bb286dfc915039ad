import { type CatalogReader, isOwn, RANK, type SchemaNode } from './node.ts';
import { steady } from './steady.ts';

interface IndexRow {
  readonly oid: number;
  readonly name: string;
  readonly table: string;
  readonly table_oid: number;
  readonly definition: string;
  readonly of_constraint: boolean;
  readonly tablespace: string | null;
  readonly parent: string | null;
  readonly replica_identity: boolean;
  readonly clustered: boolean;
  readonly statistics: readonly { readonly column: number; readonly target: number }[];
}

/** Indexes that are valid: what a build that failed has left behind is not part of a schema. */
export async function readIndexes(
  { rows, schemas }: CatalogReader,
  leftOut: ReadonlySet<string>,
): Promise<readonly SchemaNode[]> {
  const found = await rows<IndexRow>(
    `select c.oid, c.oid::regclass::text as name, i.indrelid::regclass::text as table, i.indrelid as table_oid,
            pg_get_indexdef(c.oid) as definition,
            exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x')) as of_constraint,
            (select quote_ident(spcname) from pg_tablespace where oid = c.reltablespace) as tablespace,
            (select inhparent::regclass::text from pg_inherits where inhrelid = c.oid) as parent,
            i.indisreplident as replica_identity, i.indisclustered as clustered,
            coalesce((select json_agg(json_build_object('column', a.attnum, 'target', a.attstattarget) order by a.attnum)
                      from pg_attribute a where a.attrelid = c.oid and a.attstattarget >= 0), '[]') as statistics
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
     where (i.indisvalid and i.indisready or t.relkind = 'p') and t.relkind in ('r', 'p', 'm')
       and ${isOwn('pg_class', 'c', 'relnamespace')} and ${isOwn('pg_class', 't', 'relnamespace')}`,
    [schemas],
  );
  return found.filter(({ table_oid: oid }) => !leftOut.has(`pg_class:${oid}`)).flatMap(indexNodes);
}

function indexNodes(index: IndexRow): readonly SchemaNode[] {
  const { oid, name, definition, of_constraint: ofConstraint, tablespace, statistics, parent } = index;
  const key = `pg_class:${oid}`;
  const targets = statistics.map(
    ({ column, target }) => `ALTER INDEX ${name} ALTER COLUMN ${column} SET STATISTICS ${target}`,
  );
  const moved = tablespace === null ? [] : [`ALTER INDEX ${name} SET TABLESPACE ${tablespace}`];
  if (ofConstraint) return chosen(index, key, targets);
  const statements = [steady(definition), ...moved, ...targets];
  const made = {
    kind: 'index',
    name,
    rank: RANK.index,
    statements,
    covers: [key],
    needs: [`pg_class:${index.table_oid}`],
  };
  if (parent === null) return [made, ...chosen(index, key, [])];
  const joined = [`ALTER INDEX ${parent} ATTACH PARTITION ${name}`];
  const join = {
    kind: 'partition of index',
    name,
    rank: RANK.attachedIndex,
    statements: joined,
    covers: [],
    needs: [key],
  };
  return [made, join, ...chosen(index, key, [])];
}

/** What the table is told about an index that it has by then. */
function chosen(index: IndexRow, key: string, more: readonly string[]): readonly SchemaNode[] {
  const { name, table, replica_identity: replica, clustered } = index;
  const plain = name.slice(name.search(/(?<=\.)("[^"]*(""[^"]*)*"|[^".]+)$/));
  const statements = [
    ...more,
    ...(clustered ? [`ALTER TABLE ${table} CLUSTER ON ${plain}`] : []),
    ...(replica ? [`ALTER TABLE ONLY ${table} REPLICA IDENTITY USING INDEX ${plain}`] : []),
  ];
  if (statements.length === 0) return [];
  return [{ kind: 'index setting', name, rank: RANK.attachedIndex, statements, covers: [], needs: [key] }];
}

/** CREATE STATISTICS. */
export async function readStatistics({ rows, schemas }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<{ oid: number; name: string; definition: string; target: number | null }>(
    `select s.oid, format('%I.%I', n.nspname, s.stxname) as name, pg_get_statisticsobjdef(s.oid) as definition,
            nullif(s.stxstattarget, -1) as target
     from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${isOwn('pg_statistic_ext', 's', 'stxnamespace')}`,
    [schemas],
  );
  return found.map(({ oid, name, definition, target }) => ({
    kind: 'statistics',
    name,
    rank: RANK.statistics,
    statements: [definition, ...(target === null ? [] : [`ALTER STATISTICS ${name} SET STATISTICS ${target}`])],
    covers: [`pg_statistic_ext:${oid}`],
  }));
}
