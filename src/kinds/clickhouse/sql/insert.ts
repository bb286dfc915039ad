import { isSignificant, type Lexer, type Token } from './tokens.ts';

/** Where an INSERT takes its rows from. */
export type InsertSource =
  /** From what follows in the text. */
  | {
      readonly type: 'data';
      /** SETTINGS, or FORMAT where there are none: `FROM INFILE` belongs before it. */
      readonly clausesAt: number;
      /** FORMAT or VALUES. */
      readonly formatAt: number;
      readonly format: string;
      /** Behind the last word of the statement itself. */
      readonly formatEnd: number;
      readonly dataAt: number;
    }
  | { readonly type: 'infile' }
  /** From a query, or from nothing: the statement ends as any other. */
  | { readonly type: 'other' };

/** Reads no further than to what decides it. @param insertAt where the word INSERT begins. Pure. */
export function readInsert(text: string, lexer: Lexer, insertAt: number): InsertSource {
  const tokens = significant(lexer(insertAt));
  const word = (token: Token | undefined): string =>
    token?.type === 'word' ? text.slice(token.start, token.end).toUpperCase() : '';
  let before = next(tokens);
  let depth = 0;
  let inTarget = true;
  let clausesAt: number | undefined;
  for (let token = next(tokens); token !== undefined; before = token, token = next(tokens)) {
    if (token.type === 'opening') depth += 1;
    if (token.type === 'closing') depth -= 1;
    inTarget &&= depth > 0 || isTarget(token, word(token), { before, wordBefore: word(before) });
    if (inTarget || depth > 0) continue;
    if (token.type === 'semicolon') return OTHER;
    switch (word(token)) {
      case 'SETTINGS':
        clausesAt ??= token.start;
        break;
      case 'FROM':
        return word(next(tokens)) === 'INFILE' ? { type: 'infile' } : OTHER;
      case 'SELECT':
      case 'WITH':
        return OTHER;
      case 'VALUES':
        return dataOf(text, { clausesAt: clausesAt ?? token.start, keyword: token, name: undefined });
      case 'FORMAT': {
        const name = next(tokens);
        if (name?.type !== 'word') return OTHER;
        return dataOf(text, { clausesAt: clausesAt ?? token.start, keyword: token, name });
      }
    }
  }
  return OTHER;
}

const OTHER = { type: 'other' } as const;

/** INTO, TABLE, FUNCTION, a name with dots, and what stands in brackets after it. A table may be called `format`. */
function isTarget(
  { type }: Token,
  word: string,
  { before, wordBefore }: { readonly before: Token | undefined; readonly wordBefore: string },
): boolean {
  if (type === 'closing' || type === 'dot') return true;
  if (type !== 'word' && type !== 'name') return false;
  if (before?.type === 'dot' || wordBefore === 'INSERT') return true;
  return /^(INTO|TABLE|FUNCTION)$/.test(wordBefore) && word !== 'VALUES';
}

function dataOf(
  text: string,
  {
    clausesAt,
    keyword,
    name,
  }: { readonly clausesAt: number; readonly keyword: Token; readonly name: Token | undefined },
): InsertSource {
  const formatEnd = (name ?? keyword).end;
  const format = name === undefined ? VALUES : text.slice(name.start, name.end);
  const isValues = format.toUpperCase() === VALUES.toUpperCase();
  const dataAt = isValues ? formatEnd : formatEnd + gapAfter(text.slice(formatEnd, formatEnd + 4096));
  return { type: 'data', clausesAt, formatAt: keyword.start, format: isValues ? VALUES : format, formatEnd, dataAt };
}

/** The one format whose data is read as SQL is, so that a semicolon ends it. */
export const VALUES = 'Values';

/** Data begins on the next line, or behind the spaces when there is something on this one. */
function gapAfter(rest: string): number {
  return /^[ \t\f]*\r?\n?/.exec(rest)?.[0].length ?? 0;
}

function* significant(tokens: Iterable<Token>): Generator<Token, undefined> {
  for (const token of tokens) if (isSignificant(token)) yield token;
  return undefined;
}

/** `for … of` would end the generator. */
function next(tokens: Generator<Token, undefined>): Token | undefined {
  return tokens.next().value;
}
