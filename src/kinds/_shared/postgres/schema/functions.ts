import { type CatalogReader, isOwn, notOfExtension, RANK, type SchemaNode } from './node.ts';

/** Functions, procedures and aggregates. Constructors of ranges come with their type. */
export async function readFunctions({ rows, schemas }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<{ oid: number; kind: string; name: string; definition: string }>(
    `select p.oid, case p.prokind when 'p' then 'procedure' else 'function' end as kind,
            (pg_identify_object('pg_proc'::regclass, p.oid, 0)).identity as name, pg_get_functiondef(p.oid) as definition
     from pg_proc p where p.prokind in ('f', 'p', 'w') and ${isOwn('pg_proc', 'p', 'pronamespace')}
       and not exists (select from pg_depend i where i.classid = 'pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i')`,
    [schemas],
  );
  return [...found.map(functionNode), ...(await readAggregates({ rows, schemas }))];
}

function functionNode({
  oid,
  kind,
  name,
  definition,
}: {
  oid: number;
  kind: string;
  name: string;
  definition: string;
}): SchemaNode {
  return { kind, name, rank: RANK.function, statements: [definition.trimEnd()], covers: [`pg_proc:${oid}`] };
}

interface AggregateRow {
  readonly oid: number;
  readonly name: string;
  readonly head: string;
  readonly options: readonly string[];
}

/** The server has no function that prints one. */
async function readAggregates({
  rows,
  schemas,
}: Pick<CatalogReader, 'rows' | 'schemas'>): Promise<readonly SchemaNode[]> {
  const found = await rows<AggregateRow>(AGGREGATES, [schemas]);
  return found.map(({ oid, name, head, options }) => ({
    kind: 'aggregate',
    name,
    rank: RANK.function,
    statements: [`CREATE AGGREGATE ${head} (\n    ${options.join(',\n    ')}\n)`],
    covers: [`pg_proc:${oid}`],
  }));
}

const AGGREGATES = `
  select p.oid, (pg_identify_object('pg_proc'::regclass, p.oid, 0)).identity as name,
         format('%I.%I(%s)', n.nspname, p.proname,
           case when p.pronargs = 0 then '*' else pg_get_function_arguments(p.oid) end) as head,
         array_remove(array[
           'SFUNC = ' || a.aggtransfn::text,
           'STYPE = ' || format_type(a.aggtranstype, null),
           case when a.aggtransspace <> 0 then 'SSPACE = ' || a.aggtransspace end,
           case when a.aggfinalfn <> 0 then 'FINALFUNC = ' || a.aggfinalfn::text end,
           case when a.aggfinalextra then 'FINALFUNC_EXTRA' end,
           case when a.aggfinalmodify <> case when a.aggkind = 'n' then 'r' else 'w' end
             then 'FINALFUNC_MODIFY = ' || case a.aggfinalmodify
               when 'r' then 'READ_ONLY' when 's' then 'SHAREABLE' else 'READ_WRITE' end end,
           case when a.aggcombinefn <> 0 then 'COMBINEFUNC = ' || a.aggcombinefn::text end,
           case when a.aggserialfn <> 0 then 'SERIALFUNC = ' || a.aggserialfn::text end,
           case when a.aggdeserialfn <> 0 then 'DESERIALFUNC = ' || a.aggdeserialfn::text end,
           'INITCOND = ' || quote_literal(a.agginitval),
           case when a.aggmtransfn <> 0 then 'MSFUNC = ' || a.aggmtransfn::text end,
           case when a.aggminvtransfn <> 0 then 'MINVFUNC = ' || a.aggminvtransfn::text end,
           case when a.aggmtranstype <> 0 then 'MSTYPE = ' || format_type(a.aggmtranstype, null) end,
           case when a.aggmtransspace <> 0 then 'MSSPACE = ' || a.aggmtransspace end,
           case when a.aggmfinalfn <> 0 then 'MFINALFUNC = ' || a.aggmfinalfn::text end,
           case when a.aggmfinalextra then 'MFINALFUNC_EXTRA' end,
           'MINITCOND = ' || quote_literal(a.aggminitval),
           case when a.aggsortop <> 0 then 'SORTOP = OPERATOR(' || (select format('%I.%s', on_.nspname, o.oprname)
             from pg_operator o join pg_namespace on_ on on_.oid = o.oprnamespace where o.oid = a.aggsortop) || ')' end,
           case when a.aggkind = 'h' then 'HYPOTHETICAL' end,
           case p.proparallel when 's' then 'PARALLEL = SAFE' when 'r' then 'PARALLEL = RESTRICTED' end], null) as options
  from pg_proc p join pg_aggregate a on a.aggfnoid = p.oid join pg_namespace n on n.oid = p.pronamespace
  where p.prokind = 'a' and p.pronamespace = any ($1) and ${notOfExtension('pg_proc', 'p.oid')}`;
