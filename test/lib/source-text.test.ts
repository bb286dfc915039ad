import { describe, expect, test } from 'vitest';
import { decodeSource } from '../../src/lib/source-text.ts';
import { placeFinder } from '../../src/lib/text-place.ts';

const bytes = (...parts: readonly (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));
const NOT_UTF8 = 'this is not UTF-8 (byte 0xFC): save the file as UTF-8';

describe('the bytes of a text', () => {
  test.each([
    ['plain', bytes('a\nb'), 'a\nb'],
    ['with every length of character', bytes('aé€😀'), 'aé€😀'],
    ['a byte order mark, which is no part of it', bytes(0xef, 0xbb, 0xbf, 'a'), 'a'],
    ['a replacement character that somebody wrote', bytes('\uFFFD'), '\uFFFD'],
    ['nothing', bytes(), ''],
  ])('are read: %s', (_, given, text) => {
    expect(decodeSource(given)).toEqual({ text, mistake: undefined });
  });

  test.each([
    ['Latin-1', bytes('a\nZ', 0xfc, 'rich'), { line: 2, column: 2, message: NOT_UTF8 }],
    ['behind characters of several bytes', bytes('€😀', 0xfc), { line: 1, column: 4, message: NOT_UTF8 }],
    ['behind CRLF, CR and LF', bytes('a\r\nb\rc\nd', 0xfc), { line: 4, column: 2, message: NOT_UTF8 }],
    ['behind a byte order mark', bytes(0xef, 0xbb, 0xbf, 'a', 0xfc), { line: 1, column: 2, message: NOT_UTF8 }],
    ['an overlong slash', bytes('a', 0xc0, 0xaf), { line: 1, column: 2, message: expect.stringContaining('0xC0') }],
    ['a surrogate', bytes('a', 0xed, 0xa0, 0x80), { line: 1, column: 2, message: expect.stringContaining('0xED') }],
    [
      'a character that is cut off',
      bytes('a', 0xe2, 0x82),
      { line: 1, column: 2, message: expect.stringContaining('0xE2') },
    ],
    ['NUL', bytes('one\ntwo', 0, 'three'), { line: 2, column: 4, message: expect.stringContaining('NUL') }],
  ])('are refused with their place: %s', (_, given, mistake) => {
    expect(decodeSource(given).mistake).toEqual(mistake);
  });

  const utf16 = Buffer.from('SELECT 1;\n', 'utf16le');
  test.each([
    ['UTF-16', bytes(0xff, 0xfe), utf16],
    ['UTF-16', bytes(0xfe, 0xff), Buffer.from(utf16).swap16()],
    ['UTF-16 without a byte order mark', bytes(), utf16],
    ['UTF-16 without a byte order mark', bytes(), Buffer.from(utf16).swap16()],
    ['UTF-32', bytes(0xff, 0xfe, 0, 0), bytes()],
  ])('are called %s', (name, mark, rest) => {
    const message = `this is ${name}: save the file as UTF-8`;
    expect(decodeSource(Buffer.concat([mark, rest])).mistake).toEqual({ line: 1, column: 1, message });
  });
});

test('places are counted as an editor does, whatever ends the lines', () => {
  const find = placeFinder('ab\ncd\r\nef\rgh');
  const places = [0, 2, 3, 7, 9, 10].map((offset) => Object.values(find(offset)).join(':'));
  expect(places).toEqual(['1:1', '1:3', '2:1', '3:1', '3:3', '4:1']);
  expect(find.end).toEqual({ line: 4, column: 3 });
});
