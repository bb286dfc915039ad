import type { SqlRules } from '../stack/contract/migrate.ts';

export interface SplitText {
  readonly statements: readonly Piece[];
  readonly comments: readonly Piece[];
  readonly mistakes: readonly Mistake[];
}

/** A part of the text and where it starts, counted in characters from 0. */
export interface Piece {
  readonly text: string;
  readonly offset: number;
}

export interface Mistake {
  readonly offset: number;
  readonly message: string;
}

export const POSTGRESQL_RULES: SqlRules = {
  backslashEscapes: false,
  backticks: false,
  hashComments: false,
  crEndsComments: true,
  nestedComments: true,
};

/**
 * Cuts a file into its statements: without the semicolon, without comments around them, with those inside. A semicolon
 * in a quoted text, in brackets (CREATE RULE … DO (a; b)) or in the body of BEGIN ATOMIC … END ends nothing. What only
 * psql understands, and what is opened and never closed, is a mistake.
 */
export function splitSql(text: string, rules: SqlRules = POSTGRESQL_RULES): SplitText {
  const statements: Piece[] = [];
  const comments: Piece[] = [];
  const mistakes: Mistake[] = [];
  let open = emptyStatement();
  const tokenAt = tokenizer(text, rules);

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
    else if (token.type !== 'space') grow(open, token, offset, text);
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
  /** BEGIN … END, and CASE … END in it, that are open in the body of a function. */
  bodies: number;
}

function emptyStatement(): OpenStatement {
  return { start: undefined, end: 0, brackets: [], words: [], bodies: 0 };
}

function grow(open: OpenStatement, token: Token, offset: number, text: string): void {
  open.start ??= offset;
  open.end = token.end;
  if (token.type === 'opening') open.brackets.push(offset);
  else if (token.type === 'closing') open.brackets.pop();
  else if (token.type === 'word' && open.brackets.length === 0) {
    const word = text.slice(offset, token.end).toLowerCase();
    if (open.words.length < 4) open.words.push(word);
    open.bodies = bodiesAfter(word, open);
  }
}

/** As psql counts them (src/fe_utils/psqlscan.l): only in the definition of a function or a procedure. */
function bodiesAfter(word: string, { words, bodies }: OpenStatement): number {
  if (words[0] !== 'create' || !/^create (or replace )?(function|procedure)\b/.test(words.join(' '))) return 0;
  if (word === 'begin' || (word === 'case' && bodies > 0)) return bodies + 1;
  return word === 'end' ? Math.max(0, bodies - 1) : bodies;
}

interface Token {
  readonly type: 'space' | 'comment' | 'quoted' | 'word' | 'semicolon' | 'opening' | 'closing' | 'other';
  readonly end: number;
  readonly mistake?: string;
}

