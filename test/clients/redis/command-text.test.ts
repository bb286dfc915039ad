import fc from 'fast-check';
import { expect, it } from 'vitest';
import { commandsAsText } from '../../../src/clients/redis/command-text.ts';
import { commandText } from '../../../src/clients/redis/reply.ts';

const word = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.integer({ min: 1000, max: 1100 }).map((length) => 'x'.repeat(length)),
);

it('is what the commands are one by one, whatever characters they have', () => {
  fc.assert(
    fc.property(fc.array(fc.array(word, { minLength: 1, maxLength: 6 }), { maxLength: 8 }), (commands) => {
      const { text, isAscii } = commandsAsText((add) => {
        for (const [first = '', ...rest] of commands) {
          add.begin(rest.length + 1);
          add.known(first);
          for (const one of rest) add.word(one);
        }
      });
      expect(text).toBe(commands.map((words) => commandText(words)).join(''));
      // As Latin-1 it would be other bytes.
      expect(isAscii).toBe(Buffer.from(text, 'latin1').equals(Buffer.from(text, 'utf8')));
    }),
  );
});
