import { errorText } from '../../errors.ts';
import { connectionFailure } from '../../lib/connection-failure.ts';

/** SQLSTATEs that the code decides by: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const SQLSTATE = {
  activeTransaction: '25001',
  cannotConnectNow: '57P03',
  checkViolation: '23514',
  connectionFailure: '08006',
  databaseMissing: '3D000',
  deadlock: '40P01',
  divisionByZero: '22012',
  duplicateColumn: '42701',
  duplicateDatabase: '42P04',
  duplicateFunction: '42723',
  duplicateObject: '42710',
  duplicateSchema: '42P06',
  duplicateTable: '42P07',
  featureNotSupported: '0A000',
  foreignKeyViolation: '23503',
  insufficientPrivilege: '42501',
  invalidSchema: '3F000',
  invalidTermination: '2D000',
  lockNotAvailable: '55P03',
  notNullViolation: '23502',
  objectInUse: '55006',
  objectNotInState: '55000',
  protocolViolation: '08P01',
  queryCanceled: '57014',
  readOnlyTransaction: '25006',
  roleInvalid: '28000',
  passwordInvalid: '28P01',
  serializationFailure: '40001',
  undefinedColumn: '42703',
  undefinedFunction: '42883',
  undefinedObject: '42704',
  undefinedTable: '42P01',
  uniqueViolation: '23505',
  unsafeEnumValue: '55P04',
} as const;

/** What the server says about a statement. */
export interface ServerError {
  readonly sqlstate: string;
  readonly message: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** Of the mistake in the statement's text, counted in characters from 0. */
  readonly offset: number | undefined;
  /** The function of the server that raised it. */
  readonly routine: string | undefined;
}

/** Undefined for an error that the server did not send: a broken connection, a deadline. */
export function serverError(error: unknown): ServerError | undefined {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined;
  const { code, message, detail, hint, position, routine } = error as Error & {
    readonly code: string;
    readonly detail?: string;
    readonly hint?: string;
    readonly position?: string;
    readonly routine?: string;
  };
  return {
    sqlstate: code,
    message,
    detail: detail || undefined,
    hint: hint || undefined,
    offset: position === undefined ? undefined : Number(position) - 1,
    routine: routine || undefined,
  };
}

export function sqlstateOf(error: unknown): string | undefined {
  return serverError(error)?.sqlstate;
}

/** A failure to connect or to ask in words, e.g. `connection refused`, or the server's own words. */
export function failureText(error: unknown, timeoutMs: number): string {
  const said = serverError(error);
  if (said !== undefined) return serverText(said);
  const connection = connectionFailure(error, timeoutMs);
  if (connection !== undefined) return connection;
  const message = errorText(error);
  // pg has no codes for its own errors.
  if (/^(timeout expired|Query read timeout)$/.test(message)) return `no reply within ${timeoutMs} ms`;
  return /^Connection terminated/.test(message) ? 'the connection was closed' : message;
}

function serverText({ sqlstate, message }: ServerError): string {
  const advice =
    sqlstate === SQLSTATE.passwordInvalid || sqlstate === SQLSTATE.roleInvalid
      ? '; the data was made with other credentials: set them back, change them with ALTER ROLE, or start over with `stackctl down --volumes`'
      : '';
  return `${message} (${sqlstate})${advice}`;
}

/** What the server says while a statement runs. */
export interface ServerNotice {
  /** In the server's language. */
  readonly severity: string;
  readonly sqlstate: string;
  readonly message: string;
  readonly detail: string | undefined;
  /** The function of the server that said it. */
  readonly routine: string | undefined;
}

/** Undefined for anything but a notice of the driver. */
export function noticeOf(value: unknown): ServerNotice | undefined {
  if (typeof value !== 'object' || value === null || !('severity' in value) || !('message' in value)) return undefined;
  const { severity, code, message, detail, routine } = value as Readonly<Record<string, string | undefined>>;
  return {
    severity: severity ?? '',
    sqlstate: code ?? '',
    message: message ?? '',
    detail: detail || undefined,
    routine: routine || undefined,
  };
}
