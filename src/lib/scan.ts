/** Parts that the lexers of several languages share. Offsets are counted in characters from 0; all is pure. */

/** Where the match of a sticky pattern at `offset` ends. */
export function endOf(pattern: RegExp, text: string, offset: number): number | undefined {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/**
 * Behind the next `mark` that stands alone, from `from` on: a doubled one stands for itself, and so does one behind a
 * backslash where `escapes` is set. Undefined: the text ends before that.
 */
export function quoteEnd(text: string, from: number, mark: string, escapes: boolean): number | undefined {
  const next = escapes ? nextSpecial(text, mark) : (at: number): number => text.indexOf(mark, at);
  for (let at = next(from); at !== -1; at = next(at + 2)) {
    const isPair = text.charAt(at) !== mark || text.charAt(at + 1) === mark;
    if (!isPair) return at + 1;
  }
  return undefined;
}

const specials = new Map<string, RegExp>();

function specialOf(mark: string): RegExp {
  const known = specials.get(mark);
  if (known !== undefined) return known;
  const special = new RegExp(`[\\\\${mark}]`, 'g');
  specials.set(mark, special);
  return special;
}

function nextSpecial(text: string, mark: string): (from: number) => number {
  const special = specialOf(mark);
  return (from) => {
    special.lastIndex = from;
    return special.exec(text)?.index ?? -1;
  };
}

/** Behind the end of a block comment that starts at `start`; such comments nest. Undefined: it is never closed. */
export function blockCommentEnd(text: string, start: number): number | undefined {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start + 2;
  let depth = 1;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    depth += found[0] === '*/' ? -1 : 1;
    if (depth === 0) return mark.lastIndex;
  }
  return undefined;
}

const PLACEHOLDER = /\$\{[^{}\s]+\}/y;

/** `${name}` outside of quotes, which no server takes: why not. Undefined: it is not one. */
export function placeholderMistake(text: string, offset: number): string | undefined {
  const end = endOf(PLACEHOLDER, text, offset);
  if (end === undefined) return undefined;
  const placeholder = text.slice(offset, end);
  return `${placeholder} is for a tool that fills it in, as Flyway does, and this file runs as it stands: write its value here`;
}
