import type { ServerError } from '../../../../clients/postgres/failure.ts';

/** A statement that the server refused. */
export interface Refused {
  readonly said: ServerError;
  /** The whole statement. */
  readonly text: string;
  readonly transactional: boolean;
  readonly statementTimeoutMs: number;
  /** The user of the connection. */
  readonly user: string;
  readonly database: string;
}

/** What an extension knows better; undefined: no more than the server itself. */
export type ExtensionHint = (refused: Refused) => string | undefined;
