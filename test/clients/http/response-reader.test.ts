import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createResponseReader, type ReadResponse } from '../../../src/clients/http/response-reader.ts';

function readIn(text: string | Buffer, cuts: readonly number[] = []): ReadResponse | undefined {
  const bytes = Buffer.from(text);
  const reader = createResponseReader();
  const ends = [...new Set(cuts.filter((cut) => cut > 0 && cut < bytes.length)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  let [begin, found] = [0, undefined as ReadResponse | undefined];
  for (const end of ends) {
    if (found !== undefined) throw new Error('it was complete before its end');
    found = reader.push(bytes.subarray(begin, end));
    begin = end;
  }
  return found;
}

function chunked(parts: readonly string[], trailer = ''): string {
  const chunks = parts.map((part) => `${Buffer.byteLength(part).toString(16)};note=x\r\n${part}\r\n`);
  return `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n${chunks.join('')}0\r\n${trailer}\r\n`;
}

describe('a response is read', () => {
  test.each<[string, string, ReadResponse]>([
    [
      'with a length',
      'HTTP/1.1 201 Created\r\nContent-Length: 2 \r\n\r\nok',
      { status: 201, text: 'ok', keepsOpen: true },
    ],
    ['without a reason', 'HTTP/1.1 202\r\ncontent-length:0\r\n\r\n', { status: 202, text: '', keepsOpen: true }],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, text: '', keepsOpen: true }],
    [
      'that says close',
      'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx',
      { status: 200, text: 'x', keepsOpen: false },
    ],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', { status: 200, text: 'x', keepsOpen: false }],
    [
      'of HTTP/1.0 that stays',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx',
      { status: 200, text: 'x', keepsOpen: true },
    ],
    [
      'behind interim ones',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
      { status: 200, text: 'x', keepsOpen: true },
    ],
    [
      'with more behind it than there should be',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy',
      { status: 200, text: 'x', keepsOpen: false },
    ],
    ['in chunks, with a trailer', chunked(['a', 'bc'], 'X-A: b\r\n'), { status: 200, text: 'abc', keepsOpen: true }],
    ['in no chunk', chunked([]), { status: 200, text: '', keepsOpen: true }],
  ])('%s', (_what, text, expected) => {
    expect(readIn(text)).toEqual(expected);
    // Byte by byte: nothing of it arrives early.
    if (expected.keepsOpen || !text.endsWith('xy'))
      expect(readIn(text, [...Buffer.from(text).keys()])).toEqual(expected);
  });

  test('until the connection ends, where nothing else tells its end', () => {
    const reader = createResponseReader();
    expect(reader.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\na'))).toBeUndefined();
    expect(reader.push(Buffer.from('b'))).toBeUndefined();
    expect(reader.end()).toEqual({ status: 200, text: 'ab', keepsOpen: false });
    const short = createResponseReader();
    short.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na'));
    expect(short.end()).toBeUndefined();
  });

  test('whatever pieces it arrives in', () => {
    const parts = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { maxLength: 5 });
    fc.assert(
      fc.property(parts, fc.boolean(), fc.array(fc.nat({ max: 400 }), { maxLength: 12 }), (texts, inChunks, cuts) => {
        const text = texts.join('');
        const plain = `HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
        expect(readIn(inChunks ? chunked(texts) : plain, cuts)).toEqual({ status: 200, text, keepsOpen: true });
      }),
    );
  });
});

test.each([
  ['SSH-2.0-OpenSSH_9.2\r\n', /does not speak HTTP/],
  ['+OK', /does not speak HTTP/],
  ['HTTP/2 200\r\n\r\n', /does not speak HTTP/],
  ['HTTP/1.1 2000 OK\r\n\r\n', /does not speak HTTP/],
  ['HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n', /no length that is a number/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', /a chunk without a size/],
  [`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}`, /head of the answer is too large/],
])('%j is no response', (text, message) => {
  expect(() => readIn(text)).toThrow(message);
});
