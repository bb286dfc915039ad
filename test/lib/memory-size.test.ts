import { expect, test } from 'vitest';
import { parseMemorySize } from '../../src/lib/memory-size.ts';

test.each([
  ['0b', 0n],
  ['1048576', 1_048_576n],
  ['1k', 1000n],
  ['1kb', 1024n],
  ['5M', 5_000_000n],
  ['512mb', 536_870_912n],
  ['1g', 1_000_000_000n],
  ['2GB', 2_147_483_648n],
  ['9223372036854775807', 9_223_372_036_854_775_807n],
])('%s', (text, bytes) => {
  expect(parseMemorySize(text)).toBe(bytes);
});

test.each(['', 'mb', '-1', '1.5gb', '1 gb', '1tb', '1mib', '9223372036854775808', '9999999999gb'])(
  '%j is no size',
  (text) => {
    expect(parseMemorySize(text)).toBeUndefined();
  },
);
