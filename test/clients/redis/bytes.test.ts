import { describe, expect, test } from 'vitest';
import { showBytes, showKey, showWord } from '../../../src/clients/redis/bytes.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('what Redis holds, for a person', () => {
  test.each([
    ['user:1', 'user:1'],
    ['größe – 東京', 'größe – 東京'],
    ['a\\x41', 'a\\x41'],
    ['with spaces', 'with spaces'],
    ['', ''],
  ])('text stays as it is: %s', (text, shown) => {
    expect(showBytes(Buffer.from(text))).toBe(shown);
  });

  // The right side is what redis-cli prints; test/contract/inspect.test.ts compares with it.
  test.each([
    [latin1('\xac\xed\x00\x05t\x00\x06user:1'), String.raw`"\xac\xed\x00\x05t\x00\x06user:1"`],
    [latin1('\x1b[2J\x9b'), String.raw`"\x1b[2J\x9b"`],
    [latin1('a\nb\tc\rd\x07\x08'), String.raw`"a\nb\tc\rd\a\b"`],
    [latin1('"both" \\ \xff'), String.raw`"\"both\" \\ \xff"`],
    [Buffer.from('a\u202eb'), String.raw`"a\xe2\x80\xaeb"`],
  ])('anything else in quotes', (bytes, shown) => {
    expect(showBytes(bytes)).toBe(shown);
  });

  test('a key without a name is seen', () => {
    expect(showKey(0, Buffer.alloc(0))).toBe('""');
    expect(showKey(3, Buffer.alloc(0))).toBe('db3 ""');
  });

  test('no two keys look the same', () => {
    const keys = [
      latin1('\xff'),
      latin1('\xfe'),
      latin1('\ufffd'),
      Buffer.from('\ufffd'),
      latin1('"\\xff"'),
      latin1('\\xff'),
    ];
    expect(new Set(keys.map(showBytes)).size).toBe(keys.length);
    expect(showKey(3, latin1('x'))).toBe('db3 x');
    expect(showKey(0, latin1('db3 x'))).toBe('"db3 x"');
  });

  test('words of a command can be told apart', () => {
    const words = ['SET', 'a b', '', "it's", '{x}:1'].map((word) => showWord(Buffer.from(word)));
    expect(words.join(' ')).toBe(`SET "a b" "" "it's" {x}:1`);
  });
});
