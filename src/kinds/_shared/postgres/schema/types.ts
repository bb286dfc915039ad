import { type CatalogReader, isOwn, RANK, type SchemaNode } from './node.ts';
import { steady } from './steady.ts';

/** Enums, composite types, domains and ranges. The types of tables and arrays come with what they belong to. */
export async function readTypes(reader: CatalogReader): Promise<readonly SchemaNode[]> {
  return [
    ...(await readEnums(reader)),
    ...(await readComposites(reader)),
    ...(await readDomains(reader)),
    ...(await readRanges(reader)),
  ];
}

function typeNode(oid: number, name: string, statements: readonly string[], covers: readonly string[]): SchemaNode {
  return { kind: 'type', name, rank: RANK.type, statements, covers: [`pg_type:${oid}`, ...covers] };
}

async function readEnums({ rows, schemas }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<{ oid: number; name: string; array: number; labels: readonly string[] }>(
    `select t.oid, t.oid::regtype::text as name, t.typarray as array,
            array(select quote_literal(enumlabel) from pg_enum where enumtypid = t.oid order by enumsortorder) as labels
     from pg_type t where t.typtype = 'e' and ${isOwn('pg_type', 't', 'typnamespace')}`,
    [schemas],
  );
  return found.map(({ oid, name, array, labels }) => {
    const list = labels.length === 0 ? '()' : `(\n    ${labels.join(',\n    ')}\n)`;
    return typeNode(oid, name, [`CREATE TYPE ${name} AS ENUM ${list}`], [`pg_type:${array}`]);
  });
}

async function readComposites({ rows, schemas }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<{ oid: number; relid: number; name: string; array: number; columns: readonly string[] }>(
    `select t.oid, c.oid as relid, t.oid::regtype::text as name, t.typarray as array,
            array(select format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) ||
                    case when a.attcollation <> at.typcollation and a.attcollation <> 0
                      then ' COLLATE ' || (select format('%I.%I', n.nspname, k.collname) from pg_collation k
                                           join pg_namespace n on n.oid = k.collnamespace where k.oid = a.attcollation)
                      else '' end
                  from pg_attribute a join pg_type at on at.oid = a.atttypid
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns
     from pg_type t join pg_class c on c.oid = t.typrelid and c.relkind = 'c'
     where t.typtype = 'c' and ${isOwn('pg_type', 't', 'typnamespace')}`,
    [schemas],
  );
  return found.map(({ oid, relid, name, array, columns }) => {
    const list = columns.length === 0 ? '()' : `(\n    ${columns.join(',\n    ')}\n)`;
    return typeNode(oid, name, [`CREATE TYPE ${name} AS ${list}`], [`pg_type:${array}`, `pg_class:${relid}`]);
  });
}

interface DomainRow {
  readonly oid: number;
  readonly name: string;
  readonly array: number;
  readonly base: string;
  readonly collation: string | null;
  readonly fallback: string | null;
  readonly required: boolean;
  readonly checks: readonly {
    readonly oid: string;
    readonly name: string;
    readonly def: string;
    readonly valid: boolean;
  }[];
}

async function readDomains({ rows, schemas }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<DomainRow>(
    `select t.oid, t.oid::regtype::text as name, t.typarray as array, format_type(t.typbasetype, t.typtypmod) as base,
            (select format('%I.%I', n.nspname, k.collname) from pg_collation k join pg_namespace n on n.oid = k.collnamespace
             where k.oid = t.typcollation and t.typcollation <> b.typcollation) as collation,
            coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)) as fallback, t.typnotnull as required,
            coalesce((select json_agg(json_build_object('oid', c.oid::text, 'name', quote_ident(c.conname), 'def', pg_get_constraintdef(c.oid),
                      'valid', c.convalidated) order by c.conname collate "C")
             from pg_constraint c where c.contypid = t.oid and c.contype = 'c'), '[]') as checks
     from pg_type t join pg_type b on b.oid = t.typbasetype where t.typtype = 'd' and ${isOwn('pg_type', 't', 'typnamespace')}`,
    [schemas],
  );
  return found.map(domainNode);
}

function domainNode({ oid, name, array, base, collation, fallback, required, checks }: DomainRow): SchemaNode {
  const parts = [
    `CREATE DOMAIN ${name} AS ${base}${collation === null ? '' : ` COLLATE ${collation}`}`,
    ...(fallback === null ? [] : [`    DEFAULT ${fallback}`]),
    ...(required ? ['    NOT NULL'] : []),
    ...checks.filter(({ valid }) => valid).map((check) => `    CONSTRAINT ${check.name} ${steady(check.def)}`),
  ];
  const later = checks
    .filter(({ valid }) => !valid)
    .map((check) => `ALTER DOMAIN ${name} ADD CONSTRAINT ${check.name} ${steady(check.def)}`);
  const covers = [`pg_type:${array}`, ...checks.map((check) => `pg_constraint:${check.oid}`)];
  return { ...typeNode(oid, name, [parts.join('\n'), ...later], covers), kind: 'domain' };
}

interface RangeRow {
  readonly oid: number;
  readonly name: string;
  readonly covers: readonly string[];
  readonly options: readonly string[];
}

async function readRanges({ rows, schemas }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<RangeRow>(
    `select t.oid, t.oid::regtype::text as name,
            array['pg_type:' || t.typarray, 'pg_type:' || r.rngmultitypid, 'pg_type:' || m.typarray] ||
              array(select 'pg_proc:' || d.objid from pg_depend d where d.classid = 'pg_proc'::regclass
                    and d.refclassid = 'pg_type'::regclass and d.refobjid in (t.oid, r.rngmultitypid) and d.deptype = 'i') as covers,
            array_remove(array[
              'subtype = ' || format_type(r.rngsubtype, null),
              case when not o.opcdefault then 'subtype_opclass = ' || format('%I.%I', ons.nspname, o.opcname) end,
              case when r.rngcollation <> 0 and r.rngcollation <> s.typcollation
                then 'collation = ' || (select format('%I.%I', n.nspname, k.collname) from pg_collation k
                                        join pg_namespace n on n.oid = k.collnamespace where k.oid = r.rngcollation) end,
              case when r.rngcanonical <> 0 then 'canonical = ' || r.rngcanonical::text end,
              case when r.rngsubdiff <> 0 then 'subtype_diff = ' || r.rngsubdiff::text end,
              'multirange_type_name = ' || m.oid::regtype::text], null) as options
     from pg_type t join pg_range r on r.rngtypid = t.oid join pg_type s on s.oid = r.rngsubtype
     join pg_type m on m.oid = r.rngmultitypid
     join pg_opclass o on o.oid = r.rngsubopc join pg_namespace ons on ons.oid = o.opcnamespace
     where t.typtype = 'r' and ${isOwn('pg_type', 't', 'typnamespace')}`,
    [schemas],
  );
  return found.map(({ oid, name, covers, options }) =>
    typeNode(oid, name, [`CREATE TYPE ${name} AS RANGE (\n    ${options.join(',\n    ')}\n)`], covers),
  );
}
