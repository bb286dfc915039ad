import { type CatalogReader, isOwn, RANK, type SchemaNode } from './node.ts';
import { steady } from './steady.ts';
import { optionList } from './table-text.ts';

interface ViewRow {
  readonly oid: number;
  readonly name: string;
  readonly kind: 'v' | 'm';
  readonly covers: readonly string[];
  readonly options: readonly string[];
  readonly method: string | null;
  readonly tablespace: string | null;
  readonly definition: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly expression: string | null }[];
}

/** @param leftOut relations that something else makes, by their keys. */
export async function readViews(
  { rows, schemas }: CatalogReader,
  leftOut: ReadonlySet<string>,
): Promise<readonly SchemaNode[]> {
  const found = await rows<ViewRow>(
    `select c.oid, c.oid::regclass::text as name, c.relkind as kind, coalesce(c.reloptions, '{}') as options,
            array['pg_type:' || c.reltype, 'pg_type:' || t.typarray] ||
              array(select 'pg_rewrite:' || r.oid from pg_rewrite r where r.ev_class = c.oid and r.rulename = '_RETURN') ||
              array(select 'pg_attrdef:' || d.oid from pg_attrdef d where d.adrelid = c.oid) as covers,
            case when am.amname <> current_setting('default_table_access_method') then quote_ident(am.amname) end as method,
            (select quote_ident(spcname) from pg_tablespace where oid = c.reltablespace) as tablespace,
            pg_get_viewdef(c.oid) as definition,
            (select json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod),
                                               'expression', pg_get_expr(d.adbin, d.adrelid)) order by a.attnum)
             from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
     from pg_class c join pg_type t on t.oid = c.reltype left join pg_am am on am.oid = c.relam
     where c.relkind in ('v', 'm') and ${isOwn('pg_class', 'c', 'relnamespace')}`,
    [schemas],
  );
  return found.filter(({ oid }) => !leftOut.has(`pg_class:${oid}`)).map(viewNode);
}

function viewNode(view: ViewRow): SchemaNode {
  const { oid, name, kind, columns } = view;
  const defaults = columns.flatMap(({ name: column, expression }) =>
    expression === null ? [] : [`ALTER VIEW ${name} ALTER COLUMN ${column} SET DEFAULT ${expression}`],
  );
  return {
    kind: kind === 'm' ? 'materialized view' : 'view',
    name,
    rank: RANK.view,
    statements: [createView(view), ...defaults],
    covers: [`pg_class:${oid}`, ...view.covers],
    ...(kind === 'v' && columns.length > 0 ? { placeholder: placeholderOf(view) } : {}),
  };
}

/** A materialized view is made without its rows, which REFRESH MATERIALIZED VIEW brings. */
function createView({ name, kind, options, method, tablespace, definition }: ViewRow): string {
  const body = steady(definition.trimEnd().replace(/;$/, ''));
  const text = body.startsWith(' ') ? body : ` ${body}`;
  return [
    `CREATE ${kind === 'm' ? 'MATERIALIZED VIEW' : 'VIEW'} ${name}`,
    ...(method === null || kind === 'v' ? [] : [` USING ${method}`]),
    ...(options.length === 0 ? [] : [` WITH (${optionList(options)})`]),
    ...(tablespace === null ? [] : [` TABLESPACE ${tablespace}`]),
    ` AS\n${text}`,
    ...(kind === 'm' ? ['\nWITH NO DATA'] : []),
  ].join('');
}

function placeholderOf({ name, columns }: ViewRow): string {
  const list = columns.map((column) => `    NULL::${column.type} AS ${column.name}`);
  return `CREATE VIEW ${name} AS\n SELECT\n${list.join(',\n')}`;
}
