import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Held, Judgement } from '../../../../../src/kinds/_shared/redis/traffic/judge-writes.ts';
import { createWriteLog, type WriteLog } from '../../../../../src/kinds/_shared/redis/traffic/last-writes.ts';

type Fate = 'acked' | 'rejected' | 'unknown';
const KEY = { type: 'string', key: 'k', within: '' } as const;

/** A batch of one write: it leaves now, and the answer comes when it is called. */
function write(log: WriteLog, sequence: number, connection = 1): (fate: Fate) => void {
  const told = log.sent([{ ...KEY, sequence }], connection);
  return (fate) => told(() => fate);
}

function judged(log: WriteLog, sequence: number | undefined) {
  const judgement = log.judge(new Map<number, Held>([[0, { sequence }]]));
  return { found: foundIn(judgement), missing: judgement.stale.map(({ last }) => last) };
}

const foundIn = ({ found, odd }: Judgement): readonly number[] => [...found, ...odd].toSorted((a, b) => a - b);

test('the last acknowledged one must be there, and those before it were overwritten', () => {
  const log = createWriteLog();
  for (const sequence of [0, 1, 2]) write(log, sequence)('acked');
  expect(judged(log, 2)).toEqual({ found: [0, 1, 2], missing: [] });
  expect(judged(log, 1)).toEqual({ found: [0, 1], missing: [2] });
  expect(judged(log, undefined)).toEqual({ found: [0, 1], missing: [2] });
});

test('one that is unknown may be there, whenever it was sent; one that was refused may not', () => {
  const log = createWriteLog();
  write(log, 0)('unknown');
  write(log, 1)('acked');
  write(log, 2)('rejected');
  write(log, 3); // not answered
  expect(judged(log, 0)).toEqual({ found: [0, 1], missing: [] });
  expect(judged(log, 1)).toEqual({ found: [1], missing: [] });
  expect(judged(log, 3)).toEqual({ found: [1, 3], missing: [] });
  // What was refused and is there is told: it is no event that may be found.
  expect(judged(log, 2)).toEqual({ found: [2], missing: [1] });
});

test('of those that were on their way over two connections either may be the last', () => {
  const log = createWriteLog();
  const [first, second] = [write(log, 0, 1), write(log, 1, 2)];
  second('acked');
  first('acked');
  expect(judged(log, 0).missing).toEqual([]);
  expect(judged(log, 1).missing).toEqual([]);
  // Over one connection, and where the answer came first, the order is known.
  const third = write(log, 2, 1);
  third('acked');
  expect(judged(log, 0)).toEqual({ found: [0, 1], missing: [2] });
  expect(judged(log, 1)).toEqual({ found: [0, 1], missing: [2] });
});

test('one that is sent again overwrites what came between', () => {
  const log = createWriteLog();
  write(log, 0)('acked');
  write(log, 1)('acked');
  const again = write(log, 0);
  expect(judged(log, 0)).toEqual({ found: [0, 1], missing: [] });
  again('acked');
  expect(judged(log, 0)).toEqual({ found: [0, 1], missing: [] });
  expect(judged(log, 1)).toEqual({ found: [1], missing: [0] });
});

test('an event of another place is a copy, or was never sent', () => {
  const log = createWriteLog();
  write(log, 0)('acked');
  log.sent([{ ...KEY, key: 'other', sequence: 1 }], 1)(() => 'acked');
  const held = new Map<number, Held>([
    [0, { sequence: 1 }],
    [1, { sequence: 1 }],
  ]);
  const judgement = log.judge(held);
  expect([foundIn(judgement), judgement.stale]).toEqual([[1, 1], [{ place: 0, last: 0 }]]);
  expect([log.placeAt(0), log.placeAt(1)]).toEqual([KEY, { ...KEY, key: 'other' }]);
  expect(judged(log, 77)).toMatchObject({ found: [77], missing: [0] });
});

test('members that events share must have the score of the last one', () => {
  const log = createWriteLog();
  const place = { type: 'zset', key: 'board', within: 'ada' } as const;
  for (const [sequence, score] of [10, 5].entries()) log.sent([{ ...place, sequence, score }], 1)(() => 'acked');
  const judge = (score: number | undefined) => {
    const judgement = log.judge(new Map([[0, { score }]]));
    return { found: foundIn(judgement), stale: judgement.stale };
  };
  expect(judge(5)).toEqual({ found: [0, 1], stale: [] });
  expect(judge(10)).toMatchObject({ found: [0], stale: [{ last: 1 }] });
  expect(judge(undefined)).toMatchObject({ found: [0], stale: [{ last: 1 }] });
});

/** A register to which clients write; each write is applied at one moment between its sending and its answer, or never. */
test('what a correct server does is never called wrong', () => {
  const step = fc.record({
    connection: fc.constantFrom(1, 2),
    fate: fc.constantFrom<Fate>('acked', 'acked', 'unknown', 'rejected'),
    answer: fc.nat({ max: 3 }),
    isApplied: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const log = createWriteLog();
      let held: number | undefined;
      const late: number[] = [];
      const waiting: { readonly at: number; readonly connection: number; readonly answer: () => void }[] = [];
      const answerUntil = (at: number): void => {
        // One connection answers in order.
        for (const one of waiting.splice(0)) {
          const isBlocked = waiting.some(({ connection }) => connection === one.connection);
          if (one.at > at || isBlocked) waiting.push(one);
          else one.answer();
        }
      };
      for (const [sequence, { connection, fate, answer, isApplied }] of steps.entries()) {
        const told = write(log, sequence, connection);
        waiting.push({
          at: sequence + answer,
          connection,
          answer: () => {
            if (fate === 'acked') held = sequence;
            if (fate === 'unknown' && isApplied) late.push(sequence);
            told(fate);
          },
        });
        answerUntil(sequence);
      }
      answerUntil(Number.POSITIVE_INFINITY);
      if (steps.length === 0) return;
      expect(judged(log, held).missing).toEqual([]);
      for (const sequence of late) expect(judged(log, sequence).missing).toEqual([]);
    }),
  );
});

test('a place is what it was written as, whatever its key and field are', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 6 });
  const place = fc.record({
    type: fc.constantFrom('string' as const, 'hash' as const, 'zset' as const),
    key: text,
    within: text,
  });
  fc.assert(
    fc.property(fc.array(place, { maxLength: 30 }), (places) => {
      const log = createWriteLog();
      for (const [sequence, own] of places.entries()) log.sent([{ ...own, sequence }], 1)(() => 'acked');
      const different = [
        ...new Map(places.map((own) => [JSON.stringify([own.type, own.key, own.within]), own])).values(),
      ];
      expect(Array.from({ length: log.places }, (_, number) => log.placeAt(number))).toEqual(different);
    }),
  );
});

test('scores that come after writes without one are held against their own place', () => {
  const log = createWriteLog();
  write(log, 0)('acked');
  const member = { type: 'zset', key: 'board', within: 'ada' } as const;
  log.sent([{ ...member, sequence: 1, score: 7 }], 1)(() => 'acked');
  write(log, 2)('acked');
  const judge = (sequence: number, score: number) => {
    const { stale } = log.judge(
      new Map<number, Held>([
        [0, { sequence }],
        [1, { score }],
      ]),
    );
    return stale;
  };
  expect(judge(2, 7)).toEqual([]);
  expect(judge(0, 8)).toEqual([
    { place: 0, last: 2 },
    { place: 1, last: 1 },
  ]);
});
