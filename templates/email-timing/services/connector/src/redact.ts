/**
 * Takes addresses out of what a provider sends along, wherever they hide: also in keys and in the query of a link.
 *
 * Looks for the at signs first and then to both sides of each, never past the next one: the time is proportional to the
 * length of the text, whatever stands in it.
 */

export const REDACTED = '[address]';

/** `@`, and as a link has it: `%40`, or `%2540` where a link is part of another one, and so on. */
const AT = /@|%(?:25){0,8}40/g;
/** RFC 5322's atoms with dots, and any letter; without `/`, `?`, `=` and `&`, which separate the parts of a link. */
const LOCAL = /[\p{L}\p{M}\p{N}.!#$%'*+^_`{|}~-]/u;
/** Letters, digits, dots and dashes; percent-encoded bytes of letters; or an address in brackets, also encoded ones. */
const DOMAIN =
  /(?:\[|%(?:25){0,8}5B)[^\]\s@]{1,255}?(?:\]|%(?:25){0,8}5D)|(?:[\p{L}\p{M}\p{N}.-]|%(?:25){0,8}[89A-F][0-9A-F])+/iuy;
/** A quoted local part has 64 characters at most (RFC 5321), some of them written as two. */
const QUOTED_LENGTH = 130;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A copy of a JSON value without anything that looks like an email address. */
export function redactAddresses(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactAddresses);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redactText(key), redactAddresses(item)]));
}

function redactText(text: string): string {
  const spans = addressesIn(text);
  if (spans.length === 0) return text;
  const kept = spans.map(({ from }, index) => text.slice(spans[index - 1]?.to ?? 0, from));
  return `${kept.join(REDACTED)}${REDACTED}${text.slice(spans.at(-1)?.to)}`;
}

/** In the order of the text, none of them overlapping. */
function addressesIn(text: string): readonly Span[] {
  const spans: Span[] = [];
  let leftBound = 0;
  for (const { 0: at, index } of text.matchAll(AT)) {
    const end = index + at.length;
    let from = localStart(text, leftBound, index);
    const to = domainEnd(text, end);
    leftBound = end;
    if (from === index || to === end) continue;
    // `a@b@c`, or an at sign within quotes: one after the other was taken for an address of its own.
    while ((spans.at(-1)?.to ?? -1) > from) from = Math.min(from, spans.pop()?.from ?? from);
    spans.push({ from, to });
  }
  return spans;
}

/** Where the local part before `at` begins; `at` itself when there is none. */
function localStart(text: string, leftBound: number, at: number): number {
  if (text[at - 1] === '"') {
    const opening = quoteBefore(text, at - 1);
    if (opening !== undefined) return opening;
  }
  let from = at;
  while (from > leftBound) {
    const low = text.charCodeAt(from - 1);
    const width = low >= 0xdc00 && low <= 0xdfff && from - 2 >= leftBound ? 2 : 1;
    if (!LOCAL.test(text.slice(from - width, from))) break;
    from -= width;
  }
  return from;
}

/** The quotation mark that opens what `closing` ends. */
function quoteBefore(text: string, closing: number): number | undefined {
  for (let index = closing - 1; index >= Math.max(0, closing - QUOTED_LENGTH); index -= 1) {
    if (text[index] === '"' && text[index - 1] !== '\\') return index;
  }
  return undefined;
}

function domainEnd(text: string, start: number): number {
  DOMAIN.lastIndex = start;
  return DOMAIN.test(text) ? DOMAIN.lastIndex : start;
}
