import { ask, type PostgresTarget, withPostgres } from '../../../../clients/postgres/connect.ts';
import { OWN_SETTINGS } from '../../../../clients/postgres/purpose.ts';

/** A setting that would bind a migration. */
export interface Binding {
  readonly name: string;
  /** As SHOW prints it. */
  readonly value: string;
  /** Where it comes from, e.g. `ALTER ROLE shop`. */
  readonly origin: string;
  /** The value that the session has instead; undefined: this user may not change it. */
  readonly lifted: string | undefined;
}

/** Values that limit no statement. An older server may not have every setting. */
const FREE: Readonly<Record<string, string>> = {
  ...OWN_SETTINGS,
  statement_timeout: '0',
  transaction_timeout: '0',
  idle_session_timeout: '0',
  temp_file_limit: '-1',
  transform_null_equals: 'off',
  exit_on_error: 'off',
  check_function_bodies: 'on',
  session_replication_role: 'origin',
  zero_damaged_pages: 'off',
};

/** Set by every session of this program, and not a limit: not worth a note. */
const NOT_SAID = new Set(['client_encoding']);

interface Row {
  readonly name: string;
  readonly raw: string;
  readonly value: string;
  readonly may_change: boolean;
  readonly origin: string;
}

/**
 * Settings of server, database and role that are meant for applications and must not limit a migration. Read on a
 * connection that sets nothing: a session's own settings hide those.
 */
export async function readBindings(target: PostgresTarget): Promise<readonly Binding[]> {
  return withPostgres({ ...target, settings: {}, statementTimeoutMs: undefined, liftedLimits: [] }, async (client) => {
    await ask(client, 'set statement_timeout = 0');
    const { rows } = await ask<Row>(client, QUERY, [Object.keys(FREE)]);
    return rows
      .filter(({ name, raw }) => raw !== FREE[name] && !NOT_SAID.has(name))
      .map(({ name, value, origin, may_change }) => {
        return { name, value, origin, lifted: may_change ? FREE[name] : undefined };
      });
  });
}

/** `role` is in no list of settings. `reset_val` is what the session began with. */
const QUERY = `
  with found as (
    select name, reset_val as raw,
           case when name = 'statement_timeout' then reset_val || 'ms' else current_setting(name) end as value,
           context = 'user' or (select rolsuper from pg_catalog.pg_roles where rolname = session_user) as may_change
    from pg_catalog.pg_settings where name = any ($1)
    union all
    select 'role', current_setting('role'), current_setting('role'), true
  ), given as (
    select split_part(entry, '=', 1) as name,
           case when setrole = 0 then 'ALTER DATABASE ' || quote_ident(current_database())
                when setdatabase = 0 then 'ALTER ROLE ' || quote_ident(session_user)
                else 'ALTER ROLE ' || quote_ident(session_user) || ' IN DATABASE ' || quote_ident(current_database())
           end as origin,
           row_number() over (partition by split_part(entry, '=', 1) order by setrole = 0, setdatabase = 0) as rank
    from pg_catalog.pg_db_role_setting, unnest(setconfig) as entry
    where setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
      and setrole in (0, (select oid from pg_catalog.pg_roles where rolname = session_user))
  )
  select found.*, coalesce(given.origin, 'the server''s settings') as origin
  from found left join given on given.name = found.name and given.rank = 1
  order by found.name`;

/** `statement_timeout=1s (ALTER ROLE shop)`. */
export function bindingText({ name, value, origin }: Binding): string {
  return `${name}=${value} (${origin})`;
}
