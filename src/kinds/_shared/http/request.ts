/** The request of an event: its path, query and headers, with what was drawn put in where it belongs. Pure. */
import { Secret } from '../../../lib/secret.ts';
import { type TrafficEvent, valueText } from '../../../stack/contract/traffic-event.ts';
import { DRAWN, hasBody, namesIn, type RequestParts, type SinkSettings } from './settings.ts';

/** Path with its query, and headers with names in lower case, that this event alone has; `problem`: it has none, and why. */
export type OwnParts =
  | { readonly path: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly problem: string };

export interface CompiledRequest {
  /** Of events that have nothing of their own; undefined: each has. */
  readonly path: string | undefined;
  /** Headers that are the same for all. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: all events have the same request. */
  readonly own: ((event: TrafficEvent) => OwnParts) | undefined;
}

/** @param drawn names that every event has drawn; others stay as they are written. */
export function compileRequest({ path, query, headers }: RequestParts, drawn: readonly string[]): CompiledRequest {
  const isDrawn = (value: unknown): boolean => namesOf(value).some((name) => drawn.includes(name));
  const texts = Object.entries(headers).map(([name, value]) => ({ name: name.toLowerCase(), text: revealed(value) }));
  const fixed = Object.fromEntries(texts.filter(({ text }) => !isDrawn(text)).map(({ name, text }) => [name, text]));
  const target = compileTarget({ path, query }, drawn);
  const own = texts
    .filter(({ text }) => isDrawn(text))
    .map(({ name, text }) => ({ name, fill: compileText(text, drawn, (value) => value) }));
  const isOwn = own.length > 0 || isDrawn(path) || Object.values(query).flat().some(isDrawn);
  if (!isOwn) return { path: target(NOTHING_DRAWN).text ?? path, headers: fixed, own: undefined };
  return { path: undefined, headers: fixed, own: (event) => partsOf(event, target, own) };
}

/** Method, path and drawn headers of an event's request, to look at; undefined: all events have the same ones, and a body. */
export function describe(
  settings: SinkSettings,
  drawn: readonly string[],
): ((event: TrafficEvent) => unknown) | undefined {
  const open = Object.entries(settings.headers).filter(([, value]) => !(value instanceof Secret));
  const { path, own } = compileRequest({ ...settings, headers: Object.fromEntries(open) }, drawn);
  const { method } = settings;
  if (own !== undefined) return (event) => ({ method, ...own(event) });
  return hasBody(settings) ? undefined : () => ({ method, path });
}

function partsOf(
  event: TrafficEvent,
  target: Fill,
  headers: readonly { readonly name: string; readonly fill: Fill }[],
): OwnParts {
  const path = target(event);
  if (path.text === undefined) return { problem: `its path cannot be made: ${path.missing} is null` };
  const own: Record<string, string> = {};
  for (const { name, fill } of headers) {
    const { text, missing } = fill(event);
    if (text === undefined && missing !== undefined)
      return { problem: `its header ${name} cannot be made: ${missing} is null` };
    if (text !== undefined && /[\r\n\0]/.test(text))
      return { problem: `its header ${name} would have more than one line` };
    if (text !== undefined) own[name] = text;
  }
  return { path: path.text, headers: own };
}

/** `text` undefined: something is null; `missing`: what, where that is not the whole of it. */
type Fill = (event: Pick<TrafficEvent, 'drawn'>) => { readonly text: string | undefined; readonly missing?: string };

const NOTHING_DRAWN: Pick<TrafficEvent, 'drawn'> = {};

function compileTarget({ path, query }: Pick<RequestParts, 'path' | 'query'>, drawn: readonly string[]): Fill {
  const before = compileText(path, drawn, encoded);
  const pairs = Object.entries(query).flatMap(([key, given]) =>
    [given].flat().map((value) => ({ key: encoded(key), fill: compileText(String(value), drawn, encoded, encoded) })),
  );
  const sign = path.includes('?') ? '&' : '?';
  return (event) => {
    const start = before(event);
    if (start.text === undefined) return { text: undefined, missing: start.missing ?? path };
    let text = start.text;
    let next = sign;
    for (const { key, fill } of pairs) {
      const value = fill(event);
      if (value.missing !== undefined) return { text: undefined, missing: value.missing };
      if (value.text === undefined) continue;
      text += `${next}${key}=${value.text}`;
      next = '&';
    }
    return { text };
  };
}

/** @param own what is made of a value that was drawn. @param around what is made of the text around it, and of one without. */
function compileText(
  template: string,
  drawn: readonly string[],
  own: (text: string) => string,
  around: (text: string) => string = (text) => text,
): Fill {
  const parts: { readonly text: string; readonly name: string | undefined }[] = [];
  let at = 0;
  for (const match of template.matchAll(DRAWN)) {
    const [whole, name = ''] = match;
    if (!drawn.includes(name)) continue;
    parts.push({ text: around(template.slice(at, match.index)), name });
    at = match.index + whole.length;
  }
  parts.push({ text: around(template.slice(at)), name: undefined });
  const isWhole = parts.length === 2 && parts.every(({ text }) => text === '');
  return (event) => {
    let filled = '';
    for (const { text, name } of parts) {
      filled += text;
      if (name === undefined) continue;
      const value = valueText(event.drawn?.(name));
      if (value === undefined) return isWhole ? { text: undefined } : { text: undefined, missing: `{{${name}}}` };
      filled += own(value);
    }
    return { text: filled };
  };
}

/** As a part of a path or of a query: https://www.rfc-editor.org/rfc/rfc3986#section-2.1. Halves of a surrogate pair are no text. */
function encoded(text: string): string {
  return encodeURIComponent(/\p{Surrogate}/u.test(text) ? Buffer.from(text).toString() : text);
}

function namesOf(value: unknown): readonly string[] {
  return typeof value === 'string' ? namesIn({ path: value, query: {}, headers: {} }) : [];
}

function revealed(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
