import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { isHttpToken } from '../../lib/http-token.ts';
import type { Header } from '../../stack/contract/recorded-request.ts';
import { fieldName } from '../../stack/source/problem.ts';
import { mistakesIn } from '../../stack/source/zod-problems.ts';
import { createEntryScanner, type ScannedEntry } from './har-scanner.ts';
import { recordedInstant } from './recorded-instant.ts';
import type { RecordedItem } from './recorded-item.ts';
import { bytesOfBase64, headerMistake, type Replayed, recordedUrl, replayedParts } from './recorded-request.ts';
import { type RecordingSource, recordingInvalid } from './source.ts';
import type { LeftOutReason } from './tally.ts';

const pair = z.object({ name: z.string(), value: z.string() });

/** http://www.softwareishard.com/blog/har-12-spec/, as far as a replay needs it; `_fromCache` is Chrome's, `_bodyNotRecorded` our own, `encoding` is that of `content`. */
const entrySchema = z.object({
  startedDateTime: z.string(),
  _fromCache: z.unknown().optional(),
  request: z.object({
    method: z.string(),
    url: z.string(),
    headers: z.array(pair).default([]),
    bodySize: z.number().nullish(),
    _bodyNotRecorded: z.boolean().optional(),
    postData: z
      .object({
        mimeType: z.string().nullish(),
        text: z.string().nullish(),
        encoding: z.string().nullish(),
        params: z.array(z.object({ name: z.string(), value: z.string().nullish() })).nullish(),
      })
      .nullish(),
  }),
});

type Entry = z.output<typeof entrySchema>;

/** The error for a field of an entry. */
type Refuse = (field: string, message: string) => Error;

/**
 * Requests of an HTTP archive. What no server got from this client (answered by its cache, of another scheme), and what has a body
 * that was not recorded, is counted and left out. So is a last line that is cut off, where each entry has one.
 * @throws E_RECORDING_INVALID
 */
export async function* readHar(source: RecordingSource): AsyncGenerator<RecordedItem> {
  const { file, longestBytes } = source;
  const refuse = (line: number, message: string): Error => recordingInvalid(file, { line, message });
  const scanner = createEntryScanner({ skip: ['response'], longestBytes, refuse });
  let index = 0;
  for await (const chunk of source.chunks) {
    for (const entry of scanner.push(chunk)) {
      const item = itemOf(source, entry, index);
      index += 1;
      if (item !== undefined) yield item;
    }
  }
  if (scanner.end() === 'cut off') source.tally.cutOff();
}

function itemOf(source: RecordingSource, { line, bytes }: ScannedEntry, index: number): RecordedItem | undefined {
  const path = ['log', `entries[${index}]`];
  const refuse: Refuse = (field, message) =>
    recordingInvalid(source.file, { line, field: fieldName([...path, ...(field === '' ? [] : [field])]), message });
  const entry = entryOf(bytes, refuse);
  const instant = recordedInstant(entry.startedDateTime);
  if ('problem' in instant) throw refuse('startedDateTime', instant.problem);
  const { method, url, headers: recorded } = entry.request;
  if (!isHttpToken(method)) throw refuse('request.method', 'must be a method of HTTP');
  const place = recordedUrl(url);
  if (place === undefined) throw refuse('request.url', 'must be a URL with its scheme');
  if (!['http', 'https'].includes(place.scheme)) return leftOut(source, 'notHttp', place.scheme);
  if (isCached(entry)) return leftOut(source, 'cached');
  const body = bodyOf(entry.request, refuse);
  if (body === 'not recorded') return leftOut(source, 'bodyNotRecorded');
  const { path: to, headers } = partsOf(source, place.path, recorded, refuse);
  return {
    line,
    atMs: instant.ms,
    request: { type: 'http', method, host: place.host, path: to, headers, body },
  };
}

function leftOut({ tally }: RecordingSource, reason: LeftOutReason, name?: string): undefined {
  tally.leaveOut(reason, name);
}

function entryOf(bytes: Buffer, refuse: Refuse): Entry {
  if (!isUtf8(bytes)) throw refuse('', 'is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw refuse('', 'is not JSON');
  }
  const shaped = entrySchema.safeParse(value);
  if (shaped.success) return shaped.data;
  const [first] = mistakesIn(entrySchema, value);
  throw refuse(fieldName(first?.path ?? []), first?.message ?? 'is no entry of a HAR');
}

/** `memory`, `disk` and others in Chrome's; a server answers what its push brought, too. */
function isCached({ _fromCache: cache }: Entry): boolean {
  return typeof cache === 'string' && cache !== 'push';
}

function bodyOf(request: Entry['request'], refuse: Refuse): Buffer | undefined | 'not recorded' {
  const { postData, bodySize, _bodyNotRecorded } = request;
  if (_bodyNotRecorded === true) return 'not recorded';
  const { text, encoding, params, mimeType } = postData ?? {};
  if (typeof text === 'string' && text !== '') {
    const bytes = encoding === 'base64' ? bytesOfBase64(text) : Buffer.from(text);
    if (bytes === undefined) throw refuse('request.postData.text', 'must be base64, as its encoding says');
    return bytes;
  }
  const isForm = mimeType?.startsWith('application/x-www-form-urlencoded') === true;
  if (isForm && params && params.length > 0)
    return Buffer.from(
      new URLSearchParams(params.map(({ name, value }): [string, string] => [name, value ?? ''])).toString(),
    );
  return (bodySize ?? 0) > 0 || (params?.length ?? 0) > 0 ? 'not recorded' : undefined;
}

function partsOf(
  source: RecordingSource,
  path: string,
  recorded: Entry['request']['headers'],
  refuse: Refuse,
): Pick<Replayed, 'path' | 'headers'> {
  const pairs = recorded.map(({ name, value }): Header => [name, value]);
  const { headers, hadCredentials, ...parts } = replayedParts(path, pairs, source.keepCredentials);
  if (hadCredentials) source.tally.dropCredentials();
  for (const header of headers) {
    const mistake = headerMistake(header);
    if (mistake !== undefined) throw refuse(fieldName(['request', 'headers', header[0]]), mistake);
  }
  return { ...parts, headers };
}