const SPACE = /\s+/y;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const ASCII_WORD = /\w[\w$]*/y;
const NUMBER = /\d[\w.]*/y;
const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const PSQL_COMMAND = /\\[^\s;]*/y;
const OTHER = /[^\p{L}\p{N}\s_;()'"`$\\/#-]+/uy;
const QUOTES: Readonly<Record<string, string>> = { "'": 'text', '"': 'name', '`': 'name' };
const SINGLE: Readonly<Record<string, Token['type']>> = { ';': 'semicolon', '(': 'opening', ')': 'closing' };

/** Reads the token at an offset of the text. What a token is follows from its first character in most cases. */
function tokenizer(text: string, rules: SqlRules): (offset: number) => Token {
  const lineComment = lineCommentOf(rules);
  return (offset) => {
    const one = (type: Token['type'], end: number = offset + 1): Token => ({ type, end });
    const mark = text.charAt(offset);
    const single = SINGLE[mark];
    if (single !== undefined) return one(single);
    if (QUOTES[mark] !== undefined && (mark !== '`' || rules.backticks))
      return quoted(text, offset, mark, rules.backslashEscapes);
    if (mark === '-' || mark === '#') {
      const end = endOf(lineComment, text, offset);
      return end === undefined ? one('other') : { ...one('comment', end), ...hiddenLines(text.slice(offset, end)) };
    }
    if (mark === '/') return text.startsWith('/*', offset) ? blockComment(text, offset, rules) : one('other');
    if (mark === '$') {
      const end = endOf(DOLLAR_QUOTE, text, offset);
      return end === undefined ? one('other') : dollarQuoted(text, offset, text.slice(offset, end));
    }
    if (mark === '\\') return psqlCommand(text, offset);
    const space = endOf(SPACE, text, offset);
    if (space !== undefined) return one('space', space);
    if ((mark === 'e' || mark === 'E') && text.charAt(offset + 1) === "'") return quoted(text, offset + 1, "'", true);
    const word = wordEnd(text, offset);
    return word === undefined ? one('other', endOf(OTHER, text, offset)) : one('word', word);
  };
}

/** Where the match of a sticky pattern at `offset` ends. */
function endOf(pattern: RegExp, text: string, offset: number): number | undefined {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function wordEnd(text: string, offset: number): number | undefined {
  const number = endOf(NUMBER, text, offset);
  if (number !== undefined) return number;
  const ascii = endOf(ASCII_WORD, text, offset);
  return ascii !== undefined && !(text.charCodeAt(ascii) > 0x7f) ? ascii : endOf(WORD, text, offset);
}

function psqlCommand(text: string, offset: number): Token {
  const end = endOf(PSQL_COMMAND, text, offset) ?? offset + 1;
  const mistake = `${text.slice(offset, end)} is a command of psql, and this file is not run by psql`;
  return { type: 'other', end, mistake };
}

/** What begins with -- or, where the server knows that, with #, up to where the server lets the line end. */
function lineCommentOf({ hashComments, crEndsComments }: SqlRules): RegExp {
  return new RegExp(`(?:--${hashComments ? '|#' : ''})${crEndsComments ? '[^\\r\\n]*' : '[^\\n]*'}`, 'y');
}

/** A comment that goes on behind what every editor shows as the end of its line. */
function hiddenLines(comment: string): Pick<Token, 'mistake'> {
  if (!/\r[^\r]/.test(comment)) return {};
  return {
    mistake:
      'a CR alone does not end a line for this server, so that the next line belongs to this comment: save the file with LF',
  };
}

function blockComment(text: string, offset: number, { nestedComments }: SqlRules): Token {
  const mark = nestedComments ? /\/\*|\*\//g : /\*\//g;
  mark.lastIndex = offset + 2;
  let depth = 1;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    depth += found[0] === '*/' ? -1 : 1;
    if (depth === 0) return { type: 'comment', end: mark.lastIndex };
  }
  return { type: 'comment', end: text.length, mistake: 'this comment is never closed' };
}

/** A doubled quote stands for itself. */
function quoted(text: string, start: number, mark: string, escapes: boolean): Token {
  const special = escapes ? new RegExp(`[\\\\${mark}]`, 'g') : undefined;
  const next = (from: number): number => {
    if (special === undefined) return text.indexOf(mark, from);
    special.lastIndex = from;
    return special.exec(text)?.index ?? -1;
  };
  for (let at = next(start + 1); at !== -1; at = next(at + 2)) {
    const isPair = text.charAt(at) === '\\' || text.charAt(at + 1) === mark;
    if (!isPair) return { type: 'quoted', end: at + 1 };
  }
  return { type: 'quoted', end: text.length, mistake: `this quoted ${QUOTES[mark]} is never closed` };
}

function dollarQuoted(text: string, offset: number, mark: string): Token {
  const close = text.indexOf(mark, offset + mark.length);
  if (close !== -1) return { type: 'quoted', end: close + mark.length };
  return { type: 'quoted', end: text.length, mistake: `the text that ${mark} opens is never closed` };
}
