import { describe, expect, test } from 'vitest';
import { lastOf, readConfig } from '../../../../src/kinds/_shared/redis/read-config.ts';

const words = (text: string) =>
  readConfig(text).map(({ name, args }) => [name, ...(args ?? []).map((one) => one.text)]);

/** What the server makes of such lines: test/contract/kinds/redis-config.test.ts. */
describe('a line', () => {
  test.each<[string, readonly (readonly string[])[]]>([
    ['port 7001\r\n\r\n  # no\r\n', [['port', '7001']]],
    ['MIN-SLAVES-TO-WRITE "1"', [['min-replicas-to-write', '1']]],
    ['\t"slaveof"  \'a b\'   9 ', [['replicaof', 'a b', '9']]],
    [String.raw`requirepass "\x41\n\"\\"`, [['requirepass', 'A\n"\\']]],
    [String.raw`requirepass 'a\'b\n'`, [['requirepass', String.raw`a'b\n`]]],
    ['requirepass a"b c"', [['requirepass', 'ab c']]],
    ['requirepass a#b', [['requirepass', 'a#b']]],
    ['logfile ""', [['logfile', '']]],
    ['PrimaryAuth x', [['masterauth', 'x']]],
  ])('%j', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test.each(['requirepass "a', "requirepass 'a", 'requirepass "a"b'])('%j is none', (text) => {
    expect(readConfig(text)).toEqual([{ line: 1, column: 1, name: 'requirepass', args: undefined }]);
  });
});

test('the last line of a directive counts, and every word has its place', () => {
  const lines = readConfig('port 1\n\n  Port  "2"\n');
  expect(lastOf(lines, 'port')).toEqual({ line: 3, column: 3, name: 'port', args: [{ text: '2', column: 9 }] });
});
