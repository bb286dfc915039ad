import type { SqlRules } from '../stack/migrate.ts';

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

  const finish = (): void => {
    const { start, end, brackets } = open;
    const bracket = brackets[0];
    if (bracket !== undefined) mistakes.push({ offset: bracket, message: 'this bracket is never closed' });
    if (start !== undefined) statements.push({ text: text.slice(start, end), offset: start });
    open = emptyStatement();
  };

  for (let offset = 0; offset < text.length; ) {
    const token = tokenAt(text, offset, rules);
    if (token.mistake !== undefined) mistakes.push({ offset, message: token.mistake });
    if (token.type === 'comment') comments.push({ text: text.slice(offset, token.end), offset });
    else if (token.type === 'semicolon' && open.brackets.length === 0 && open.bodies === 0) finish();
    else if (token.type !== 'space') open = grown(open, token, offset, text);
    offset = token.end;
  }
  finish();
  return { statements, comments, mistakes };
}

interface OpenStatement {
  readonly start: number | undefined;
  /** Behind its last token. */
  readonly end: number;
  /** Offsets of the brackets that are open, outermost first. */
  readonly brackets: readonly number[];
  /** Words outside of brackets that it starts with, in lower case: enough to know CREATE OR REPLACE FUNCTION. */
  readonly words: readonly string[];
  /** BEGIN … END, and CASE … END in it, that are open in the body of a function. */
  readonly bodies: number;
}

function emptyStatement(): OpenStatement {
  return { start: undefined, end: 0, brackets: [], words: [], bodies: 0 };
}

function grown(open: OpenStatement, token: Token, offset: number, text: string): OpenStatement {
  const next = { ...open, start: open.start ?? offset, end: token.end };
  if (token.type === 'opening') return { ...next, brackets: [...open.brackets, offset] };
  if (token.type === 'closing') return { ...next, brackets: open.brackets.slice(0, -1) };
  if (token.type !== 'word' || open.brackets.length > 0) return next;
  const word = text.slice(offset, token.end).toLowerCase();
  const words = open.words.length < 4 ? [...open.words, word] : open.words;
  return { ...next, words, bodies: bodiesAfter(word, { ...open, words }) };
}

/** As psql counts them (src/fe_utils/psqlscan.l): only in the definition of a function or a procedure. */
function bodiesAfter(word: string, { words, bodies }: OpenStatement): number {
  if (!/^create (or replace )?(function|procedure)\b/.test(words.join(' '))) return 0;
  if (word === 'begin' || (word === 'case' && bodies > 0)) return bodies + 1;
  return word === 'end' ? Math.max(0, bodies - 1) : bodies;
}

interface Token {
  readonly type: 'space' | 'comment' | 'quoted' | 'word' | 'semicolon' | 'opening' | 'closing' | 'other';
  readonly end: number;
  readonly mistake?: string;
}

const SPACE = /\s+/y;
const LINE_COMMENT = /--[^\n]*/y;
const HASH_COMMENT = /#[^\n]*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /\d[\w.]*/y;
const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const PSQL_COMMAND = /\\[^\s;]*/y;
const ESCAPED_TEXT = /[eE](?=')/y;
const QUOTES: Readonly<Record<string, string>> = { "'": 'text', '"': 'name', '`': 'name' };
const SINGLE: Readonly<Record<string, Token['type']>> = { ';': 'semicolon', '(': 'opening', ')': 'closing' };

function tokenAt(text: string, offset: number, rules: SqlRules): Token {
  const matched = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset;
    return pattern.exec(text)?.[0];
  };
  const until = (type: Token['type'], length: number): Token => ({ type, end: offset + length });
  const space = matched(SPACE);
  if (space !== undefined) return until('space', space.length);
  const comment = matched(LINE_COMMENT) ?? (rules.hashComments ? matched(HASH_COMMENT) : undefined);
  if (comment !== undefined) return until('comment', comment.length);
  if (text.startsWith('/*', offset)) return blockComment(text, offset, rules);
  if (matched(ESCAPED_TEXT) !== undefined) return quoted(text, offset + 1, "'", true);
  const mark = text.charAt(offset);
  if (QUOTES[mark] !== undefined && (mark !== '`' || rules.backticks))
    return quoted(text, offset, mark, rules.backslashEscapes);
  const dollars = matched(DOLLAR_QUOTE);
  if (dollars !== undefined) return dollarQuoted(text, offset, dollars);
  const word = matched(WORD) ?? matched(NUMBER);
  if (word !== undefined) return until('word', word.length);
  const command = matched(PSQL_COMMAND);
  if (command !== undefined) {
    const mistake = `${command} is a command of psql, and this file is not run by psql`;
    return { ...until('other', command.length), mistake };
  }
  return until(SINGLE[mark] ?? 'other', 1);
}

function blockComment(text: string, offset: number, { nestedComments }: SqlRules): Token {
  let depth = 1;
  let end = offset + 2;
  while (depth > 0) {
    const close = text.indexOf('*/', end);
    if (close === -1) return { type: 'comment', end: text.length, mistake: 'this comment is never closed' };
    const inner = nestedComments ? text.indexOf('/*', end) : -1;
    const opens = inner !== -1 && inner < close;
    depth += opens ? 1 : -1;
    end = (opens ? inner : close) + 2;
  }
  return { type: 'comment', end };
}

/** A doubled quote stands for itself. */
function quoted(text: string, start: number, mark: string, escapes: boolean): Token {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (escapes && character === '\\') at++;
    else if (character === mark && text.charAt(at + 1) === mark) at++;
    else if (character === mark) return { type: 'quoted', end: at + 1 };
  }
  return { type: 'quoted', end: text.length, mistake: `this quoted ${QUOTES[mark]} is never closed` };
}

function dollarQuoted(text: string, offset: number, mark: string): Token {
  const close = text.indexOf(mark, offset + mark.length);
  if (close !== -1) return { type: 'quoted', end: close + mark.length };
  return { type: 'quoted', end: text.length, mistake: `the text that ${mark} opens is never closed` };
}
