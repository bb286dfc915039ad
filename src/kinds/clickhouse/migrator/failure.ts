import { ClickhouseError, failureText } from '../../../clients/clickhouse/failure.ts';
import { StackctlError } from '../../../errors.ts';
import { defined } from '../../../lib/defined.ts';
import { isTimeout } from '../../../lib/poll.ts';

export interface Place {
  readonly service: string;
  /** Deadline of the request, in milliseconds. */
  readonly timeoutMs?: number;
  /** Of the caller. Once it has aborted, it is the cause of every failure. */
  readonly signal?: AbortSignal;
  /** The migration at work, where there is one. */
  readonly file?: string;
}

/** The failure of a request of a migration run, as an error that says what to do. */
export function migrationFailure(error: unknown, { service, timeoutMs = 0, signal, file }: Place): unknown {
  const where = file === undefined ? '' : `${file}: `;
  const details = { service, ...defined({ path: file }) };
  if (signal?.aborted === true && !isTimeout(signal.reason)) return signal.reason;
  if (error instanceof StackctlError) return error;
  if (signal?.aborted === true) {
    return new StackctlError('E_NOT_READY', `${where}${service} was not done in time`, {
      hint: 'Run `stackctl migrate status` to see what is applied, and `stackctl migrate up --timeout 10m` to give it more time.',
      details,
      cause: error,
    });
  }
  const text = failureText(error, timeoutMs);
  if (error instanceof ClickhouseError) {
    return new StackctlError('E_MIGRATION_FAILED', `${where}the record or the lock of the migrations: ${text}`, {
      hint: `Run \`stackctl logs ${service}\` to see why, then \`stackctl migrate up\` again.`,
      details: { ...details, serverCode: error.serverCode },
      cause: error,
    });
  }
  return new StackctlError('E_NOT_READY', `${where}${service} went away: ${text}`, {
    hint: `Run \`stackctl status\` and \`stackctl logs ${service}\` to see why, \`stackctl migrate status\` to see what is applied.`,
    details,
    cause: error,
  });
}
