import { byCode } from '../../../../lib/by-code.ts';
import { groupBy } from '../../../../lib/group-by.ts';
import { targetOf } from './comments.ts';
import { type CatalogReader, RANK, type SchemaNode } from './node.ts';

/** Grantee, privilege, with grant option. */
type Grant = readonly [role: string, privilege: string, grantable: boolean];

interface OwnedRow {
  readonly row: string;
  readonly type: string;
  readonly identity: string;
  /** Undefined: that of the database. */
  readonly owner: string | null;
  /** `(a, b)` for the columns of a table. */
  readonly column: string | null;
  readonly usual: readonly Grant[];
  readonly granted: readonly Grant[];
}

/** OWNER TO, GRANT and REVOKE of each row of the catalog: what differs from an object that the database's owner has made. */
export async function readPrivileges({
  rows,
  schemas,
}: CatalogReader): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await rows<OwnedRow>(OWNED, [schemas]);
  const byRow = groupBy(
    found.toSorted((a, b) => byCode(a.column ?? '', b.column ?? '')),
    ({ row }) => row,
  );
  return new Map([...byRow].map(([row, owned]) => [row, owned.flatMap(statementsOf)]));
}

function statementsOf(row: OwnedRow): readonly string[] {
  const object = targetOf(row.type, row.identity);
  const target = row.column !== null || /table|view/.test(row.type) ? `TABLE ${row.identity}` : grantTarget(object);
  const owner = row.owner === null || row.column !== null ? [] : [`ALTER ${object} OWNER TO ${row.owner}`];
  return [...owner, ...changes(row, target)];
}

function grantTarget(object: string): string {
  return object.replace(/^(AGGREGATE|WINDOW FUNCTION) /, 'FUNCTION ');
}

function changes(
  { usual, granted, column }: Pick<OwnedRow, 'usual' | 'granted' | 'column'>,
  target: string,
): readonly string[] {
  const on = (privileges: readonly string[]) =>
    `${privileges.map((one) => (column === null ? one : `${one} (${column})`)).join(', ')} ON ${target}`;
  const revoked = byRole(usual.filter((grant) => !granted.some((other) => same(grant, other))));
  const added = byRole(granted.filter((grant) => !usual.some((other) => same(grant, other))));
  return [
    ...revoked.map(([role, privileges]) => `REVOKE ${on(privileges)} FROM ${role}`),
    ...added.map(
      ([role, privileges, grantable]) => `GRANT ${on(privileges)} TO ${role}${grantable ? ' WITH GRANT OPTION' : ''}`,
    ),
  ];
}

function same(a: Grant, b: Grant): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}

