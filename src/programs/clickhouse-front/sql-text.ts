/**
 * As much of ClickHouse's grammar as the HTTP front needs: where a statement ends, and where the data of an INSERT
 * begins. The engine itself would run what follows a `;` (and, in inserted data, what follows an empty line) as the next
 * statement. Offsets count bytes: texts are read as latin1, where one character is one byte and SQL's own are the same.
 */

export interface Token {
  readonly type: 'word' | 'quoted' | 'symbol';
  readonly text: string;
  readonly start: number;
  /** After the last character. */
  readonly end: number;
}

export type Statement =
  | { readonly type: 'empty' }
  /** A second statement begins at `at`, from 0. */
  | { readonly type: 'several'; readonly at: number }
  /** What only a program on the server's own machine may do, or what this program does not offer. */
  | { readonly type: 'refused'; readonly what: string }
  | { readonly type: 'query'; readonly readOnly: boolean; readonly format: string | undefined }
  | InsertStatement;

/** An INSERT whose rows follow it. `FROM INFILE` belongs at `clausesAt`, FORMAT or VALUES begins at `formatAt`. */
export interface InsertStatement {
  readonly type: 'insert';
  readonly clausesAt: number;
  readonly formatAt: number;
  readonly format: string;
  readonly dataAt: number;
}

const READ_ONLY = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'FROM', 'CHECK']);
const TOKEN =
  /(?<space>[\s\0]+|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<quoted>'(?:[^'\\]+|\\[\s\S]|'')*'?|"(?:[^"\\]+|\\[\s\S]|"")*"?|`(?:[^`\\]+|\\[\s\S]|``)*`?|\$(?<tag>\w*)\$[\s\S]*?(?:\$\k<tag>\$|$))|(?<word>[\w\x80-\xff]+)|(?<symbol>[\s\S])/y;

/** The tokens from `offset` on, comments left out, one at a time: data after an INSERT is never looked at. */
export function* tokensOf(text: string, offset = 0): Generator<Token> {
  const pattern = new RegExp(TOKEN.source, TOKEN.flags);
  pattern.lastIndex = offset;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const { quoted, word, symbol } = match.groups ?? {};
    const found = { start: match.index, end: match.index + match[0].length };
    if (quoted !== undefined) yield { type: 'quoted', text: quoted, ...found };
    if (word !== undefined) yield { type: 'word', text: word, ...found };
    if (symbol !== undefined) yield { type: 'symbol', text: symbol, ...found };
  }
}

export function readStatement(text: string): Statement {
  const tokens = tokensOf(text);
  const first = skipping(tokens, ';');
  if (first === undefined) return { type: 'empty' };
  if (isWord(first, 'INSERT')) return readInsert(text, tokens);
  return readRest(tokens, first.text === '(' || READ_ONLY.has(first.text.toUpperCase()), first);
}

/** The statements of a script, data of INSERTs with FORMAT up to the script's end, without their semicolons. */
export function* splitStatements(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    start += /^[\s;]*/.exec(text.slice(start))?.[0].length ?? 0;
    const end = endOfStatement(text, start);
    const statement = text.slice(start, end).trim();
    if (readStatement(statement).type !== 'empty') yield statement;
    start = end + 1;
  }
}

function endOfStatement(text: string, start: number): number {
  const found = readStatement(text.slice(start));
  if (found.type === 'insert' && found.format !== 'Values') return text.length;
  for (const { type, text: symbol, start: at } of tokensOf(text, start)) {
    if (type === 'symbol' && symbol === ';') return at;
  }
  return text.length;
}

