/** Requests as entries of an HTTP archive: http://www.softwareishard.com/blog/har-12-spec/. Pure. */
import { isUtf8 } from 'node:buffer';
import { STATUS_CODES } from 'node:http';
import { microsecondsText } from './microseconds.ts';
import type { RecordedExchange } from './recorded-exchange.ts';

/** What stands before the first entry; behind it, and behind each entry, HAR_END makes a whole document of it. */
export function harBegin(version: string): string {
  const creator = { name: 'stackctl', version };
  return `{"log":{"version":"1.2","creator":${JSON.stringify(creator)},"entries":[`;
}

export const HAR_END = '\n]}}\n';

/**
 * One line. Of the answer it has status and time: what it held is not recorded. Times are right to a microsecond, and all of an
 * exchange is `wait`: when the first byte of the answer came is not known.
 */
export function harEntry({ request, status, tookMs, atMs }: RecordedExchange): string {
  const { method, host, target, headers, body, bodyBytes } = request;
  const url = target.startsWith('/') ? `http://${host}${target}` : target;
  const mimeType = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  const entry = {
    startedDateTime: microsecondsText(atMs),
    time: tookMs,
    request: {
      ...{ method, url, httpVersion: 'HTTP/1.1', cookies: [] },
      headers: headers.map(([name, value]) => ({ name, value })),
      queryString: queryOf(target),
      ...(body === undefined
        ? { postData: { mimeType, text: '', comment: 'not recorded' }, _bodyNotRecorded: true }
        : body.length > 0
          ? { postData: { mimeType, ...textOf(body) } }
          : {}),
      ...{ headersSize: -1, bodySize: bodyBytes },
    },
    response: {
      ...{ status: status ?? 0, statusText: status === undefined ? '' : (STATUS_CODES[status] ?? '') },
      ...{ httpVersion: 'HTTP/1.1', cookies: [], headers: [], content: { size: 0, mimeType: '' } },
      ...{ redirectURL: '', headersSize: -1, bodySize: -1 },
    },
    cache: {},
    timings: { send: 0, wait: tookMs, receive: 0 },
  };
  return JSON.stringify(entry);
}

/** Text that JSON would make much longer is base64, too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const LONGER_IN_JSON = /[\x00-\x08\x0b\x0c\x0e-\x1f]/;

/** `encoding` is that of `content` in the same format: bytes that are no text have no other place. */
function textOf(body: Buffer): { readonly text: string; readonly encoding?: 'base64' } {
  const text = isUtf8(body) ? body.toString('utf8') : undefined;
  if (text !== undefined && !LONGER_IN_JSON.test(text)) return { text };
  return { text: body.toString('base64'), encoding: 'base64' };
}

function queryOf(target: string): readonly { readonly name: string; readonly value: string }[] {
  const begin = target.indexOf('?');
  if (begin === -1) return [];
  return [...new URLSearchParams(target.slice(begin + 1))].map(([name, value]) => ({ name, value }));
}
