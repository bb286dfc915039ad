import type { ClickhouseSession } from '../../../clients/clickhouse/session.ts';
import { nameOf } from '../schema/table-places.ts';
import { isSignificant, lexerOf, type Token } from '../sql/tokens.ts';

/** The table whose rows or columns a statement changes. */
export interface AlteredTable {
  /** Undefined: the session's own. */
  readonly database: string | undefined;
  /** Undefined: the statement names it by a parameter, so that it may be any table of the database. */
  readonly table: string | undefined;
}

export type Altered = AlteredTable & { readonly database: string };

/** The words between the verb and the name. */
const BEFORE_NAME: Readonly<Record<string, readonly string[]>> = {
  ALTER: ['TEMPORARY', 'TABLE', 'IF', 'EXISTS'],
  DELETE: ['FROM'],
  UPDATE: [],
};

/** Undefined: the statement begins no mutation. Pure. */
export function alteredTable(statement: string): AlteredTable | undefined {
  const tokens = significant(statement);
  const verb = wordOf(statement, tokens.next().value);
  const between = BEFORE_NAME[verb];
  if (between === undefined) return undefined;
  let first = tokens.next().value;
  // ALTER USER, ALTER DATABASE
  if (verb === 'ALTER' && !/^(TEMPORARY|TABLE)$/.test(wordOf(statement, first))) return undefined;
  while (between.includes(wordOf(statement, first))) first = tokens.next().value;
  if (!isName(first)) return { database: undefined, table: undefined };
  const name = nameOf(statement, first).text;
  if (tokens.next().value?.type !== 'dot') return { database: undefined, table: name };
  const second = tokens.next().value;
  return { database: name, table: isName(second) ? nameOf(statement, second).text : undefined };
}

/** The same with the database that the session is in. */
export async function inDatabase(
  { database, table }: AlteredTable,
  session: ClickhouseSession,
  signal: AbortSignal,
): Promise<Altered> {
  if (database !== undefined) return { database, table };
  const [row] = await session.ask<{ readonly name: string }>('SELECT currentDatabase() AS name', { signal });
  return { database: row?.name ?? '', table };
}

function* significant(statement: string): Generator<Token, undefined> {
  for (const token of lexerOf(statement)(0)) if (isSignificant(token)) yield token;
  return undefined;
}

function wordOf(statement: string, token: Token | undefined): string {
  return token?.type === 'word' ? statement.slice(token.start, token.end).toUpperCase() : '';
}

function isName(token: Token | undefined): token is Token {
  return token?.type === 'word' || token?.type === 'name';
}
