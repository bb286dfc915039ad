import fc from 'fast-check';
import { expect, it } from 'vitest';
import { collectSpans, twoPrimariesMs } from '../../src/failover/role-spans.ts';
import type { RoleSample } from '../../src/stack/contract/failover.ts';

const said = (node: string, isPrimary: boolean, ...times: readonly number[]): RoleSample[] =>
  times.map((at) => ({ at, node, isPrimary }));

const spansOf = (...samples: readonly RoleSample[]) => {
  const collector = collectSpans(150);
  for (const sample of samples.toSorted((a, b) => a.at - b.at)) collector.add(sample);
  return collector.spans;
};

it('puts answers together while they follow each other, and begins anew after a silence and after another answer', () => {
  expect(
    spansOf(
      ...said('a', true, 0, 50, 100, 400, 450),
      ...said('b', true, 200, 250),
      ...said('b', false, 300),
      ...said('b', true, 350),
    ),
  ).toEqual([
    { node: 'a', isPrimary: true, from: 0, to: 100 },
    { node: 'b', isPrimary: true, from: 200, to: 250 },
    { node: 'b', isPrimary: false, from: 300, to: 300 },
    { node: 'b', isPrimary: true, from: 350, to: 350 },
    { node: 'a', isPrimary: true, from: 400, to: 450 },
  ]);
});

it('counts the time in which two said so, once also when three did, and not that of one after the other', () => {
  const span = (node: string, from: number, to: number, isPrimary = true) => ({ node, isPrimary, from, to });
  expect(twoPrimariesMs([])).toBe(0);
  expect(twoPrimariesMs([span('a', 0, 100), span('b', 0, 100, false)])).toBe(0);
  expect(twoPrimariesMs([span('a', 0, 100), span('b', 100, 200)])).toBe(0);
  expect(twoPrimariesMs([span('a', 0, 100), span('b', 60, 200)])).toBe(40);
  expect(twoPrimariesMs([span('a', 0, 100), span('b', 60, 200), span('c', 50, 80)])).toBe(50);
  expect(twoPrimariesMs([span('a', 0, 100), span('a', 50, 200)])).toBe(0);
  expect(twoPrimariesMs([span('a', 0, 1000), span('b', 100, 200), span('b', 500, 700)])).toBe(300);
});

it('is what counting each millisecond gives', () => {
  const spans = fc.array(
    fc.record({ node: fc.constantFrom('a', 'b', 'c'), from: fc.nat(60), length: fc.integer({ min: 1, max: 30 }) }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(spans, (given) => {
      const all = given.map(({ node, from, length }) => ({ node, isPrimary: true, from, to: from + length }));
      const masters = (at: number) =>
        new Set(all.flatMap(({ node, from, to }) => (from <= at && at < to ? [node] : [])));
      const counted = Array.from({ length: 100 }, (_, at) => at).filter((at) => masters(at).size > 1).length;
      expect(twoPrimariesMs(all)).toBe(counted);
    }),
  );
});
