import { blockCommentEnd, endOf, placeholderMistake, quoteEnd } from '../../../../lib/scan.ts';

/** As far as it matters for where statements end. */
export interface Token {
  readonly type: 'space' | 'comment' | 'quoted' | 'word' | 'semicolon' | 'opening' | 'closing' | 'command' | 'other';
  /** Behind its last character, counted from 0. */
  readonly end: number;
  readonly mistake?: string;
}

/*
 * As the server reads a text (src/backend/parser/scan.l) with standard_conforming_strings on. Every character beyond ASCII
 * is a letter to it, a no-break space too.
 */
const SPACE = /[ \t\n\r\f\v]+/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER =
  /0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|\d(?:_?\d)*(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const PARAMETER = /\$\d+/y;
/** Either of the two ends a line. */
const LINE_COMMENT = /--[^\n\r]*/y;
/** A text in quotes goes on behind a line end, with the rules of its first part. */
const CONTINUATION = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y;
const COMMAND = /\\[^\s;]*/y;
const OPERATOR = /[+*<>=~!@%^&|?:,.[\]{}`#]+/y;
const SINGLE: Readonly<Record<string, Token['type']>> = { ';': 'semicolon', '(': 'opening', ')': 'closing' };

/** Reads the token at an offset of the text. Pure. */
export function tokenAt(text: string, offset: number): Token {
  const mark = text.charAt(offset);
  const single = SINGLE[mark];
  if (single !== undefined) return { type: single, end: offset + 1 };
  switch (mark) {
    case "'":
      return quoted(text, offset, 'text');
    case '"':
      return quoted(text, offset, 'name');
    case '-':
      return found('comment', endOf(LINE_COMMENT, text, offset)) ?? { type: 'other', end: offset + 1 };
    case '/':
      return text.startsWith('/*', offset) ? blockComment(text, offset) : { type: 'other', end: offset + 1 };
    case '$':
      return dollar(text, offset);
    case '\\':
      return command(text, offset);
    case 'e':
    case 'E':
      if (text.charAt(offset + 1) === "'") return escapeText(text, offset + 1);
  }
  return (
    found('space', endOf(SPACE, text, offset)) ??
    found('word', endOf(WORD, text, offset)) ??
    found('other', endOf(NUMBER, text, offset) ?? endOf(OPERATOR, text, offset)) ?? { type: 'other', end: offset + 1 }
  );
}

function found(type: Token['type'], end: number | undefined): Token | undefined {
  return end === undefined ? undefined : { type, end };
}

function quoted(text: string, start: number, what: 'text' | 'name'): Token {
  const end = quoteEnd(text, start + 1, text.charAt(start), false);
  return end === undefined ? unclosed(text, `this quoted ${what} is never closed`) : { type: 'quoted', end };
}

/** `E'…'`, where a backslash escapes the next character, also in the parts that go on behind a line end. */
function escapeText(text: string, quote: number): Token {
  let end = quoteEnd(text, quote + 1, "'", true);
  for (let part = end; part !== undefined && end !== undefined; ) {
    part = endOf(CONTINUATION, text, end);
    if (part !== undefined) end = quoteEnd(text, part, "'", true);
  }
  return end === undefined ? unclosed(text, 'this quoted text is never closed') : { type: 'quoted', end };
}

function blockComment(text: string, start: number): Token {
  const end = blockCommentEnd(text, start);
  if (end !== undefined) return { type: 'comment', end };
  return { type: 'comment', end: text.length, mistake: 'this comment is never closed' };
}

/** `$1`, `$$…$$`, `$name$…$name$`, or a dollar that opens nothing. */
function dollar(text: string, offset: number): Token {
  const opened = endOf(DOLLAR_QUOTE, text, offset);
  if (opened === undefined) {
    const mistake = placeholderMistake(text, offset);
    return {
      type: 'other',
      end: endOf(PARAMETER, text, offset) ?? offset + 1,
      ...(mistake !== undefined && { mistake }),
    };
  }
  const mark = text.slice(offset, opened);
  const close = text.indexOf(mark, opened);
  if (close !== -1) return { type: 'quoted', end: close + mark.length };
  return unclosed(text, `the text that ${mark} opens is never closed`);
}

/** The server knows no backslash outside of quotes: a word that begins with one speaks to psql. */
function command(text: string, offset: number): Token {
  const end = endOf(COMMAND, text, offset) ?? offset + 1;
  const mistake = `${text.slice(offset, end)} is a command of psql, and this file is not run by psql`;
  return { type: 'command', end, mistake };
}

function unclosed(text: string, mistake: string): Token {
  return { type: 'quoted', end: text.length, mistake };
}
