import type { SplitText, SqlMistake, SqlPiece, TextPiece } from '../../../stack/contract/migrate.ts';
import { readInsert, VALUES } from './insert.ts';
import { isSignificant, type Lexer, lexerOf, type Token } from './tokens.ts';

/**
 * Cuts a text into its statements: without the semicolon, without comments around them, with those inside. To the server
 * a semicolon ends a statement wherever it stands outside of quotes and comments; in brackets it is a mistake. The data
 * of an INSERT with FORMAT is part of it: up to the first empty line, as clickhouse-client reads it. Pure.
 */
export function splitClickhouse(text: string): SplitText {
  const found: Found = { statements: [], comments: [], mistakes: [] };
  const lexer = lexerOf(text);
  for (let offset = 0; offset < text.length; ) offset = readStatement(text, { lexer, offset }, found);
  return found;
}

interface Found {
  readonly statements: SqlPiece[];
  readonly comments: TextPiece[];
  readonly mistakes: SqlMistake[];
}

/** Returns where the next statement may begin. */
function readStatement(
  text: string,
  { lexer, offset }: { readonly lexer: Lexer; readonly offset: number },
  { statements, comments, mistakes }: Found,
): number {
  const brackets: number[] = [];
  let start: number | undefined;
  let end = offset;
  let data: DataPlace | undefined;
  const finish = (): void => {
    const [bracket] = brackets;
    if (bracket !== undefined) mistakes.push({ offset: bracket, message: 'this bracket is never closed' });
    if (start !== undefined) statements.push({ text: text.slice(start, end), offset: start });
  };
  for (const token of lexer(offset)) {
    if (token.mistake !== undefined) mistakes.push({ offset: token.start, message: token.mistake });
    if (token.type === 'comment') comments.push({ text: text.slice(token.start, token.end), offset: token.start });
    if (!isSignificant(token)) continue;
    if (token.type === 'semicolon') {
      finish();
      return token.end;
    }
    start ??= token.start;
    if (isInsert(text, token) && mayInsert(text, start, token.start)) data = dataPlace(text, lexer, token.start);
    end = token.end;
    if (token.type === 'opening') brackets.push(token.start);
    if (token.type === 'closing') brackets.pop();
    if (data !== undefined && token.end >= data.begin) {
      end = data.end;
      finish();
      return end;
    }
  }
  finish();
  return text.length;
}

function isInsert(text: string, { type, start, end }: Token): boolean {
  return type === 'word' && end - start === 'INSERT'.length && text.slice(start, end).toUpperCase() === 'INSERT';
}

/** An INSERT begins its statement, or follows EXPLAIN. */
function mayInsert(text: string, start: number, at: number): boolean {
  return start === at || /^explain\b/i.test(text.slice(start, start + 8));
}

interface DataPlace {
  /** Behind the last word of the statement itself. */
  readonly begin: number;
  readonly end: number;
}

/** Of data that is not read as SQL. */
function dataPlace(text: string, lexer: Lexer, insertAt: number): DataPlace | undefined {
  const source = readInsert(text, lexer, insertAt);
  if (source.type !== 'data' || source.format === VALUES) return undefined;
  const emptyLine = text.indexOf('\n\n', source.dataAt);
  return { begin: source.formatEnd, end: emptyLine === -1 ? text.length : emptyLine };
}
