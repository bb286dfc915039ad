import { ClickhouseError, failureText } from '../../../clients/clickhouse/failure.ts';
import { StackctlError } from '../../../errors.ts';
import type { MigrationSession, MigratorCapability } from '../../../stack/contract/migrate.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import { migrationFailure } from '../migrator/failure.ts';
import type { ClickhouseOptions } from '../options.ts';
import { serviceTarget } from '../target.ts';
import { checkStatements } from './check.ts';
import { dumpSchema } from './dump.ts';

type Input = ServiceInput<ClickhouseOptions>;

/** A check takes as long as it takes; a dump of thousands of tables too. The caller's signal ends both. */
const NO_LIMIT = 0;
const SHADOW_MS = 60_000;

/** A migrator that also reads the schema, runs checks, and makes a shadow database. */
export function withSchema(migrator: MigratorCapability<ClickhouseOptions>): MigratorCapability<ClickhouseOptions> {
  return {
    ...migrator,
    connect: async (input, signal) => schemaSession(await migrator.connect(input, signal), input, []),
    shadow: async (input, signal) => {
      const { openShadow } = await import('../shadow/open.ts');
      const own = input.service.options.database;
      const connect = async (database: string): Promise<MigrationSession> => {
        const { service } = input;
        const inside = { ...input, service: { ...service, options: { ...service.options, database } } };
        return schemaSession(await migrator.connect(inside, signal), inside, [own]);
      };
      return explained(input, signal, () =>
        openShadow({ target: serviceTarget(input, SHADOW_MS), own, connect }, signal),
      );
    },
  };
}

function schemaSession(session: MigrationSession, input: Input, leftOut: readonly string[]): MigrationSession {
  const target = serviceTarget(input, NO_LIMIT);
  const { database } = input.service.options;
  return {
    ...session,
    dump: (signal) => explained(input, signal, () => dumpSchema({ ...target, database }, leftOut, signal)),
    check: (statements, signal) => explained(input, signal, () => checkStatements(target, statements, signal)),
  };
}

async function explained<T>({ service }: Input, signal: AbortSignal, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof ClickhouseError)) throw migrationFailure(error, { service: service.name, signal });
    throw new StackctlError(
      'E_MIGRATION_FAILED',
      `the schema of ${service.name} could not be read: ${failureText(error, 0)}`,
      {
        hint: `The service's user must be able to read system.tables; run \`stackctl logs ${service.name}\` to see more.`,
        details: { service: service.name, serverCode: error.serverCode },
        cause: error,
      },
    );
  }
}