/** Two who granted the same are one here. */
function byRole(
  grants: readonly Grant[],
): readonly (readonly [role: string, privileges: readonly string[], grantable: boolean])[] {
  const groups = groupBy(grants, ([role, , grantable]) => `${role} ${grantable}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      const privileges = [...new Set(group.map(([, privilege]) => privilege))].toSorted(byCode);
      return first === undefined ? [] : [[first[0], privileges, first[2]] as const];
    })
    .toSorted((a, b) => byCode(a[0], b[0]) || Number(a[2]) - Number(b[2]));
}

/** SQL: an ACL as a list of `Grant`. */
function grants(acl: string): string {
  return `coalesce((select json_agg(json_build_array(case when x.grantee = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(x.grantee)) end,
    x.privilege_type, x.is_grantable)) from aclexplode(${acl}) x), '[]')`;
}

/** pg_database_owner is a role of which the owner of the database is the member; another server has another role 10. */
const OWNED = `
  with owned (class, oid, sub, col, owner, acl, base) as (
    select 'pg_class'::regclass, c.oid, 0, null, c.relowner, c.relacl,
           acldefault(case c.relkind when 'S' then 's'::"char" else 'r'::"char" end, c.relowner)
    from pg_class c where c.relnamespace = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'S')
    union all
    select 'pg_class'::regclass, a.attrelid, 0, quote_ident(a.attname), c.relowner, a.attacl, null
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = any ($1) and a.attacl is not null and not a.attisdropped
    union all
    select 'pg_proc'::regclass, oid, 0, null, proowner, proacl, acldefault('f', proowner) from pg_proc where pronamespace = any ($1)
    union all
    select 'pg_type'::regclass, t.oid, 0, null, t.typowner, t.typacl, acldefault('T', t.typowner) from pg_type t
    where t.typnamespace = any ($1) and (t.typtype in ('e', 'd', 'r') or
      t.typtype = 'c' and exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
    union all
    select 'pg_namespace'::regclass, oid, 0, null, nspowner, nspacl,
           coalesce((select i.initprivs from pg_init_privs i where i.classoid = 'pg_namespace'::regclass and i.objoid = n.oid),
                    acldefault('n', nspowner))
    from pg_namespace n where oid = any ($1)
    union all
    select 'pg_statistic_ext'::regclass, oid, 0, null, stxowner, null, null from pg_statistic_ext where stxnamespace = any ($1)
    union all
    select 'pg_collation'::regclass, oid, 0, null, collowner, null, null from pg_collation where collnamespace = any ($1)
    union all
    select 'pg_publication'::regclass, oid, 0, null, pubowner, null, null from pg_publication
    union all
    select 'pg_event_trigger'::regclass, oid, 0, null, evtowner, null, null from pg_event_trigger
  )
  select o.class::text || ':' || o.oid as row, i.type, i.identity, o.col as column,
         case when r.rolname <> 'pg_database_owner' and o.owner <> d.datdba
                and not (o.class = 'pg_namespace'::regclass and i.identity = 'public' and o.owner = 10)
              then quote_ident(r.rolname) end as owner,
         ${grants('o.base')} as usual, ${grants('coalesce(o.acl, o.base)')} as granted
  from owned o join pg_roles r on r.oid = o.owner, pg_database d, pg_identify_object(o.class, o.oid, o.sub) i
  where d.datname = current_database()
    and (o.acl is not null or o.owner <> d.datdba)`;

interface DefaultAclRow {
  readonly oid: number;
  readonly role: string;
  readonly is_owner: boolean;
  readonly schema: string | null;
  readonly type: string;
  readonly usual: readonly Grant[];
  readonly granted: readonly Grant[];
}

/** ALTER DEFAULT PRIVILEGES, after everything that they would change. */
export async function readDefaultPrivileges({ rows }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<DefaultAclRow>(
    `select a.oid, quote_ident(pg_get_userbyid(a.defaclrole)) as role, a.defaclrole = d.datdba as is_owner,
            case when a.defaclnamespace <> 0 then a.defaclnamespace::regnamespace::text end as schema,
            case a.defaclobjtype when 'r' then 'TABLES' when 'S' then 'SEQUENCES' when 'f' then 'FUNCTIONS' when 'T' then 'TYPES' else 'SCHEMAS' end as type,
            ${grants(`case when a.defaclnamespace = 0 then acldefault(case a.defaclobjtype when 'S' then 's'::"char" else a.defaclobjtype end, a.defaclrole)
                     else null end`)} as usual,
            ${grants('a.defaclacl')} as granted
     from pg_default_acl a, pg_database d where d.datname = current_database()`,
  );
  return found.map((row) => {
    const { oid, role, is_owner: isOwner, schema, type } = row;
    const head = `ALTER DEFAULT PRIVILEGES${isOwner ? '' : ` FOR ROLE ${role}`}${schema === null ? '' : ` IN SCHEMA ${schema}`}`;
    const statements = changes({ ...row, column: null }, type).map((change) => `${head} ${change}`);
    const name = `${role} ${schema ?? '*'} ${type.toLowerCase()}`;
    return {
      kind: 'default privileges',
      name,
      rank: RANK.defaultPrivileges,
      statements,
      covers: [`pg_default_acl:${oid}`],
    };
  });
}
