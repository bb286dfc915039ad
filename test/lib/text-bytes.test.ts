import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textBytes } from '../../src/lib/text-bytes.ts';

test('the bytes are those of all texts together, whatever was expected', () => {
  const texts = fc.array(
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('x'.repeat(9000), 'ä€😀'.repeat(4000), '')),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(texts, fc.nat(200_000), (all, expected) => {
      const bytes = textBytes(all.length, (index) => all[index] ?? '', expected);
      expect(bytes.equals(Buffer.from(all.join('')))).toBe(true);
    }),
    { numRuns: 100 },
  );
});
