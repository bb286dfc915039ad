import {
  askClickhouse,
  type ClickhouseTarget,
  quoteName,
  quoteText,
  runOnClickhouse,
} from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError, failureText } from '../../../clients/clickhouse/failure.ts';
import { StackctlError } from '../../../errors.ts';
import { type FoundShadow, isLeftOver, SHADOW_PREFIX, shadowComment, shadowName } from '../../../lib/shadow-name.ts';
import type {
  MigrationSession,
  MigrationStatement,
  PendingMigration,
  Shadow,
} from '../../../stack/contract/migrate.ts';
import { type Databases, withinShadow } from './within.ts';

const ACCESS_DENIED = 497;

export interface ShadowInput {
  readonly target: ClickhouseTarget;
  /** That of the service. */
  readonly own: string;
  readonly connect: (database: string) => Promise<MigrationSession>;
}

/**
 * Makes an empty database on the server, and connects to it.
 * @throws E_MIGRATION_UNAVAILABLE with the statement that grants what the user lacks.
 */
export async function openShadow({ target, own, connect }: ShadowInput, signal: AbortSignal): Promise<Shadow> {
  const others = await dropLeftOvers(target);
  const now = new Date();
  const name = shadowName(now);
  await create(target, name, now);
  const drop = (): Promise<void> => dropDatabase(target, name);
  try {
    signal.throwIfAborted();
    const session = await connect(name);
    const isOther = (database: string): boolean => database !== own && others.includes(database);
    return {
      session: withinDatabase(session, { own, shadow: name, isOther }),
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

async function create(target: ClickhouseTarget, name: string, now: Date): Promise<void> {
  try {
    await runOnClickhouse(target, `CREATE DATABASE ${quoteName(name)} COMMENT ${quoteText(shadowComment(now))}`);
  } catch (error) {
    if (!(error instanceof ClickhouseError)) throw error;
    const { user } = target;
    const denied = error.serverCode === ACCESS_DENIED;
    const text = denied
      ? `the user ${user} may not make a shadow database`
      : `no shadow database can be made: ${failureText(error, 0)}`;
    throw new StackctlError('E_MIGRATION_UNAVAILABLE', text, {
      hint: denied
        ? `Let an administrator run: GRANT ALL ON ${SHADOW_PREFIX}*.* TO ${quoteName(user)};`
        : 'Run `stackctl logs` to see why, or leave out --shadow.',
      cause: error,
    });
  }
}

/** @returns the names of the databases that stay. */
async function dropLeftOvers(target: ClickhouseTarget): Promise<readonly string[]> {
  const { rows } = await askClickhouse<Omit<FoundShadow, 'inUse'>>(
    target,
    'SELECT name, comment FROM system.databases',
  );
  const left = rows.filter((found) => isLeftOver({ ...found, inUse: undefined }, new Date()));
  for (const { name } of left) {
    await dropDatabase(target, name).catch((error: unknown) => {
      if (!(error instanceof ClickhouseError)) throw error; // whose it is may drop it
    });
  }
  const own = /^(system|information_schema)$/i;
  return rows.map(({ name }) => name).filter((name) => !own.test(name) && !left.some((one) => one.name === name));
}

async function dropDatabase(target: ClickhouseTarget, name: string): Promise<void> {
  await runOnClickhouse(target, `DROP DATABASE IF EXISTS ${quoteName(name)} SYNC`, {
    settings: { max_table_size_to_drop: 0 },
  });
}

/** Statements mean the shadow database where they name the service's. @throws E_MIGRATION_UNAVAILABLE naming each that cannot. */
function withinDatabase(session: MigrationSession, databases: Databases): MigrationSession {
  return {
    ...session,
    apply: async (migration, signal, hooks) => {
      const found = migration.statements.map((statement) => ({
        statement,
        as: withinShadow(statement.text, databases),
      }));
      const refused = found.flatMap(({ statement, as }) => (as.type === 'refused' ? [{ statement, why: as.why }] : []));
      if (refused.length > 0) throw cannotShadow(migration, refused);
      for (const { statement, as } of found)
        if (as.type === 'leftOut')
          hooks?.onNotice?.(`${migration.path}:${statement.line}: left out of the shadow database: ${as.why}`);
      const statements = found.flatMap(({ statement, as }) =>
        as.type === 'run' ? [{ ...statement, text: as.text }] : [],
      );
      return session.apply({ ...migration, statements }, signal, hooks);
    },
  };
}

function cannotShadow(
  { path }: PendingMigration,
  refused: readonly { readonly statement: MigrationStatement; readonly why: string }[],
): StackctlError {
  const reasons = refused.map(({ statement: { line, column }, why }) => `${path}:${line}:${column}: ${why}`);
  const [first = ''] = reasons;
  return new StackctlError('E_MIGRATION_UNAVAILABLE', `${first}: it cannot run in a shadow database`, {
    hint: 'Run `stackctl migrate verify` without --shadow: checksums and checks need none.',
    details: { reasons, path },
  });
}
