import pg, { type Client } from 'pg';
import { serverError } from './failure.ts';

/** The server did not do all statements of a request. */
export class RequestFailed extends Error {
  /** The server's error, with a place that counts from the start of its statement; or the network's. */
  override readonly cause: unknown;
  /** Of the statement that failed, from 0; undefined: the server did not say how the request ended. */
  readonly index: number | undefined;
  /** Whether anything was done at all: a request with a mistake in its grammar is refused as a whole. */
  readonly wasBegun: boolean;

  constructor(cause: unknown, index: number | undefined, wasBegun: boolean) {
    super('a statement of a request failed');
    this.cause = cause;
    this.index = index;
    this.wasBegun = wasBegun;
  }
}

/** What pg calls on a query for each statement that is done; its types do not have it. */
type CommandComplete = (message: { readonly text: string }, connection: unknown) => void;

/** A row as the server sent it: texts. */
export type RawRow = readonly (string | null)[];

/**
 * Runs statements in one request, one after the other until one fails. The server reads all of them before it does the
 * first one, so that none must change how the others are to be read. It keeps its answers back until there are 8 KB of them,
 * something to notice, or the end: when they come says nothing about a single statement.
 * @param statements each one statement, without a semicolon.
 * @param onDone called with the index of each that is done, in their order, and the last row that it gave.
 * @throws RequestFailed
 */
export async function runInOneRequest(
  client: Client,
  statements: readonly string[],
  onDone: (index: number, row: RawRow | undefined) => void = () => undefined,
): Promise<void> {
  let done = 0;
  let row: RawRow | undefined;
  try {
    // The line end: a statement may end with a comment.
    await new Promise<void>((resolve, reject) => {
      const query = new pg.Query(statements.join(BETWEEN));
      const { handleCommandComplete } = query as unknown as { handleCommandComplete: CommandComplete };
      client.query(
        Object.assign(query, {
          callback: (error: Error | null): void => (error === null ? resolve() : reject(error)),
          handleDataRow: ({ fields }: { readonly fields: RawRow }): void => {
            row = fields;
          },
          handleCommandComplete: (...said: Parameters<CommandComplete>): void => {
            handleCommandComplete.apply(query, said);
            onDone(done++, row);
            row = undefined;
          },
        }),
      );
    });
  } catch (error) {
    // Everything was said to be done: what came behind that is of no concern to this request.
    if (done === statements.length) return;
    if (serverError(error) === undefined) throw new RequestFailed(error, undefined, true);
    throw new RequestFailed(error, placeInStatement(error as Error, statements) ?? done, done > 0);
  }
  if (done !== statements.length) {
    const counted = `the server did ${done} statements of ${statements.length}`;
    throw new RequestFailed(new Error(counted), undefined, true);
  }
}

const BETWEEN = '\n;';

/** Makes the place of an error one in its statement, and returns that statement's index; undefined: it has no place. */
function placeInStatement(error: Error & { position?: string }, statements: readonly string[]): number | undefined {
  if (error.position === undefined) return undefined;
  let left = Number(error.position);
  for (const [index, text] of statements.entries()) {
    // The server counts characters, JavaScript counts UTF-16 units.
    const length = [...text].length;
    // A statement that is not complete fails at the semicolon behind it.
    if (left <= length + BETWEEN.length) {
      error.position = String(Math.min(left, length + 1));
      return index;
    }
    left -= length + BETWEEN.length;
  }
  return undefined;
}
