import { byCode } from '../../../../lib/by-code.ts';
import { type CatalogReader, notOfExtension, RANK, type SchemaNode } from './node.ts';
import { steady } from './steady.ts';

/** D and O are how they are made. */
const ENABLED: Readonly<Record<string, string>> = {
  D: 'DISABLE',
  R: 'ENABLE REPLICA',
  A: 'ENABLE ALWAYS',
  O: 'ENABLE',
};

interface OnTable {
  readonly oid: number;
  readonly name: string;
  readonly table: string;
  readonly table_oid: number;
  readonly definition: string;
  readonly enabled: string;
}

/** SQL: the table is one of the user's. */
const ON_OWN = `c.relnamespace = any ($1) and ${notOfExtension('pg_class', 'c.oid')}`;

/** Rules, but for those that make a view. */
export async function readRules(
  { rows, schemas }: CatalogReader,
  leftOut: ReadonlySet<string>,
): Promise<readonly SchemaNode[]> {
  const found = await rows<OnTable>(
    `select r.oid, quote_ident(r.rulename) as name, c.oid::regclass::text as table, c.oid as table_oid, pg_get_ruledef(r.oid) as definition, r.ev_enabled as enabled
     from pg_rewrite r join pg_class c on c.oid = r.ev_class
     where not (r.rulename = '_RETURN' and r.ev_type = '1') and ${ON_OWN}`,
    [schemas],
  );
  return found
    .filter(isIn(leftOut))
    .map((rule) => onTable('rule', RANK.rule, 'pg_rewrite', rule, [rule.definition.trimEnd().replace(/;$/, '')]));
}

/** Triggers of the user. Those of a partition come with its parent's; what is said of them is only whether they differ. */
export async function readTriggers(
  { rows, schemas }: CatalogReader,
  leftOut: ReadonlySet<string>,
): Promise<readonly SchemaNode[]> {
  const found = await rows<OnTable & { readonly of_parent: number | null; readonly parent_enabled: string | null }>(
    `select t.oid, quote_ident(t.tgname) as name, c.oid::regclass::text as table, c.oid as table_oid, pg_get_triggerdef(t.oid) as definition, t.tgenabled as enabled,
            p.oid as of_parent, p.tgenabled as parent_enabled
     from pg_trigger t join pg_class c on c.oid = t.tgrelid left join pg_trigger p on p.oid = t.tgparentid
     join pg_proc f on f.oid = t.tgfoid join pg_namespace fn on fn.oid = f.pronamespace
     where not t.tgisinternal and fn.nspname !~ '^_timescaledb_' and ${ON_OWN}`,
    [schemas],
  );
  return found.filter(isIn(leftOut)).flatMap((trigger) => {
    if (trigger.of_parent === null)
      return [onTable('trigger', RANK.trigger, 'pg_trigger', trigger, [trigger.definition])];
    if (trigger.enabled === trigger.parent_enabled) return [];
    const { name, table, enabled, of_parent: parent } = trigger;
    const statements = [`ALTER TABLE ${table} ${ENABLED[enabled]} TRIGGER ${name}`];
    const needs = [`pg_trigger:${parent}`];
    return [
      { kind: 'trigger of partition', name: `${name} on ${table}`, rank: RANK.trigger, statements, covers: [], needs },
    ];
  });
}

function isIn(leftOut: ReadonlySet<string>): (row: Pick<OnTable, 'table_oid'>) => boolean {
  return ({ table_oid: oid }) => !leftOut.has(`pg_class:${oid}`);
}

function onTable(
  kind: 'rule' | 'trigger',
  rank: number,
  catalog: string,
  { oid, name, table, table_oid: tableOid, enabled }: OnTable,
  made: readonly string[],
): SchemaNode {
  const state = enabled === 'O' ? [] : [`ALTER TABLE ${table} ${ENABLED[enabled]} ${kind.toUpperCase()} ${name}`];
  const covers = [`${catalog}:${oid}`];
  return {
    kind,
    name: `${name} on ${table}`,
    rank,
    statements: [...made, ...state],
    covers,
    needs: [`pg_class:${tableOid}`],
  };
}

interface PolicyRow {
  readonly oid: number;
  readonly name: string;
  readonly table: string;
  readonly permissive: boolean;
  readonly command: string;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
}

const COMMANDS: Readonly<Record<string, string>> = { r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE' };

/** Row security policies. */
export async function readPolicies({ rows, schemas }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<PolicyRow>(
    `select p.oid, quote_ident(p.polname) as name, c.oid::regclass::text as table, p.polpermissive as permissive, p.polcmd as command,
            array(select case when r = 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(r)) end
                  from unnest(p.polroles) r) as roles,
            pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as check
     from pg_policy p join pg_class c on c.oid = p.polrelid where ${ON_OWN}`,
    [schemas],
  );
  return found.map(({ oid, name, table, permissive, command, roles, using, check }) => {
    const everyone = roles.length === 1 && roles[0] === 'PUBLIC';
    const words = [
      `CREATE POLICY ${name} ON ${table}`,
      ...(permissive ? [] : ['AS RESTRICTIVE']),
      ...(COMMANDS[command] === undefined ? [] : [`FOR ${COMMANDS[command]}`]),
      ...(everyone ? [] : [`TO ${roles.toSorted(byCode).join(', ')}`]),
      ...(using === null ? [] : [`USING (${steady(using)})`]),
      ...(check === null ? [] : [`WITH CHECK (${steady(check)})`]),
    ];
    const covers = [`pg_policy:${oid}`];
    return { kind: 'policy', name: `${name} on ${table}`, rank: RANK.policy, statements: [words.join(' ')], covers };
  });
}

/** They come last: they would see, and may refuse, everything else that is made. */
export async function readEventTriggers({ rows }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<{
    oid: number;
    name: string;
    event: string;
    tags: readonly string[];
    calls: string;
    enabled: string;
  }>(
    `select e.oid, quote_ident(e.evtname) as name, e.evtevent as event, e.evtfoid::regproc::text as calls, e.evtenabled as enabled,
            array(select quote_literal(tag) from unnest(e.evttags) tag order by tag collate "C") as tags
     from pg_event_trigger e where ${notOfExtension('pg_event_trigger', 'e.oid')}`,
  );
  return found.map(({ oid, name, event, tags, calls, enabled }) => {
    const when = tags.length === 0 ? '' : ` WHEN TAG IN (${tags.join(', ')})`;
    const made = `CREATE EVENT TRIGGER ${name} ON ${event}${when} EXECUTE FUNCTION ${calls}()`;
    const state = enabled === 'O' ? [] : [`ALTER EVENT TRIGGER ${name} ${ENABLED[enabled]}`];
    const covers = [`pg_event_trigger:${oid}`];
    return { kind: 'event trigger', name, rank: RANK.eventTrigger, statements: [made, ...state], covers };
  });
}
