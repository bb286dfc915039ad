import type { Client } from 'pg';
import { close, connectPostgres, type PostgresTarget } from '../../../../clients/postgres/connect.ts';
import { endWith } from '../../../../clients/postgres/end-with.ts';
import { failureText, serverError } from '../../../../clients/postgres/failure.ts';
import { SESSIONS } from '../../../../clients/postgres/purpose.ts';
import { StackctlError } from '../../../../errors.ts';
import type { MigrationSession } from '../../../../stack/contract/migrate.ts';
import { migrationFailure } from '../migrator/migration-failure.ts';
import { checkStatements } from './check.ts';
import { type DumpOptions, dumpSchema } from './dump.ts';

/** Time between an interrupt and the end of the connection. */
const CANCEL_MS = 1000;

/** A session that can also read the schema and run checks, each on a connection of its own. @param target of its ledger. */
export function withSchema(
  session: MigrationSession,
  target: PostgresTarget,
  extension: DumpOptions['extension'],
): MigrationSession {
  const { timeoutMs, settings } = SESSIONS.migrate;
  const work = { ...target, timeoutMs, settings, statementTimeoutMs: undefined, liftedLimits: ['transaction_timeout'] };
  const bound = async <T>(signal: AbortSignal, use: (client: Client) => Promise<T>): Promise<T> => {
    try {
      const client = await connectPostgres(work);
      try {
        return await endWith({ clients: new Set([client]), signal, graceMs: CANCEL_MS }, () => use(client));
      } finally {
        await close(client);
      }
    } catch (error) {
      const known = migrationFailure(error, { target: work, signal });
      const said = serverError(error);
      if (said === undefined || known === signal.reason || (known as StackctlError).code !== 'E_MIGRATION_FAILED')
        throw known;
      throw new StackctlError('E_MIGRATION_FAILED', `the schema could not be read: ${failureText(error, 0)}`, {
        hint: `User ${target.user} must be able to read the catalog, and stackctl must know this version of the server.`,
        details: { sqlstate: said.sqlstate },
        cause: error,
      });
    }
  };
  return {
    ...session,
    dump: (signal, { grants = true } = {}) => bound(signal, (client) => dumpSchema(client, { grants, extension })),
    check: (statements, signal) => bound(signal, (client) => checkStatements(client, statements)),
  };
}
