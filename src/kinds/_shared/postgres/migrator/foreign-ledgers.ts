import type { Client } from 'pg';
import { ask, type PostgresTarget, withPostgres } from '../../../../clients/postgres/connect.ts';
import { quoteIdentifier } from '../../../../clients/postgres/identifier.ts';
import { defined } from '../../../../lib/defined.ts';
import type { ForeignLedger } from '../../../../stack/contract/foreign-ledger.ts';

/** The ledgers of other tools in the database, in any schema. Changes nothing. */
export async function readForeignLedgers(target: PostgresTarget): Promise<readonly ForeignLedger[]> {
  return withPostgres(target, async (client) => {
    const { rows } = await ask<Table>(client, TABLES);
    const ledgers: ForeignLedger[] = [];
    for (const table of rows) {
      const known = KNOWN.find(
        ({ name, columns }) => name === table.name && columns.every((column) => table.columns.includes(column)),
      );
      if (known !== undefined) ledgers.push(await read(client, known, table));
    }
    return ledgers;
  });
}

interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

const TABLES = `
select n.nspname as schema, c.relname as name, array_agg(a.attname::text) as columns
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'select')
  and c.relname in ('schema_migrations', 'goose_db_version', 'flyway_schema_history', 'gorp_migrations')
group by 1, 2 order by 1, 2`;

/** How a tool keeps its ledger. The first that fits counts: golang-migrate and dbmate use one name. */
interface KnownLedger {
  readonly tool: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** Rows of `version` and `state`: applied, upTo or unfinished. */
  readonly rows: (table: string) => string;
}

const KNOWN: readonly KnownLedger[] = [
  {
    tool: 'golang-migrate',
    name: 'schema_migrations',
    columns: ['version', 'dirty'],
    rows: (table) => `select version::text, case when dirty then 'unfinished' else 'upTo' end as state from ${table}`,
  },
  {
    tool: 'dbmate',
    name: 'schema_migrations',
    columns: ['version'],
    rows: (table) => `select version::text, 'applied' as state from ${table}`,
  },
  {
    tool: 'goose',
    name: 'goose_db_version',
    columns: ['id', 'version_id', 'is_applied'],
    // An earlier release kept the row of a migration that was taken back, and added another one.
    rows: (table) => `
      select version_id::text as version, 'applied' as state from (
        select distinct on (version_id) version_id, is_applied from ${table} order by version_id, id desc
      ) as latest where is_applied and version_id > 0`,
  },
  {
    tool: 'flyway',
    name: 'flyway_schema_history',
    columns: ['installed_rank', 'version', 'type', 'success'],
    rows: (table) => `
      select version, case when not success then 'unfinished' when type like '%BASELINE%' then 'upTo' else 'applied' end as state
      from (
        select distinct on (version) version::text, type, success from ${table}
        where version is not null order by version, installed_rank desc
      ) as latest where not (success and (type like 'UNDO%' or type = 'DELETE'))`,
  },
  {
    tool: 'sql-migrate',
    name: 'gorp_migrations',
    columns: ['id', 'applied_at'],
    rows: (table) => `select id as version, 'applied' as state from ${table}`,
  },
];

async function read(client: Client, { tool, rows }: KnownLedger, { schema, name }: Table): Promise<ForeignLedger> {
  const found = await ask<{ version: string; state: 'applied' | 'upTo' | 'unfinished' }>(
    client,
    rows(`${quoteIdentifier(schema)}.${quoteIdentifier(name)}`),
  );
  const inState = (wanted: string): readonly string[] =>
    found.rows.filter(({ state }) => state === wanted).map(({ version }) => version);
  return {
    tool,
    table: `${schema}.${name}`,
    applied: inState('applied'),
    ...defined({ upTo: inState('upTo')[0], unfinished: inState('unfinished')[0] }),
  };
}
