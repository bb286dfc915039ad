/** What is recorded, and what a replay reads of it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutCredentials } from '../../../src/stack/contract/credentials.ts';
import type { ObservedHttp, ObservedItem } from '../../../src/stack/contract/record.ts';
import type { Header } from '../../../src/stack/contract/recorded-request.ts';
import { createInOrder } from '../../../src/traffic/record/in-order.ts';
import { microsecondsText } from '../../../src/traffic/record/microseconds.ts';
import { type Encoder, encoderOf } from '../../../src/traffic/record/record-format.ts';
import { recordedInstant } from '../../../src/traffic/replay/recorded-instant.ts';
import { readText } from '../replay/recordings.ts';

const request = (change: Partial<ObservedHttp> = {}): ObservedHttp => ({
  ...{ type: 'http', sequence: 0, atMs: 1_800_000_000_000.25, method: 'POST', target: '/orders?a=b%20c' },
  ...{ headers: [['Host', 'api:1']], body: Buffer.from('{}'), bodyBytes: 2, status: 202, tookMs: 1.5 },
  ...change,
});

function fileOf({ frame, separator, encode }: Encoder, items: readonly ObservedItem[]): Buffer {
  const texts = items.flatMap((item) => encode(item).text ?? []);
  return Buffer.from(frame.begin + texts.join(separator) + frame.end, frame.encoding);
}

const har = (items: readonly ObservedItem[], keep = false) => fileOf(encoderOf('har', keep, '1.2.3'), items);

test('a HAR is read as what came: instant, method, target, headers and every body to the byte', async () => {
  const visible = fc.string({ unit: fc.constantFrom(...'abz019-._~%/?&=;:@') });
  const observed = fc.record({
    atMs: fc.integer({ min: 1_600_000_000_000_000, max: 1_900_000_000_000_000 }).map((micros) => micros / 1000),
    method: fc.constantFrom('GET', 'POST', 'PURGE'),
    target: visible.map((text) => `/${text}`),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: fc.constantFrom(...'a"\\\n\u0000\u2028ä€😀') }).map((text) => Buffer.from(text)),
    ),
    value: fc.string({ unit: fc.constantFrom(...' !"#\'\\{}ÿ\t') }).map((text) => text.trim()),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(observed, { minLength: 1, maxLength: 5 }), async (all) => {
      const items = all.map(({ body, value, ...rest }) =>
        request({ ...rest, body, bodyBytes: body.length, headers: [...request().headers, ['X-A', value]] }),
      );
      const { items: read, format } = await readText(har(items, true), { keepCredentials: true });
      expect(format).toBe('har');
      expect(read.map(({ atMs }) => Math.round((atMs ?? 0) * 1000))).toEqual(
        items.map(({ atMs }) => Math.round(atMs * 1000)),
      );
      expect(read.map(({ request: { type, ...sent } }) => sent)).toEqual(
        items.map(({ method, target, headers, body }) => ({
          ...{ method, host: 'api:1', path: target, headers: headers.slice(1) },
          body: body?.length === 0 ? undefined : body,
        })),
      );
    }),
    { numRuns: 60 },
  );
});

test('of the answer a HAR has status and time, and what is not recorded is left out of a replay', async () => {
  const missing = request({ body: undefined, bodyBytes: 0 });
  const bytes = har([request(), request({ status: undefined }), missing]);
  const { log } = JSON.parse(bytes.toString()) as {
    log: { entries: { time: number; response: { status: number; statusText: string } }[] };
  };
  expect(log.entries.map(({ time, response }) => [time, response.status, response.statusText])).toEqual([
    [1.5, 202, 'Accepted'],
    [1.5, 0, ''],
    [1.5, 202, 'Accepted'],
  ]);
  const { items, leftOut } = await readText(bytes);
  expect(items).toHaveLength(2);
  expect(leftOut).toEqual([{ reason: 'bodyNotRecorded', name: '', count: 1 }]);
  expect(await readText(har([]))).toMatchObject({ format: 'har', items: [] });
});

test('of a HAR that was cut off anywhere all whole entries are read, and the rest is counted', async () => {
  const whole = har([request(), request({ target: '/b', body: Buffer.from('\n"}]\\') }), request({ target: '/c' })]);
  const begin = whole.indexOf('\n') + 2;
  const last = whole.lastIndexOf(']}}');
  for (let end = begin; end < last - 1; end += 5) {
    const { items, cutOffLines } = await readText(whole.subarray(0, end));
    const commas = whole.toString('utf8', 0, end).split('}},\n').length - 1;
    expect(items.length, `${end}`).toBeGreaterThanOrEqual(commas);
    expect(cutOffLines).toBe(1);
  }
});

test('targets of vegeta are read as what came, but for the instants', async () => {
  const bytes = Buffer.from([0, 255]);
  const repeated: Header[] = [
    ['Host', 'api:1'],
    ['A', '1'],
    ['A', '2'],
  ];
  const items = [request({ body: bytes, headers: repeated }), request({ body: undefined }), request({ target: '/b' })];
  const { format, items: read } = await readText(fileOf(encoderOf('vegeta', false, ''), items));
  expect(format).toBe('vegeta');
  expect(read.map(({ request: sent }) => sent)).toMatchObject([
    { method: 'POST', path: '/orders?a=b%20c', body: bytes, headers: repeated.slice(1) },
    { path: '/b' },
  ]);
});

test('lines of MONITOR are those that came, without the ones that let somebody in', async () => {
  const line = (args: string) => ({ type: 'command', line: `1800000000.000001 [0 127.0.0.1:1] ${args}` }) as const;
  const items = [line('"SET" "a" "\\xff"'), line('"HELLO" "3" "AUTH" "default" "hush"'), line('"AUTH" "hush"')];
  const redacted = [line('"hello" "3"'), line('"HELLO" "3" "AUTH" "(redacted)" "(redacted)"')];
  const text = fileOf(encoderOf('monitor', false, ''), items).toString();
  expect(text).toBe(`OK\n${items[0]?.line}\n`);
  expect(await readText(text)).toMatchObject({
    format: 'monitor',
    items: [{ request: { args: ['SET', 'a', Buffer.of(255)] } }],
  });
  expect(fileOf(encoderOf('monitor', true, ''), items).toString()).toContain('hush');
  expect(fileOf(encoderOf('monitor', false, ''), redacted).toString()).toContain('(redacted)');
});

test.each([
  ['Authorization', true],
  ['cookie', true],
  ['Set-Cookie', true],
  ['X-Api-Key', true],
  ['apikey', true],
  ['X-Auth-Token', true],
  ['X-CSRF-Token', true],
  ['X-Amz-Security-Token', true],
  ['Ocp-Apim-Subscription-Key', true],
  ['X-Goog-Api-Key', true],
  ['X-Hub-Signature', true],
  ['Idempotency-Key', false],
  ['X-Tenant-Id', false],
  ['X-Request-Id', false],
  ['Content-Type', false],
  ['X-UserToken', true],
  ['X-Max-Tokens', false],
  ['X-MaxTokens', false],
])('the header %s is a credential: %s', (name, isCredential) => {
  const told = withoutCredentials({ target: '/', headers: [[name, 'hush']] });
  expect(told.dropped).toBe(Number(isCredential));
  expect(told.headers).toHaveLength(Number(!isCredential));
});

test.each([
  ['/a?api_key=hush&b=1', '/a?b=1', 1],
  ['/a?b=1&access_token=hush', '/a?b=1', 1],
  ['/a?token=hush', '/a', 1],
  ['/a?user%5Bpassword%5D=hush&x', '/a?x', 1],
  ['/a?b=%zz&c=token', '/a?b=%zz&c=token', 0],
  ['/token=x', '/token=x', 0],
  ['/a?newPassword=hush&userToken=hush&b=1', '/a?b=1', 2],
  ['/a?max_tokens=3&tokens=4', '/a?max_tokens=3&tokens=4', 0],
  ['/a?', '/a?', 0],
])('%s is recorded as %s', (target, recorded, dropped) => {
  expect(withoutCredentials({ target, headers: [] })).toEqual({ target: recorded, headers: [], dropped });
});

test('the address that a request came from is told without its credentials', () => {
  const from = (value: string) => ({ target: '/', headers: [['Referer', value]] as const });
  expect(withoutCredentials(from('http://h/cb?access_token=hush&b=1'))).toEqual({
    ...from('http://h/cb?b=1'),
    dropped: 1,
  });
  expect(withoutCredentials(from('http://h/cb?b=1'))).toEqual({ ...from('http://h/cb?b=1'), dropped: 0 });
});

test('items are put in the order in which they came, and none waits without end', () => {
  const sequences = fc.uniqueArray(fc.nat(60), { maxLength: 40 });
  fc.assert(
    fc.property(sequences, fc.integer({ min: 1, max: 60 }), (all, most) => {
      const order = createInOrder(most);
      let held = 0;
      const out = all.flatMap((sequence) => {
        const some = order.push({ sequence }, 1);
        held += 1 - some.length;
        expect(held).toBeLessThanOrEqual(most);
        return some;
      });
      const given = [...out, ...order.rest()].map(({ sequence }) => sequence);
      expect(given.toSorted((a, b) => a - b)).toEqual(all.toSorted((a, b) => a - b));
      if (order.late === 0) expect(given).toEqual(given.toSorted((a, b) => a - b));
      if (most === 60) expect(order.late).toBe(0);
    }),
  );
});

test('an instant is text to the microsecond, which is read as the same', () => {
  expect(microsecondsText(1_800_000_000_000.25)).toBe('2027-01-15T08:00:00.000250Z');
  expect(microsecondsText(999.9996)).toBe('1970-01-01T00:00:01.000000Z');
  expect(recordedInstant(microsecondsText(1_800_000_000_123.456))).toEqual({ ms: 1_800_000_000_123.456 });
});
