import { expect, test } from 'vitest';
import { commandText, ReplyError, readReply } from '../../../src/clients/redis/reply.ts';

const WHOLE = Buffer.from('*5\r\n$4\r\nnäm\r\n:-7\r\n$-1\r\n*-1\r\n-NOAUTH needed\r\n+OK\r\n');

test('a reply of every type, and where the next one begins', () => {
  const first = readReply(WHOLE, 0);
  expect(first?.reply).toEqual(['näm', -7, null, null, new ReplyError('NOAUTH needed')]);
  expect(readReply(WHOLE, first?.end ?? 0)).toEqual({ reply: 'OK', end: WHOLE.length });
});

test('a reply that has not arrived as a whole is none yet, wherever it is cut', () => {
  const { end = 0 } = readReply(WHOLE, 0) ?? {};
  for (let length = 0; length < end; length++) expect(readReply(WHOLE.subarray(0, length), 0)).toBeUndefined();
});

test('text with line ends in it has the length that it says', () => {
  expect(readReply(Buffer.from('$7\r\na\r\nb\r\nc\r\n'), 0)).toEqual({ reply: 'a\r\nb\r\nc', end: 13 });
});

test('what is no reply is refused', () => {
  expect(() => readReply(Buffer.from('HTTP/1.1 400 Bad Request\r\n'), 0)).toThrow('no Redis server');
});

test('a command counts bytes', () => {
  expect(commandText(['AUTH', 'pä'])).toBe('*2\r\n$4\r\nAUTH\r\n$3\r\npä\r\n');
});
