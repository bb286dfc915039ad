import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openReplyReader, plainReply, type Reply } from '../../../templates/analytics/services/ingester/src/resp.ts';
import { written } from './replies.ts';

function readIn(parts: readonly Buffer[]): readonly Reply[] {
  const reader = openReplyReader();
  return parts.flatMap((part) => {
    const reply = reader.read(part);
    return reply === undefined ? [] : [plainReply(reply)];
  });
}

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('event_id', 'time', '\r\n', '$3\r\nabc', 'ä€😀'));
const reply: fc.Arbitrary<Reply> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.constant(null),
    fc.array(tie('value') as fc.Arbitrary<Reply>),
  ),
})).value as fc.Arbitrary<Reply>;

test('a reply is what was written, wherever its bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(reply, { minLength: 1 }), fc.array(fc.nat()), (replies, places) => {
      for (const one of replies) {
        const bytes = written(one);
        const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
        const parts = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
        expect(readIn(parts)).toEqual([one]);
      }
    }),
  );
});

test('one reader reads one reply after the other, byte by byte', () => {
  const entries: Reply = [
    [
      'events',
      [
        ['1-0', ['name', 'a', 'name', 'ä']],
        ['2-0', ['name', 'b', 'nam', 'bb']],
        ['3-0', null],
      ],
    ],
  ];
  const all = [entries, null, 'x', 5, new Error('NOGROUP no such group'), [], entries];
  const bytes = Buffer.concat([...all.map(written), Buffer.from('+OK\r\n*-1\r\n')]);
  expect(readIn([...bytes].map((byte) => Buffer.of(byte)))).toEqual([...all, 'OK', null]);
});

test('a reply that is larger than what there is room for is read in pieces, and stays as it is while the next one comes', () => {
  const large: Reply = Array.from({ length: 5000 }, (_, index) => [`${index}`, 'ä'.repeat(100)]);
  const bytes = Buffer.concat([written(large), written(['next'])]);
  const reader = openReplyReader();
  const end = bytes.length - written(['next']).length;
  const before = [bytes.subarray(0, 70_000), bytes.subarray(70_000, end)].map((part) => reader.read(part));
  const next = reader.read(bytes.subarray(end));
  expect(before[0]).toBeUndefined();
  expect([before[1], next].map((one) => one && plainReply(one))).toEqual([large, ['next']]);
});

test('what is no reply is refused', () => {
  expect(() => openReplyReader().read(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow('protocol');
});
