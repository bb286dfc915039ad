import { StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { MigratedService } from './folder.ts';

export interface SessionAbout {
  readonly signal: AbortSignal;
  /** What a person types to run this again, e.g. `stackctl migrate down --to 7`: the hints of the server's errors name it. */
  readonly command: string;
}

/** Runs `use` with a connection to the service's server, which is closed afterwards. @throws E_NOT_READY */
export async function withMigrationSession<T>(
  stack: Stack,
  { service, migrator }: MigratedService,
  { signal, command }: SessionAbout,
  use: (session: MigrationSession) => Promise<T>,
): Promise<T> {
  const session = await migrator.connect({ stack, service }, signal);
  try {
    return await use(naming(session, command));
  } finally {
    await session.close();
  }
}

/** The same session, whose errors name the command that was run. Those of a kind are written for `migrate up`. */
function naming(session: MigrationSession, command: string): MigrationSession {
  return new Proxy(session, {
    get: (target, key) => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== 'function') return method;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        try {
          return await (Reflect.apply(method, target, args) as Promise<unknown>);
        } catch (error) {
          throw inCommand(error, command);
        }
      };
    },
  });
}

function inCommand(error: unknown, command: string): unknown {
  if (!(error instanceof StackctlError) || error.hint === undefined) return error;
  const { code, message, details, cause } = error;
  const hint = error.hint.replaceAll(/`stackctl migrate up(?=`| --timeout)/g, `\`${command}`);
  return new StackctlError(code, message, { hint, details, ...defined({ cause }) });
}

/** Why the file cannot run in this server, one reason for each requirement that it lacks. */
export async function missingFor(session: MigrationSession, requires: readonly string[]): Promise<string | undefined> {
  const reasons: string[] = [];
  for (const requirement of requires) {
    const reason = await session.missing(requirement);
    if (reason !== undefined) reasons.push(`${requirement}: ${reason}`);
  }
  return reasons.length === 0 ? undefined : reasons.join('; ');
}