/** After the word INSERT: the table with its columns, and then whatever comes first of FORMAT, VALUES and SELECT. */
function readInsert(text: string, tokens: Generator<Token>): Statement {
  let depth = 0;
  let clausesAt: number | undefined;
  let before: Token | undefined;
  let inTarget = true;
  for (const token of tokens) {
    depth += depthOf(token);
    if (inTarget && isTarget(token, before, depth)) {
      before = token;
      continue;
    }
    inTarget = false;
    if (depth > 0 || token.type !== 'word') {
      if (isSymbol(token, ';')) return readRest(tokens, false, token);
      before = token;
      continue;
    }
    switch (token.text.toUpperCase()) {
      case 'SETTINGS':
        clausesAt ??= token.start;
        break;
      case 'FROM':
        if (isWord(next(tokens), 'INFILE')) return { type: 'refused', what: 'INSERT FROM INFILE' };
        return readRest(tokens, false, token);
      case 'VALUES':
        return insertOf(text, clausesAt ?? token.start, token.start, 'Values', token.end);
      case 'FORMAT': {
        const format = next(tokens);
        if (format?.type !== 'word') return { type: 'query', readOnly: false, format: undefined };
        return insertOf(text, clausesAt ?? token.start, token.start, format.text, format.end);
      }
      case 'SELECT':
      case 'WITH':
        return readRest(tokens, false, token, true);
    }
    before = token;
  }
  return { type: 'query', readOnly: false, format: undefined };
}

/** INTO, TABLE, FUNCTION, a name with dots, and what stands in brackets after it. A table may be called `format`. */
function isTarget(token: Token, before: Token | undefined, depth: number): boolean {
  if (depth > 0 || isSymbol(token, ')') || isSymbol(token, '}')) return true;
  if (isSymbol(token, '.')) return true;
  if (token.type === 'symbol') return false;
  if (before === undefined || isSymbol(before, '.')) return true;
  const keyword = before.type === 'word' && /^(INTO|TABLE|FUNCTION)$/i.test(before.text);
  return keyword && !isWord(token, 'VALUES');
}

function insertOf(
  text: string,
  clausesAt: number,
  formatAt: number,
  format: string,
  end: number,
): InsertStatement | { readonly type: 'refused'; readonly what: string } {
  if (format === 'Values') return { type: 'insert', clausesAt, formatAt, format, dataAt: end };
  if (text[end] === ';') return { type: 'refused', what: 'a semicolon between FORMAT and the data of an INSERT' };
  const gap = /^[ \t\f]*\r?\n?/.exec(text.slice(end, end + 4096))?.[0].length ?? 0;
  return { type: 'insert', clausesAt, formatAt, format, dataAt: end + gap };
}

/** Reads any other statement to its end, past a last semicolon, and notes the clauses that matter. */
function readRest(tokens: Generator<Token>, readOnly: boolean, first: Token, isInsert = false): Statement {
  let depth = depthOf(first);
  let before: Token = first;
  let format: string | undefined;
  let inSettings = false;
  let readsInput = false;
  let ended = isSymbol(first, ';');
  for (const token of tokens) {
    if (isSymbol(token, ';')) {
      ended = true;
      continue;
    }
    if (ended) return { type: 'several', at: token.start };
    depth += depthOf(token);
    if (depth === 0 && isWord(before, 'INTO') && isWord(token, 'OUTFILE')) {
      return { type: 'refused', what: 'INTO OUTFILE' };
    }
    // A column may be called format: the clause is what only SETTINGS may follow.
    inSettings ||= depth === 0 && isWord(token, 'SETTINGS');
    if (depth === 0 && isWord(before, 'FORMAT') && token.type === 'word') format = token.text;
    else if (!inSettings) format = undefined;
    readsInput ||= isInsert && isWord(before, 'INPUT') && isSymbol(token, '(');
    before = token;
  }
  if (readsInput) return { type: 'refused', what: 'INSERT from the table function input()' };
  return { type: 'query', readOnly, format };
}

function skipping(tokens: Generator<Token>, symbol: string): Token | undefined {
  for (let token = next(tokens); token !== undefined; token = next(tokens)) {
    if (!isSymbol(token, symbol)) return token;
  }
  return undefined;
}

/** `for … of` would end the generator. */
function next(tokens: Generator<Token>): Token | undefined {
  const { value, done } = tokens.next();
  return done === true ? undefined : (value as Token);
}

function depthOf({ type, text }: Token): number {
  if (type !== 'symbol') return 0;
  if (text === '(' || text === '[' || text === '{') return 1;
  return text === ')' || text === ']' || text === '}' ? -1 : 0;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.type === 'word' && token.text.toUpperCase() === word;
}

function isSymbol(token: Token, symbol: string): boolean {
  return token.type === 'symbol' && token.text === symbol;
}
