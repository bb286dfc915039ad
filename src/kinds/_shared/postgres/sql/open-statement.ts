import type { SqlMistake } from '../../../../stack/contract/migrate.ts';
import type { Token } from './tokens.ts';

/** A statement whose end was not read yet. Grows in place: a copy for each token would cost as much as it is long. */
export interface OpenStatement {
  start: number | undefined;
  /** Behind its last token. */
  end: number;
  /** Offsets of the brackets that are open, outermost first. */
  readonly brackets: number[];
  /** Words outside of brackets that it starts with, in lower case: enough to know CREATE OR REPLACE FUNCTION. */
  readonly words: string[];
  /** The token before: a word in lower case, or what else it is. */
  before: string | undefined;
  /** Offset of the body (BEGIN ATOMIC … END) that is open. */
  body: number | undefined;
  /** Where a COPY reads from or writes to. */
  copy: 'client' | 'server' | undefined;
}

export function emptyStatement(): OpenStatement {
  return { start: undefined, end: 0, brackets: [], words: [], before: undefined, body: undefined, copy: undefined };
}

/** Whether a semicolon ends it. */
export function isWhole({ brackets, body }: OpenStatement): boolean {
  return brackets.length === 0 && body === undefined;
}

/** COPY … FROM stdin: what follows the statement is its data. */
export function isCopyIn({ copy }: OpenStatement): boolean {
  return copy === 'client';
}

export function neverClosed({ brackets: [bracket], body }: OpenStatement): readonly SqlMistake[] {
  if (bracket !== undefined) return [{ offset: bracket, message: 'this bracket is never closed' }];
  return body === undefined ? [] : [{ offset: body, message: 'this body (BEGIN ATOMIC) has no END' }];
}

/** Adds a token that is no comment. */
export function grow(open: OpenStatement, token: Token, { text, offset }: { text: string; offset: number }): void {
  open.start ??= offset;
  open.end = token.end;
  const isOutside = open.brackets.length === 0;
  const said = token.type === 'word' && isOutside ? text.slice(offset, token.end).toLowerCase() : token.type;
  if (token.type === 'opening') open.brackets.push(offset);
  else if (token.type === 'closing') open.brackets.pop();
  else if (isOutside) {
    if (token.type === 'word' && open.words.length < 4) open.words.push(said);
    if (open.words[0] === 'copy') growCopy(open, said);
    else if (open.words[0] === 'create') growBody(open, said, offset);
  }
  open.before = said;
}

/** STDOUT means the same to the server's grammar. */
function growCopy(open: OpenStatement, said: string): void {
  if (open.before === 'from') open.copy ??= said === 'stdin' || said === 'stdout' ? 'client' : 'server';
  if (open.before === 'to') open.copy ??= 'server';
}

/**
 * A body is a list of statements, each with its semicolon: what ends it is the word END in the place of a statement. An
 * END elsewhere belongs to a CASE or is a name. psql counts BEGIN, CASE and END instead, which is wrong for such names.
 */
function growBody(open: OpenStatement, said: string, offset: number): void {
  if (open.body === undefined) {
    if (said === 'atomic' && open.before === 'begin' && DEFINES.test(open.words.join(' '))) open.body = offset;
  } else if (said === 'end' && (open.before === 'semicolon' || open.before === 'atomic')) {
    open.body = undefined;
  }
}

const DEFINES = /^create (or replace )?(function|procedure)\b/;
