import { describe, expect, it, test } from 'vitest';
import type { RecordedHttp } from '../../../src/stack/contract/recorded-request.ts';
import { type Read, readText } from './recordings.ts';

const STARTED = '2026-01-01T00:00:00.250Z';

type Parts = Readonly<Record<string, unknown>>;

function entry(request: Parts = {}, more: Parts = {}): Parts {
  const headers: unknown = [];
  return {
    startedDateTime: STARTED,
    request: { method: 'GET', url: 'https://shop.example/cart', httpVersion: 'h2', headers, bodySize: 0, ...request },
    response: { status: 200, content: { size: 2, text: 'ok' } },
    ...more,
  };
}

const harOf = (...entries: readonly unknown[]): string =>
  JSON.stringify({ log: { version: '1.2', creator: { name: 'test' }, entries } }, undefined, 1);

const requestsOf = ({ items }: Read): readonly RecordedHttp[] =>
  items.flatMap(({ request }) => (request.type === 'http' ? [request] : []));

const requestOf = async (request: Parts): Promise<RecordedHttp | undefined> =>
  requestsOf(await readText(harOf(entry(request))))[0];

const header = (name: string, value: string) => ({ name, value });

describe('an entry', () => {
  it('is a request with its instant and its place in the file', async () => {
    const request = {
      method: 'POST',
      url: 'https://user:pass@shop.example:8443/a/../orders?q=%20x&y#part',
      headers: [header('Content-Type', 'application/json'), header('X-A', '1'), header('x-a', '2')],
      postData: { mimeType: 'application/json', text: '{"größe":1}' },
    };
    const { format, items } = await readText(harOf(entry(), entry(request)));
    expect(format).toBe('har');
    expect(items[1]).toEqual({
      ...{ line: 25, atMs: Date.UTC(2026, 0, 1) + 250 },
      request: {
        ...{ type: 'http', method: 'POST', host: 'shop.example:8443', path: '/a/../orders?q=%20x&y' },
        headers: [
          ['Content-Type', 'application/json'],
          ['X-A', '1'],
          ['x-a', '2'],
        ],
        body: Buffer.from('{"größe":1}'),
      },
    });
  });

  test.each([
    ['http://a.example', '/'],
    ['http://a.example?b', '/?b'],
    ['HTTP://a.example/#x', '/'],
    ['http://a.example/größe an b?c=|', '/gr%C3%B6%C3%9Fe%20an%20b?c=|'],
    ['http://[::1]:80//a//', '//a//'],
  ])('to %s asks for %s', async (url, path) => {
    expect(await requestOf({ url })).toMatchObject({ path });
  });

  it('is sent without the headers of its connection', async () => {
    const names = [
      'Host',
      'Content-Length',
      'Connection',
      'Keep-Alive',
      'TE',
      'Transfer-Encoding',
      'Upgrade',
      'Trailer',
    ];
    const more = ['Proxy-Authorization', 'Expect', ':authority', ':path', 'X-Hop'];
    const headers = [...names, ...more, 'Accept'].map((name) =>
      header(name, name === 'Connection' ? 'keep-alive, x-hop' : 'a'),
    );
    expect(await requestOf({ headers })).toMatchObject({ headers: [['Accept', 'a']] });
  });

  it('is sent without cookies and authorization, which is counted, unless they are asked for', async () => {
    const headers = [header('Cookie', 'a=b'), header('authorization', 'Bearer c'), header('accept', '*/*')];
    const without = await readText(harOf(entry({ headers }), entry()));
    expect(requestsOf(without)[0]?.headers).toEqual([['accept', '*/*']]);
    expect(without.withoutCredentials).toBe(1);
    const kept = await readText(harOf(entry({ headers })), { keepCredentials: true });
    expect(requestsOf(kept)[0]?.headers).toHaveLength(3);
    expect(kept.withoutCredentials).toBe(0);
  });

  it('is sent without keys in headers and in the query, by the rule of a recording', async () => {
    const url = 'https://a.example/b?x=%2F&access_token=hush&y';
    const headers = [header('X-Api-Key', 'hush'), header('x-amz-signature', 'hush'), header('Accept', '*/*')];
    const secret = harOf(entry({ url, headers }), entry({ url, headers: [] }), entry());
    const without = await readText(secret);
    expect(requestsOf(without)[0]).toMatchObject({ path: '/b?x=%2F&y', headers: [['Accept', '*/*']] });
    expect(requestsOf(without)[1]).toMatchObject({ path: '/b?x=%2F&y' });
    expect(without.withoutCredentials).toBe(2);
    const kept = await readText(secret, { keepCredentials: true });
    expect(requestsOf(kept)[0]).toMatchObject({ path: '/b?x=%2F&access_token=hush&y' });
    expect(requestsOf(kept)[0]?.headers).toHaveLength(3);
    expect(kept.withoutCredentials).toBe(0);
  });

  test.each([
    [{ text: 'AP8=', encoding: 'base64' }, Buffer.of(0, 255)],
    [{ text: 'AP8=' }, Buffer.from('AP8=')],
    [{ text: '' }, undefined],
    [null, undefined],
    [
      {
        mimeType: 'application/x-www-form-urlencoded',
        params: [header('a b', 'ü&'), { name: 'c' }],
      },
      Buffer.from('a+b=%C3%BC%26&c='),
    ],
  ])('with %j has its body', async (postData, body) => {
    expect(await requestOf({ method: 'POST', postData })).toMatchObject({ body });
  });

  it('that no server got, or whose body is not there, is counted and left out', async () => {
    const { items, leftOut } = await readText(
      harOf(
        entry({ url: 'wss://shop.example/live' }),
        entry({ url: 'data:text/plain,a' }),
        entry({ url: 'wss://shop.example/more' }),
        entry({}, { _fromCache: 'disk' }),
        entry({}, { _fromCache: 'push' }),
        entry({ method: 'POST', bodySize: 12 }),
        entry({ method: 'POST', postData: { mimeType: 'multipart/form-data', params: [header('a', 'b')] } }),
      ),
    );
    expect(items).toHaveLength(1);
    expect(leftOut).toEqual([
      { reason: 'notHttp', name: 'wss', count: 2 },
      { reason: 'notHttp', name: 'data', count: 1 },
      { reason: 'cached', name: '', count: 1 },
      { reason: 'bodyNotRecorded', name: '', count: 2 },
    ]);
  });
});

