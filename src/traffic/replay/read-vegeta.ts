import * as z from 'zod';
import { isHttpToken } from '../../lib/http-token.ts';
import type { Header, RecordedHttp } from '../../stack/contract/recorded-request.ts';
import { fieldName } from '../../stack/source/problem.ts';
import { mistakesIn } from '../../stack/source/zod-problems.ts';
import { linesOf } from './lines.ts';
import { objectOf } from './read-jsonl.ts';
import type { RecordedItem } from './recorded-item.ts';
import { bytesOfBase64, headerMistake, recordedUrl, replayedParts } from './recorded-request.ts';
import { type RecordingSource, recordingInvalid } from './source.ts';

/** https://github.com/tsenart/vegeta, `lib/target.schema.json`; `null` is how Go writes what is empty. */
const targetSchema = z.object({
  method: z.string(),
  url: z.string(),
  header: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
  body: z.string().nullish(),
});

/**
 * Targets of vegeta in JSON, one in each line; blank lines are none. They have no instants.
 * @throws E_RECORDING_INVALID
 */
export async function* readVegeta(source: RecordingSource): AsyncGenerator<RecordedItem> {
  for await (const lines of linesOf(source)) {
    for (const line of lines) {
      const target = objectOf(source, line);
      if (target !== undefined)
        yield { line: line.number, atMs: undefined, request: requestOf(source, line.number, target) };
    }
  }
}

function requestOf(source: RecordingSource, line: number, target: object): RecordedHttp {
  const refuse = (field: string, message: string) => recordingInvalid(source.file, { line, field, message });
  const shaped = targetSchema.safeParse(target);
  if (!shaped.success) {
    const [first] = mistakesIn(targetSchema, target);
    throw refuse(fieldName(first?.path ?? []), first?.message ?? 'is no target of vegeta');
  }
  const { method, url, header, body } = shaped.data;
  if (!isHttpToken(method)) throw refuse('method', 'must be a method of HTTP');
  const place = recordedUrl(url);
  if (place === undefined || !['http', 'https'].includes(place.scheme))
    throw refuse('url', 'must begin with http:// or https://');
  const bytes = bytesOfBase64(body ?? '');
  if (bytes === undefined) throw refuse('body', 'must be base64');
  const recorded = Object.entries(header ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value): Header => [name, value]),
  );
  const { path, headers, hadCredentials } = replayedParts(place.path, recorded, source.keepCredentials);
  if (hadCredentials) source.tally.dropCredentials();
  for (const each of headers) {
    const mistake = headerMistake(each);
    if (mistake !== undefined) throw refuse(fieldName(['header', each[0]]), mistake);
  }
  return {
    type: 'http',
    method,
    host: place.host,
    path,
    headers,
    body: bytes.length === 0 ? undefined : bytes,
  };
}
