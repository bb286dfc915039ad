import type { SqlMistake, SqlPiece, SqlRules } from '../stack/contract/migrate.ts';
import { type Token, tokenizer } from './tokens.ts';

export interface SplitText {
  readonly statements: readonly SqlPiece[];
  readonly comments: readonly SqlPiece[];
  readonly mistakes: readonly SqlMistake[];
}

/**
 * Cuts a file into its statements: without the semicolon, without comments around them, with those inside. A semicolon
 * in a quoted text, in brackets (CREATE RULE … DO (a; b)) or in a body (BEGIN ATOMIC … END) ends nothing. What is opened
 * and never closed is a mistake, and so is a command that only the server's client program understands. Pure.
 */
export function splitSql(text: string, rules: SqlRules): SplitText {
  const statements: SqlPiece[] = [];
  const comments: SqlPiece[] = [];
  const mistakes: SqlMistake[] = [];
  const tokenAt = tokenizer(text, rules);
  let open = emptyStatement();

  const finish = (): void => {
    const { start, end, brackets } = open;
    const bracket = brackets[0];
    if (bracket !== undefined) mistakes.push({ offset: bracket, message: 'this bracket is never closed' });
    if (start !== undefined) statements.push({ text: text.slice(start, end), offset: start });
    open = emptyStatement();
  };

  for (let offset = 0; offset < text.length; ) {
    const token = tokenAt(offset);
    if (token.mistake !== undefined) mistakes.push({ offset, message: token.mistake });
    if (token.type === 'comment') comments.push({ text: text.slice(offset, token.end), offset });
    else if (token.type === 'semicolon' && open.brackets.length === 0 && open.bodies === 0) finish();
    else if (token.type !== 'space') grow(open, token, text.slice(offset, token.end), { offset, rules });
    offset = token.end;
  }
  finish();
  return { statements, comments, mistakes };
}

/** Grows with each token, in place: a copy for each would cost as much as the statement is long. */
interface OpenStatement {
  start: number | undefined;
  /** Behind its last token. */
  end: number;
  /** Offsets of the brackets that are open, outermost first. */
  readonly brackets: number[];
  /** Words outside of brackets that it starts with, in lower case: enough to know CREATE OR REPLACE FUNCTION. */
  readonly words: string[];
  /** BEGIN … END, and CASE … END in it, that are open in a body. */
  bodies: number;
}

function emptyStatement(): OpenStatement {
  return { start: undefined, end: 0, brackets: [], words: [], bodies: 0 };
}

function grow(
  open: OpenStatement,
  token: Token,
  text: string,
  { offset, rules }: { readonly offset: number; readonly rules: SqlRules },
): void {
  open.start ??= offset;
  open.end = token.end;
  if (token.type === 'opening') open.brackets.push(offset);
  else if (token.type === 'closing') open.brackets.pop();
  else if (token.type === 'word' && open.brackets.length === 0) {
    const word = text.toLowerCase();
    if (open.words.length < 4) open.words.push(word);
    open.bodies = bodiesAfter(word, open, rules);
  }
}

function bodiesAfter(word: string, { words, bodies }: OpenStatement, { bodyStart }: SqlRules): number {
  if (bodies === 0 && word !== 'begin') return 0;
  if (bodyStart?.test(words.join(' ')) !== true) return 0;
  if (word === 'begin' || (word === 'case' && bodies > 0)) return bodies + 1;
  return word === 'end' ? Math.max(0, bodies - 1) : bodies;
}
