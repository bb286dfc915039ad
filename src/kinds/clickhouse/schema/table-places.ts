import { isSignificant, lexerOf, type Token } from '../sql/tokens.ts';

/** A table, view, dictionary or database that a statement names. Offsets count characters from 0. */
export interface TablePlace {
  /** Undefined: the session's own. */
  readonly database: Name | undefined;
  /** Undefined: the statement names a database alone (CREATE DATABASE, USE). */
  readonly table: Name | undefined;
}

export interface Name {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Behind these words comes a table. */
const BEFORE_TABLE = new Set(
  'TABLE TABLES VIEW DICTIONARY DICTIONARIES FROM JOIN INTO TO IN TRUNCATE UPDATE EXISTS OPTIMIZE DESCRIBE DESC AS'.split(
    ' ',
  ),
);
/** And behind these a database. */
const BEFORE_DATABASE = new Set(['DATABASE', 'USE']);
/** Words between the two. */
const BETWEEN = new Set(['IF', 'NOT', 'EXISTS', 'TEMPORARY', 'FINAL', 'TABLE']);
/** They end a list of tables. */
const ENDS_LIST = new Set(
  'WHERE PREWHERE GROUP ORDER HAVING LIMIT SETTINGS UNION WINDOW QUALIFY FORMAT ENGINE SELECT ON USING'.split(' '),
);
/** Others that are no names. */
const RESERVED = new Set([
  ...BEFORE_TABLE,
  ...BEFORE_DATABASE,
  ...BETWEEN,
  ...ENDS_LIST,
  'WITH',
  'DISK',
  'VOLUME',
  'CLUSTER',
]);
/** Functions whose first argument is a table or a dictionary, where it is no text. */
const TAKES_TABLE = /^(dict(Get|Has|IsIn)\w*|joinGet(OrNull)?|dictionary)$/i;

interface State {
  /** What the next name is. */
  expect: 'table' | 'database' | undefined;
  /** Commas separate tables. */
  list: boolean;
}

/** Where a statement names tables. Columns may be qualified too, with the alias of a table: those are left out. Pure. */
export function tablePlaces(statement: string): readonly TablePlace[] {
  const tokens = [...lexerOf(statement)(0)].filter(isSignificant);
  const places: TablePlace[] = [];
  const stack: State[] = [{ expect: undefined, list: /^\s*(RENAME|EXCHANGE|DROP)\b/i.test(statement) }];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    const state = stack.at(-1) as State;
    const word = token.type === 'word' ? statement.slice(token.start, token.end) : '';
    const qualified = qualifiedColumn(statement, tokens, at);
    if (qualified !== undefined) {
      places.push(qualified);
      at += 4;
    } else if (token.type === 'opening') {
      state.expect = undefined;
      const before = tokens[at - 1];
      const call = before?.type === 'word' && TAKES_TABLE.test(statement.slice(before.start, before.end));
      stack.push({ expect: call ? 'table' : undefined, list: false });
    } else if (token.type === 'closing') {
      if (stack.length > 1) stack.pop();
    } else if (state.expect !== undefined && isName(token) && !RESERVED.has(word.toUpperCase())) {
      const found = placeAt(statement, tokens, at, state.expect);
      if (found.place !== undefined) places.push(found.place);
      at = found.last;
      state.expect = undefined;
    } else
      update(state, word.toUpperCase(), statement.slice(token.start, token.end), wordBefore(statement, tokens, at));
  }
  return places;
}

/** `database.table.column` */
function qualifiedColumn(statement: string, tokens: readonly Token[], at: number): TablePlace | undefined {
  const [database, dot, table, second, column] = tokens.slice(at, at + 5);
  if (dot?.type !== 'dot' || second?.type !== 'dot' || tokens[at - 1]?.type === 'dot') return undefined;
  const names = [database, table, column];
  if (!names.every((token) => token !== undefined && isName(token))) return undefined;
  return { database: nameOf(statement, database as Token), table: nameOf(statement, table as Token) };
}

function update(state: State, word: string, text: string, before: string): void {
  // CREATE DATABASE IF NOT EXISTS
  if (state.expect !== undefined && BETWEEN.has(word)) return;
  if (BEFORE_DATABASE.has(word)) state.expect = 'database';
  // ARRAY JOIN takes columns.
  else if (BEFORE_TABLE.has(word) && !(word === 'JOIN' && before === 'ARRAY')) {
    // CREATE TABLE … AS SELECT, EXISTS (SELECT …)
    state.expect = 'table';
    if (word === 'FROM') state.list = true;
  } else if (word === 'AND' && state.list) state.expect = 'table';
  else if (ENDS_LIST.has(word)) Object.assign(state, { expect: undefined, list: false });
  else if (text === ',' && state.list) state.expect = 'table';
  else state.expect = undefined;
}

function wordBefore(statement: string, tokens: readonly Token[], at: number): string {
  const before = tokens[at - 1];
  return before?.type === 'word' ? statement.slice(before.start, before.end).toUpperCase() : '';
}

function isName({ type }: Token): boolean {
  return type === 'word' || type === 'name';
}

function placeAt(
  statement: string,
  tokens: readonly Token[],
  at: number,
  expect: 'table' | 'database',
): { readonly place: TablePlace | undefined; readonly last: number } {
  const first = nameOf(statement, tokens[at] as Token);
  if (expect === 'database') return { place: { database: first, table: undefined }, last: at };
  const [dot, second] = tokens.slice(at + 1, at + 3);
  // A function that makes a table: `FROM numbers(10)`.
  if (dot?.type === 'opening' && statement[dot.start] === '(' && isFunction(statement, tokens, at))
    return { place: undefined, last: at };
  if (dot?.type !== 'dot' || second === undefined || !isName(second))
    return { place: { database: undefined, table: first }, last: at };
  return { place: { database: first, table: nameOf(statement, second) }, last: at + 2 };
}

/** `CREATE TABLE t (…)` and `INSERT INTO t (…)` have brackets too. */
function isFunction(statement: string, tokens: readonly Token[], at: number): boolean {
  return (
    /^(FROM|JOIN|IN|FUNCTION)$/.test(wordBefore(statement, tokens, at)) ||
    statement[(tokens[at - 1] as Token)?.start] === ','
  );
}

/** A name as the server knows it, without its quotes. */
export function nameOf(statement: string, { type, start, end }: Token): Name {
  const text = statement.slice(start, end);
  return {
    text:
      type === 'name'
        ? text
            .slice(1, -1)
            .replace(/\\(.)/g, '$1')
            .replace(/``|""/g, (two) => two.charAt(0))
        : text,
    start,
    end,
  };
}
