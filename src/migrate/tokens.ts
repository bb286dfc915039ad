import type { SqlRules } from '../stack/contract/migrate.ts';

export interface Token {
  readonly type: 'space' | 'comment' | 'quoted' | 'word' | 'semicolon' | 'opening' | 'closing' | 'other';
  /** Behind its last character, counted from 0. */
  readonly end: number;
  readonly mistake?: string;
}

const SPACE = /\s+/y;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const ASCII_WORD = /\w[\w$]*/y;
const NUMBER = /\d[\w.]*/y;
const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const BACKSLASH_COMMAND = /\\[^\s;]*/y;
const OTHER = /[^\p{L}\p{N}\s_;()'"`$\\/#-]+/uy;
const QUOTES: Readonly<Record<string, string>> = { "'": 'text', '"': 'name', '`': 'name' };
const SINGLE: Readonly<Record<string, Token['type']>> = { ';': 'semicolon', '(': 'opening', ')': 'closing' };

/** Reads the token at an offset of the text. What a token is follows from its first character in most cases. Pure. */
export function tokenizer(text: string, rules: SqlRules): (offset: number) => Token {
  const comment = lineCommentOf(rules);
  return (offset) => {
    const one = (type: Token['type'], end: number = offset + 1): Token => ({ type, end });
    const mark = text.charAt(offset);
    const single = SINGLE[mark];
    if (single !== undefined) return one(single);
    if (QUOTES[mark] !== undefined && (mark !== '`' || rules.backticks))
      return quoted(text, offset, mark, rules.backslashEscapes);
    if (mark === '-' || mark === '#') return lineComment(text, offset, comment) ?? one('other');
    if (mark === '/') return text.startsWith('/*', offset) ? blockComment(text, offset, rules) : one('other');
    if (mark === '$') return (rules.dollarQuotes ? dollarQuoted(text, offset) : undefined) ?? one('other');
    if (mark === '\\') return backslash(text, offset, rules);
    const space = endOf(SPACE, text, offset);
    if (space !== undefined) return one('space', space);
    if (rules.escapeTexts && (mark === 'e' || mark === 'E') && text.charAt(offset + 1) === "'")
      return quoted(text, offset + 1, "'", true);
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

function backslash(text: string, offset: number, { clientProgram }: SqlRules): Token {
  if (clientProgram === undefined) return { type: 'other', end: offset + 1 };
  const end = endOf(BACKSLASH_COMMAND, text, offset) ?? offset + 1;
  const command = text.slice(offset, end);
  const mistake = `${command} is a command of ${clientProgram}, and this file is not run by ${clientProgram}`;
  return { type: 'other', end, mistake };
}

/** What begins with -- or, where the server knows that, with #, up to where the server lets the line end. */
function lineCommentOf({ hashComments, crEndsComments }: SqlRules): RegExp {
  return new RegExp(`(?:--${hashComments ? '|#' : ''})${crEndsComments ? '[^\\r\\n]*' : '[^\\n]*'}`, 'y');
}

function lineComment(text: string, offset: number, pattern: RegExp): Token | undefined {
  const end = endOf(pattern, text, offset);
  return end === undefined ? undefined : { type: 'comment', end, ...hiddenLines(text.slice(offset, end)) };
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

/** `$$…$$` or `$name$…$name$`; undefined: this dollar opens nothing. */
function dollarQuoted(text: string, offset: number): Token | undefined {
  const opened = endOf(DOLLAR_QUOTE, text, offset);
  if (opened === undefined) return undefined;
  const mark = text.slice(offset, opened);
  const close = text.indexOf(mark, opened);
  if (close !== -1) return { type: 'quoted', end: close + mark.length };
  return { type: 'quoted', end: text.length, mistake: `the text that ${mark} opens is never closed` };
}
