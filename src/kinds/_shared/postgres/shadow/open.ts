import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { close, type PostgresTarget, withPostgres } from '../../../../clients/postgres/connect.ts';
import { failureText, SQLSTATE, serverError, sqlstateOf } from '../../../../clients/postgres/failure.ts';
import { quoteIdentifier, quoteText } from '../../../../clients/postgres/identifier.ts';
import { StackctlError } from '../../../../errors.ts';
import { type FoundShadow, isLeftOver, SHADOW_PREFIX, shadowComment, shadowName } from '../../../../lib/shadow-name.ts';
import type { MigrationSession, PendingMigration, Shadow } from '../../../../stack/contract/migrate.ts';
import { connectWhenReady } from '../provision.ts';
import { reachesOut } from './foreign.ts';
import { serverWide } from './server-wide.ts';
import { readSource, type Source } from './source.ts';

/** Making and dropping a database waits for a checkpoint. */
const LONG_MS = 60_000;
/** The server itself waits 5 s before it says that a template is in use. */
const IN_USE_MS = 15_000;
const IN_USE_EVERY_MS = 200;

export interface ShadowInput {
  /** Of the service's own database. */
  readonly target: PostgresTarget;
  /** Makes what `up` makes in a database before the first migration. */
  readonly prepare: (target: PostgresTarget) => Promise<void>;
  readonly connect: (target: PostgresTarget) => Promise<MigrationSession>;
}

/**
 * Makes an empty database with the encoding and the locale of the service's, and connects to it.
 * @throws E_MIGRATION_UNAVAILABLE with the statement that grants what the user lacks, E_NOT_READY.
 */
export async function openShadow({ target: to, prepare, connect }: ShadowInput, signal: AbortSignal): Promise<Shadow> {
  const target = { ...to, statementTimeoutMs: LONG_MS };
  const service = await connectWhenReady(target, signal);
  let name: string;
  let source: Source;
  try {
    await dropLeftOvers(service);
    source = await readSource(service);
    name = await create(service, source, target);
  } finally {
    await close(service);
  }
  const drop = (): Promise<void> => withPostgres(target, (client) => dropDatabase(client, name));
  try {
    signal.throwIfAborted();
    const shadow = { ...to, database: name };
    if (source.needs.length > 0) await requireExtensions(shadow, source.needs);
    await prepare(shadow);
    const session = await connect(shadow);
    return {
      session: withinDatabase(session),
      database: name,
      drop: async () => {
        await session.close();
        await drop();
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** @throws E_MIGRATION_UNAVAILABLE where template1 lacks what only a superuser may make. */
async function requireExtensions(shadow: PostgresTarget, needs: readonly string[]): Promise<void> {
  const { rows } = await withPostgres(shadow, (client) =>
    client.query<{ name: string }>('select extname as name from pg_extension'),
  );
  const missing = needs.filter((need) => !rows.some(({ name }) => name === need));
  if (missing.length === 0) return;
  const text = `a shadow database needs what only a superuser may create: ${missing.join(', ')}`;
  throw new StackctlError('E_MIGRATION_UNAVAILABLE', text, {
    hint: `Let a superuser run in the database template1: ${missing.map((one) => `CREATE EXTENSION ${quoteIdentifier(one)};`).join(' ')}`,
  });
}

/**
 * Leaves out statements that would change more than the shadow database, and says so. Refuses a file that reaches another
 * database: without those statements the rest would fail, or the schema would be another one.
 */
function withinDatabase({ together, applyTogether, ...session }: MigrationSession): MigrationSession {
  return {
    ...session,
    apply: async (migration, signal, hooks) => {
      refuseForeign(migration);
      const found = migration.statements.map((statement) => ({ statement, why: serverWide(statement.text) }));
      for (const { statement, why } of found)
        if (why !== undefined)
          hooks?.onNotice?.(`${migration.path}:${statement.line}: left out of the shadow database: ${why}`);
      const statements = found.flatMap(({ statement, why }) => (why === undefined ? [statement] : []));
      return session.apply({ ...migration, statements }, signal, hooks);
    },
  };
}

/** @throws E_MIGRATION_UNAVAILABLE naming each statement that may read or write rows of another database. */
function refuseForeign({ path, statements }: PendingMigration): void {
  const reasons = statements.flatMap(({ text, line, column }) => {
    const why = reachesOut(text);
    return why === undefined ? [] : [`${path}:${line}:${column}: ${why}`];
  });
  if (reasons.length === 0) return;
  throw new StackctlError('E_MIGRATION_UNAVAILABLE', `${reasons[0]}: it cannot run in a shadow database`, {
    hint: 'Run `stackctl migrate verify` without --shadow: checksums and checks need none.',
    details: { reasons, path },
  });
}

async function create(client: Client, source: Source, { user }: PostgresTarget): Promise<string> {
  if (!source.mayCreate) throw mayNotCreate(user);
  const now = new Date();
  const name = shadowName(now);
  const { template, options } = source;
  try {
    await whenFree(() => client.query(`create database ${quoteIdentifier(name)} template ${template} ${options}`));
    await client.query(`comment on database ${quoteIdentifier(name)} is ${quoteText(shadowComment(now))}`);
  } catch (error) {
    if (sqlstateOf(error) === SQLSTATE.insufficientPrivilege) throw mayNotCreate(user);
    if (serverError(error) === undefined) throw error;
    throw new StackctlError('E_MIGRATION_UNAVAILABLE', `no shadow database can be made: ${failureText(error, 0)}`, {
      hint: 'Run `stackctl logs` to see why, or leave out --shadow.',
      cause: error,
    });
  }
  return name;
}

/** Nobody may be in the template meanwhile, and workers of extensions (TimescaleDB's) look into it for moments. */
async function whenFree(create: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + IN_USE_MS;
  for (;;) {
    try {
      await create();
      return;
    } catch (error) {
      if (sqlstateOf(error) !== SQLSTATE.objectInUse || performance.now() > until) throw error;
      await delay(IN_USE_EVERY_MS);
    }
  }
}

function mayNotCreate(user: string): StackctlError {
  return new StackctlError('E_MIGRATION_UNAVAILABLE', `the user ${user} may not make a shadow database`, {
    hint: `Let a superuser run: ALTER ROLE ${quoteIdentifier(user)} CREATEDB;`,
  });
}

/** What is in use by others stays, and what cannot be dropped now is dropped by a later run. */
async function dropLeftOvers(client: Client): Promise<void> {
  const { rows } = await client.query<FoundShadow>(
    `select d.datname as name, coalesce(shobj_description(d.oid, 'pg_database'), '') as comment,
            exists (select from pg_stat_activity a where a.datid = d.oid and a.backend_type = 'client backend') as "inUse"
     from pg_database d where starts_with(d.datname::text, $1)`,
    [SHADOW_PREFIX],
  );
  for (const found of rows.filter((one) => isLeftOver(one, new Date()))) {
    await dropDatabase(client, found.name).catch((error: unknown) => {
      if (serverError(error) === undefined) throw error;
    });
  }
}

async function dropDatabase(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${quoteIdentifier(name)} with (force)`);
}
