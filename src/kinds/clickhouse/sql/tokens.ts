import { blockCommentEnd, endOf, placeholderMistake, quoteEnd } from '../../../lib/scan.ts';

export interface Token {
  readonly type:
    | 'space'
    | 'comment'
    | 'text'
    | 'name'
    | 'word'
    | 'number'
    | 'dot'
    | 'semicolon'
    | 'opening'
    | 'closing'
    | 'other';
  readonly start: number;
  /** Behind its last character, counted from 0. */
  readonly end: number;
  /** The server takes no text with such a token. */
  readonly mistake?: string;
}

/*
 * As the server reads a text (src/Parsers/Lexer.cpp). Beyond ASCII it knows spaces, typographic quotes and a minus;
 * any other such character is wrong outside of quotes.
 */
const SPACE = /[ \t\n\r\f\v\u0085\u00a0\u1680\u180e\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+/y;
/** Only LF ends it. `#` needs a space or an exclamation mark. */
const LINE_COMMENT = /(?:--|\/\/|#[ !])[^\n]*/y;
const WORD = /[\w$]+/y;
const REST_OF_WORD = /\w+/y;
/** A number takes the sign behind its exponent even where no digit follows: `1e--2` has no comment. */
const NUMBER =
  /0[xX][\da-fA-F](?:_?[\da-fA-F])*(?:\.(?:[\da-fA-F](?:_?[\da-fA-F])*)?)?(?:[pP][+-]?(?:\d(?:_?\d)*)?)?|\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?(?:[eE][+-]?(?:\d(?:_?\d)*)?)?/y;
const BINARY = /0[bB][01](?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?(?:[eE][+-]?(?:\d(?:_?\d)*)?)?/y;
const DIGITS = /\d(?:_?\d)*/y;
const FRACTION = /\.\d(?:_?\d)*(?:[eE][+-]?(?:\d(?:_?\d)*)?)?/y;
const HEREDOC = /\$\w*\$/y;
const HEX_TEXT = /[xX]'[\da-fA-F]*'|[bB]'[01]*'/y;
const SINGLE: Readonly<Record<string, Token['type']>> = {
  ';': 'semicolon',
  '(': 'opening',
  '[': 'opening',
  '{': 'opening',
  ')': 'closing',
  ']': 'closing',
  '}': 'closing',
};
const QUOTES: Readonly<Record<string, 'text' | 'name'>> = { "'": 'text', '"': 'name', '`': 'name' };
/** They nest in nothing and know no escapes. */
const TYPOGRAPHIC: Readonly<Record<string, { readonly close: string; readonly type: 'text' | 'name' }>> = {
  '‘': { close: '’', type: 'text' },
  '“': { close: '”', type: 'name' },
};
/** Behind these a dot belongs to a name, and before digits. */
const NAMES: ReadonlySet<Token['type']> = new Set(['closing', 'word', 'name', 'number']);

/** Reads tokens from an offset on, one at a time: what follows is not read before it is asked for. */
export type Lexer = (offset: number) => Generator<Token, undefined>;

/** For one text, from as many offsets as wanted. Pure. */
export function lexerOf(text: string): Lexer {
  const closesLater = heredocTags(text);
  return function* (offset): Generator<Token, undefined> {
    const context: { -readonly [Name in keyof Context]: Context[Name] } = { before: undefined, closesLater };
    for (let start = offset; start < text.length; ) {
      const token = tokenAt(text, start, context);
      if (isSignificant(token)) context.before = token.type;
      yield token;
      start = token.end;
    }
    return undefined;
  };
}

/** Whether it is more than space and comment. */
export function isSignificant({ type }: Token): boolean {
  return type !== 'space' && type !== 'comment';
}

interface Context {
  /** The token before, spaces and comments left out. */
  readonly before: Token['type'] | undefined;
  readonly closesLater: (tag: string, from: number) => boolean;
}

/** What most of a text is, found without the other rules: they hold for no such character. */
function usual(text: string, start: number): Token | undefined {
  const code = text.charCodeAt(start);
  const next = text.charCodeAt(start + 1);
  if (code === BLANK || code === LF) {
    const isAlone = next > BLANK && next < ASCII_END;
    return { type: 'space', start, end: isAlone ? start + 1 : (endOf(SPACE, text, start) ?? start + 1) };
  }
  const lower = code | 0x20;
  const isLetter = lower >= 0x61 && lower <= 0x7a;
  return isLetter && next !== APOSTROPHE
    ? { type: 'word', start, end: endOf(WORD, text, start) ?? start + 1 }
    : undefined;
}

const BLANK = 0x20;
const LF = 0x0a;
const APOSTROPHE = 0x27;
const ASCII_END = 0x80;

function tokenAt(text: string, start: number, { before, closesLater }: Context): Token {
  const found = usual(text, start);
  if (found !== undefined) return found;
  const mark = text.charAt(start);
  const single = SINGLE[mark];
  if (single !== undefined) return { type: single, start, end: start + 1 };
  const quote = QUOTES[mark];
  if (quote !== undefined) return closed(text, quote, start, quoteEnd(text, start + 1, mark, true));
  if (mark === '-' || mark === '/' || mark === '#')
    return comment(text, start) ?? { type: 'other', start, end: start + 1 };
  if (mark >= '0' && mark <= '9') return number(text, start, before);
  if (mark === '.') return dot(text, start, before);
  if (mark === '$') return dollar(text, start, closesLater);
  const curved = TYPOGRAPHIC[mark];
  if (curved !== undefined) {
    const close = text.indexOf(curved.close, start + 1);
    return closed(text, curved.type, start, close === -1 ? undefined : close + 1);
  }
  if (text.charAt(start + 1) === "'" && /[xXbB]/.test(mark)) return hexText(text, start);
  const space = endOf(SPACE, text, start);
  if (space !== undefined) return { type: 'space', start, end: space };
  const word = endOf(WORD, text, start);
  return word === undefined ? { type: 'other', start, end: start + 1 } : { type: 'word', start, end: word };
}

function closed(text: string, type: 'text' | 'name', start: number, end: number | undefined): Token {
  if (end !== undefined) return { type, start, end };
  return { type, start, end: text.length, mistake: `this quoted ${type} is never closed` };
}

function comment(text: string, start: number): Token | undefined {
  if (text.startsWith('/*', start)) {
    const end = blockCommentEnd(text, start);
    if (end !== undefined) return { type: 'comment', start, end };
    return { type: 'comment', start, end: text.length, mistake: 'this comment is never closed' };
  }
  const end = endOf(LINE_COMMENT, text, start);
  if (end === undefined) return undefined;
  return { type: 'comment', start, end, ...hiddenLines(text.slice(start, end)) };
}

/** A comment that goes on behind what every editor shows as the end of its line. */
function hiddenLines(line: string): Pick<Token, 'mistake'> {
  if (!/\r[^\r]/.test(line)) return {};
  return {
    mistake:
      'a CR alone does not end a line for this server, so that the next line belongs to this comment: save the file with LF',
  };
}

/** A number that word characters follow is a word: `1st`. Behind a dot only digits count: `t.1.1`. */
function number(text: string, start: number, before: Context['before']): Token {
  const end =
    (before === 'dot' ? endOf(DIGITS, text, start) : (endOf(BINARY, text, start) ?? endOf(NUMBER, text, start))) ??
    start + 1;
  const word = endOf(REST_OF_WORD, text, end);
  return word === undefined ? { type: 'number', start, end } : { type: 'word', start, end: word };
}

function dot(text: string, start: number, before: Context['before']): Token {
  const fraction = before !== undefined && NAMES.has(before) ? undefined : endOf(FRACTION, text, start);
  return fraction === undefined ? { type: 'dot', start, end: start + 1 } : { type: 'number', start, end: fraction };
}

/** `$$…$$` and `$name$…$name$` where the second mark is there; otherwise a dollar is part of a word. */
function dollar(text: string, start: number, closesLater: Context['closesLater']): Token {
  const opened = endOf(HEREDOC, text, start);
  const tag = text.slice(start, opened ?? start);
  if (opened !== undefined && closesLater(tag, opened))
    return { type: 'text', start, end: text.indexOf(tag, opened) + tag.length };
  if (/\w/.test(text.charAt(start + 1))) return { type: 'word', start, end: endOf(WORD, text, start) ?? start + 1 };
  const mistake = placeholderMistake(text, start);
  return { type: 'other', start, end: start + 1, ...(mistake !== undefined && { mistake }) };
}

function hexText(text: string, start: number): Token {
  const end = endOf(HEX_TEXT, text, start);
  if (end !== undefined) return { type: 'text', start, end };
  const wrong = quoteEnd(text, start + 2, "'", false) ?? text.length;
  return { type: 'text', start, end: wrong, mistake: `${text.charAt(start)}'…' takes only digits of its base` };
}

/** Whether a tag stands at `from` or later. Finds the last place of each tag at once: no tag is searched for again and again. */
function heredocTags(text: string): Context['closesLater'] {
  let last: Map<string, number> | undefined;
  return (tag, from) => {
    last ??= new Map([...text.matchAll(/\$(?=(\w*\$))/g)].map(({ 1: rest = '', index }) => [`$${rest}`, index]));
    return (last.get(tag) ?? -1) >= from;
  };
}