test.each([
  [1, '', 'must be a map of keys'],
  [entry({}, { startedDateTime: undefined }), '.startedDateTime', 'is missing; it must be text'],
  [entry({}, { startedDateTime: '2026-01-01T00:00:00' }), '.startedDateTime', 'must be an instant'],
  [entry({ method: 'GET /' }), '.request.method', 'must be a method of HTTP'],
  [entry({ url: '/cart' }), '.request.url', 'must be a URL with its scheme'],
  [entry({ url: 'http://a.example/\ud800' }), '.request.url', 'must be a URL with its scheme'],
  [entry({ headers: [{ name: 'a' }] }), '.request.headers.0.value', 'is missing; it must be text'],
  [entry({ headers: [header('a b', 'c')] }), '.request.headers.a b', 'has a name that no header may have'],
  [entry({ headers: [header('a', 'b\r\nc: d')] }), '.request.headers.a', 'has a value with characters'],
  [entry({ postData: { text: 'A', encoding: 'base64' } }), '.request.postData.text', 'must be base64'],
])('%j is a mistake', async (wrong, field, message) => {
  await expect(readText(harOf(entry(), wrong))).rejects.toMatchObject({
    code: 'E_RECORDING_INVALID',
    details: {
      problems: [
        {
          file: 'standard input',
          line: 25,
          field: `log.entries[1]${field}`,
          message: expect.stringContaining(message),
        },
      ],
    },
  });
});

test('a response may be of any size, a request may not', async () => {
  const large = entry({}, { response: { content: { text: 'x'.repeat(5000) } } });
  expect((await readText(harOf(large), { longestBytes: 500 })).items).toHaveLength(1);
  const request = entry({ method: 'POST', postData: { text: 'x'.repeat(500) } });
  await expect(readText(harOf(large, request), { longestBytes: 500 })).rejects.toThrow(
    ':23 begins an entry longer than 500 bytes, without its response',
  );
});

test('a document that was cut off is a mistake, and so is one without entries', async () => {
  const whole = harOf(entry());
  await expect(readText(whole.slice(0, -5))).rejects.toThrow('the document is not complete');
  await expect(readText('{"log":{}}', { format: 'har' })).rejects.toThrow('without a list log.entries');
  await expect(readText('{"log":{"entries":[{"a" 1}]}}', { format: 'har' })).rejects.toThrow(
    'log.entries[0]: is not JSON',
  );
});

test('what stands in an entry is not in the message: it may be a secret', async () => {
  const wrong = entry({ headers: [header('x-note', 'secret\n')] });
  await expect(readText(harOf(wrong))).rejects.toThrow(/^(?!.*secret)/s);
});
