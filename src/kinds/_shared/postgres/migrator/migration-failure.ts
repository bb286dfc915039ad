import { ASK_MS, type PostgresTarget } from '../../../../clients/postgres/connect.ts';
import { failureText, serverError } from '../../../../clients/postgres/failure.ts';
import { StackctlError } from '../../../../errors.ts';
import { defined } from '../../../../lib/defined.ts';
import { isTimeout } from '../../../../lib/poll.ts';
import { formatAddress } from '../../../../stack/contract/model.ts';

/** The server is going away (57P…) or the connection to it is gone (08…). */
const AWAY = /^(08|57P)/;

interface Place {
  readonly target: PostgresTarget;
  readonly signal: AbortSignal;
  /** The migration at work, where there is one. */
  readonly file?: string;
  /** What the server had, in milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * What the driver threw in the middle of a migration run, as an error that says what to do. An aborted signal is the
 * reason for whatever failed after it.
 */
export function migrationFailure(error: unknown, { target, signal, file, timeoutMs = ASK_MS }: Place): unknown {
  const where = file === undefined ? '' : `${file}: `;
  const details = { address: formatAddress(target.address), ...defined({ path: file }) };
  if (signal.aborted && !isTimeout(signal.reason)) return signal.reason;
  if (error instanceof StackctlError) return error;
  if (signal.aborted) {
    return new StackctlError('E_NOT_READY', `${where}the server at ${details.address} was not done in time`, {
      hint: 'Run `stackctl migrate status` to see what is applied, and `stackctl migrate up --timeout 10m` to give it more time.',
      details,
      cause: error,
    });
  }
  const said = serverError(error);
  const text = failureText(error, timeoutMs);
  if (said === undefined || AWAY.test(said.sqlstate)) {
    return new StackctlError('E_NOT_READY', `${where}the server at ${details.address} went away: ${text}`, {
      hint: 'Run `stackctl status` and `stackctl logs` to see why, `stackctl migrate status` to see what is applied.',
      details,
      cause: error,
    });
  }
  return new StackctlError('E_MIGRATION_FAILED', `${where}the record of the migrations, stackctl.migrations: ${text}`, {
    hint: `User ${target.user} must be able to create the schema stackctl in the database and to write its table.`,
    details: { ...details, sqlstate: said.sqlstate },
    cause: error,
  });
}
