import { readInsert, VALUES } from '../../kinds/clickhouse/sql/insert.ts';
import { splitClickhouse } from '../../kinds/clickhouse/sql/split.ts';
import { isSignificant, type Lexer, lexerOf, type Token } from '../../kinds/clickhouse/sql/tokens.ts';

/**
 * What the HTTP front has to know of a statement: whether it is one, and where the data of an INSERT begins. The engine
 * itself would run what follows a `;` (and, in inserted data, what follows an empty line) as the next statement.
 */
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

/** Reads no further than to the data of an INSERT. Offsets count characters from 0. Pure. */
export function readStatement(text: string): Statement {
  const lexer = lexerOf(text);
  for (const token of lexer(0)) {
    if (!isSignificant(token) || token.type === 'semicolon') continue;
    const word = wordOf(text, token);
    if (word === 'INSERT') return insert(text, lexer, token.start);
    if (word === 'EXPLAIN' && explainsData(text, lexer, token.start))
      return { type: 'refused', what: 'EXPLAIN of an INSERT with data' };
    return readRest(text, lexer(token.start), READ_ONLY.has(word) || text.charAt(token.start) === '(');
  }
  return { type: 'empty' };
}

/** The statements of a script, each with the data that belongs to it, without their semicolons. */
export function splitStatements(text: string): readonly string[] {
  return splitClickhouse(text).statements.map(({ text: statement }) => statement);
}

function insert(text: string, lexer: Lexer, at: number): Statement {
  const source = readInsert(text, lexer, at);
  if (source.type === 'infile') return { type: 'refused', what: 'INSERT FROM INFILE' };
  if (source.type === 'other') return readRest(text, lexer(at), false);
  const { clausesAt, formatAt, format, formatEnd, dataAt } = source;
  if (format !== VALUES && text.charAt(formatEnd) === ';')
    return { type: 'refused', what: 'a semicolon between FORMAT and the data of an INSERT' };
  return { type: 'insert', clausesAt, formatAt, format, dataAt };
}

/** The engine would run what follows such data as a statement of its own. */
function explainsData(text: string, lexer: Lexer, at: number): boolean {
  for (const token of lexer(at)) {
    if (token.type === 'semicolon') return false;
    if (wordOf(text, token) === 'INSERT') return readInsert(text, lexer, token.start).type === 'data';
  }
  return false;
}

/** Reads a statement without data to its end, past a last semicolon, and notes the clauses that matter. */
function readRest(text: string, tokens: Iterable<Token>, readOnly: boolean): Statement {
  let depth = 0;
  let before = '';
  let format: string | undefined;
  let inSettings = false;
  let isInsert: boolean | undefined;
  let readsInput = false;
  let ended = false;
  for (const token of tokens) {
    if (!isSignificant(token)) continue;
    if (token.type === 'semicolon') {
      ended = true;
      continue;
    }
    if (ended) return { type: 'several', at: token.start };
    if (token.type === 'opening') depth += 1;
    if (token.type === 'closing') depth -= 1;
    const word = wordOf(text, token);
    isInsert ??= word === 'INSERT';
    if (depth === 0 && before === 'INTO' && word === 'OUTFILE') return { type: 'refused', what: 'INTO OUTFILE' };
    // A column may be called format: the clause is what only SETTINGS may follow.
    inSettings ||= depth === 0 && word === 'SETTINGS';
    if (depth === 0 && before === 'FORMAT' && word !== '') format = text.slice(token.start, token.end);
    else if (!inSettings) format = undefined;
    readsInput ||= isInsert && before === 'INPUT' && text.charAt(token.start) === '(';
    before = word;
  }
  if (readsInput) return { type: 'refused', what: 'INSERT from the table function input()' };
  return { type: 'query', readOnly, format };
}

/** In upper case; empty for a token that is no word. */
function wordOf(text: string, { type, start, end }: Token): string {
  return type === 'word' ? text.slice(start, end).toUpperCase() : '';
}
