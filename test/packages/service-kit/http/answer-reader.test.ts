import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerReader } from '../../../../packages/service-kit/src/http/answer-reader.ts';

interface Read {
  readonly status: number | undefined;
  readonly rawHeaders: readonly string[] | undefined;
  readonly keepsForMs: number | undefined;
  readonly body: string;
  readonly isOver: boolean;
  /** Whether there was something behind the end. */
  readonly isMore: boolean;
}

function read(pieces: readonly string[], { isHead = false, isClosed = false } = {}): Read {
  const heads: { status: number; rawHeaders: readonly string[]; keepsForMs: number }[] = [];
  const body: Buffer[] = [];
  const reader = new AnswerReader(isHead, { head: (head) => heads.push(head), body: (bytes) => body.push(bytes) });
  let isMore = false;
  for (const piece of pieces) isMore = reader.push(Buffer.from(piece, 'latin1')) || isMore;
  if (isClosed) reader.close();
  expect(heads.length).toBeLessThan(2);
  const [{ status, rawHeaders, keepsForMs } = {}] = heads as Partial<(typeof heads)[number]>[];
  return {
    status,
    rawHeaders,
    keepsForMs,
    body: Buffer.concat(body).toString('latin1'),
    isOver: reader.isOver,
    isMore,
  };
}

const lines = (...all: readonly string[]) => all.join('\r\n');
const COUNTED = lines('HTTP/1.1 202 Accepted', 'Set-Cookie: a', 'set-cookie:b ', 'Content-Length: 5', '', 'hello');
const CHUNKED = lines(
  'HTTP/1.1 200 OK',
  'Transfer-Encoding: chunked',
  '',
  '3',
  'hel',
  '2;note="x"',
  'lo',
  '0',
  'Trailer: t',
  '',
  '',
);

test('an answer says how long it is: with its length, in chunks, or by the end of the connection', () => {
  const rawHeaders = ['Set-Cookie', 'a', 'set-cookie', 'b', 'Content-Length', '5'];
  expect(read([COUNTED])).toMatchObject({ status: 202, rawHeaders, body: 'hello', isOver: true, isMore: false });
  expect(read([CHUNKED])).toMatchObject({ status: 200, body: 'hello', isOver: true, isMore: false });
  const open = 'HTTP/1.1 200 OK\r\n\r\nhello';
  expect(read([open])).toMatchObject({ body: 'hello', isOver: false });
  expect(read([open], { isClosed: true })).toMatchObject({ body: 'hello', isOver: true, keepsForMs: 0 });
});

test('some answers have no body, whatever they say', () => {
  const head = lines('HTTP/1.1 200 OK', 'Content-Length: 5', '', '');
  expect(read([head], { isHead: true })).toMatchObject({ isOver: true, body: '' });
  for (const status of ['204 No Content', '304 Not Modified'])
    expect(read([head.replace('200 OK', status)])).toMatchObject({ isOver: true, body: '' });
});

test('interim answers are passed over', () => {
  expect(read([`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${COUNTED}`])).toMatchObject({
    status: 202,
    body: 'hello',
    isOver: true,
  });
});

test('an answer that is not complete is not taken for one when the connection closes', () => {
  for (const text of [COUNTED, CHUNKED])
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), (length) => {
        expect(read([text.slice(0, length)], { isClosed: true }).isOver).toBe(false);
      }),
    );
});

test('it is the same answer in whatever pieces it comes', () => {
  for (const text of [COUNTED, CHUNKED, `HTTP/1.1 100 Continue\r\n\r\n${CHUNKED}`])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(read(pieces)).toEqual(read([text]));
      }),
    );
});

test('what comes behind the end is seen', () => {
  expect(read([`${COUNTED}HTTP/1.1 200 OK\r\n`])).toMatchObject({ body: 'hello', isMore: true });
  expect(read([COUNTED, 'x'])).toMatchObject({ body: 'hello', isMore: true });
});

test('how long a connection may wait for the next request', () => {
  const keeps = (first: string, ...headers: readonly string[]) =>
    read([lines(first, ...headers, 'Content-Length: 0', '', '')]).keepsForMs;
  expect(keeps('HTTP/1.1 200 OK')).toBe(Number.POSITIVE_INFINITY);
  expect(keeps('HTTP/1.1 200 OK', 'Keep-Alive: timeout=5, max=100')).toBe(4000);
  expect(keeps('HTTP/1.1 200 OK', 'Keep-Alive: timeout=1')).toBe(0);
  expect(keeps('HTTP/1.1 200 OK', 'Connection: x, Close')).toBe(0);
  expect(keeps('HTTP/1.0 200 OK')).toBe(0);
  expect(keeps('HTTP/1.0 200 OK', 'Connection: keep-alive')).toBe(Number.POSITIVE_INFINITY);
});

describe('what is no answer, or could be read in two ways', () => {
  const ok = 'HTTP/1.1 200 OK';
  const chunked = `${ok}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  test.each([
    ['another protocol', 'SSH-2.0-x\r\n\r\n'],
    ['a status that does not exist', 'HTTP/1.1 099 Odd\r\n\r\n'],
    ['a control character', 'HTTP/1.1 200 \u0001\r\n\r\n'],
    ['another protocol from now on', lines('HTTP/1.1 101 Switching Protocols', 'Upgrade: x', '', '')],
    ['two lengths', lines(ok, 'Content-Length: 1', 'Content-Length: 2', '', '')],
    ['a length that is none', lines(ok, 'Content-Length: -1', '', '')],
    ['a length and chunks', lines(ok, 'Content-Length: 1', 'Transfer-Encoding: chunked', '', '')],
    ['an encoding that is not known', lines(ok, 'Transfer-Encoding: gzip, chunked', '', '')],
    ['a space before the colon', lines(ok, 'Content-Length : 1', '', '')],
    ['a folded line', lines(ok, 'X: 1', ' 2', '', '')],
    ['a bare line feed in a value', lines(ok, 'X: 1\nY: 2', '', '')],
    ['a bare line feed behind a value', lines(ok, 'X: 1\n', '', '')],
    ['a chunk without a size', `${chunked}x\r\n`],
    ['a chunk longer than it says', `${chunked}1\r\nab\r\n`],
    ['a head without an end', `${ok}\r\nX: ${'x'.repeat(20_000)}`],
  ])('%s', (_, text) => {
    expect(() => read([text])).toThrow();
  });
});
