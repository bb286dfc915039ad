import { ClickhouseError, failureText } from '../../../clients/clickhouse/failure.ts';
import { StackctlError } from '../../../errors.ts';
import { defined } from '../../../lib/defined.ts';
import { isTimeout } from '../../../lib/poll.ts';

export interface Place {
  readonly service: string;
  /** What the server had for its answer, in milliseconds. */
  readonly timeoutMs?: number;
  /** Of the caller; once it has aborted, it is the reason for what fails. */
  readonly signal?: AbortSignal;
  /** The migration at work, where there is one. */
  readonly file?: string;
}

/** What a request of a migration run failed with, as an error that says what to do. */
export function migrationFailure(error: unknown, { service, timeoutMs = 0, signal, file }: Place): unknown {
  const where = file === undefined ? '' : `${file}: `;
  const details = { service, ...defined({ path: file }) };
  if (signal?.aborted === true && !isTimeout(signal.reason)) return signal.reason;
  if (error instanceof StackctlError) return error;
  if (signal?.aborted === true) {
    return new StackctlError('E_NOT_READY', `${where}${service} was not done in time`, {
      hint: 'See `stackctl status`, and give it more time with --timeout; `stackctl migrate status` tells what is applied.',
      details,
      cause: error,
    });
  }
  const text = failureText(error, timeoutMs);
  if (error instanceof ClickhouseError) {
    return new StackctlError('E_MIGRATION_FAILED', `${where}the record or the lock of the migrations: ${text}`, {
      hint: `See \`stackctl logs ${service}\`, and run \`stackctl migrate up\` again once the server can do that.`,
      details: { ...details, serverCode: error.serverCode },
      cause: error,
    });
  }
  return new StackctlError('E_NOT_READY', `${where}${service} went away: ${text}`, {
    hint: `See \`stackctl status\` and \`stackctl logs ${service}\`; \`stackctl migrate status\` tells what is applied.`,
    details,
    cause: error,
  });
}
