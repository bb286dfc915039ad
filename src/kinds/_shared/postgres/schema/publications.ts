import { byCode } from '../../../../lib/by-code.ts';
import { type CatalogReader, notOfExtension, RANK, type SchemaNode } from './node.ts';

interface PublicationRow {
  readonly oid: number;
  readonly name: string;
  readonly for_all: boolean;
  readonly publish: readonly string[];
  readonly via_root: boolean;
  readonly tables: readonly { readonly oid: string; readonly text: string; readonly row: string }[];
  readonly schemas: readonly { readonly text: string; readonly row: string }[];
}

/** PostgreSQL 14 publishes whole tables only. */
export async function readPublications({ rows, major }: CatalogReader): Promise<readonly SchemaNode[]> {
  const columns =
    major < 15
      ? "''"
      : `coalesce(' (' || (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
                           where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)) || ')', '') ||
         coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')`;
  const schemas =
    major < 15
      ? "'[]'::json"
      : `coalesce((select json_agg(json_build_object('text', pnnspid::regnamespace::text, 'row', 'pg_publication_namespace:' || s.oid))
                   from pg_publication_namespace s where s.pnpubid = p.oid), '[]')`;
  const found = await rows<PublicationRow>(
    `select p.oid, quote_ident(p.pubname) as name, p.puballtables as for_all, p.pubviaroot as via_root,
            array_remove(array[case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
                               case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end], null) as publish,
            coalesce((select json_agg(json_build_object('row', 'pg_publication_rel:' || r.oid,
                        'text', 'ONLY ' || r.prrelid::regclass || ${columns}))
                      from pg_publication_rel r where r.prpubid = p.oid), '[]') as tables,
            ${schemas} as schemas
     from pg_publication p where ${notOfExtension('pg_publication', 'p.oid')}`,
  );
  return found.map(publicationNode);
}

const ALL = 'insert, update, delete, truncate';

function publicationNode({
  oid,
  name,
  for_all: forAll,
  publish,
  via_root: viaRoot,
  tables,
  schemas,
}: PublicationRow): SchemaNode {
  const members = [
    ...(tables.length === 0
      ? []
      : [
          `TABLE ${tables
            .map(({ text }) => text)
            .toSorted(byCode)
            .join(', ')}`,
        ]),
    ...(schemas.length === 0
      ? []
      : [
          `TABLES IN SCHEMA ${schemas
            .map(({ text }) => text)
            .toSorted(byCode)
            .join(', ')}`,
        ]),
  ];
  const options = [
    ...(publish.join(', ') === ALL ? [] : [`publish = '${publish.join(', ')}'`]),
    ...(viaRoot ? ['publish_via_partition_root = true'] : []),
  ];
  const words = [
    `CREATE PUBLICATION ${name}`,
    ...(forAll ? ['FOR ALL TABLES'] : members.length === 0 ? [] : [`FOR ${members.join(', ')}`]),
    ...(options.length === 0 ? [] : [`WITH (${options.join(', ')})`]),
  ];
  const covers = [`pg_publication:${oid}`, ...[...tables, ...schemas].map(({ row }) => row)];
  return { kind: 'publication', name, rank: RANK.publication, statements: [words.join(' ')], covers };
}
