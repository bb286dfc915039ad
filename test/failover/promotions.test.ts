import { expect, it } from 'vitest';
import { collectPromotions } from '../../src/failover/promotions.ts';
import type { RoleSample } from '../../src/stack/contract/failover.ts';

const replica = (node: string, at: number, offset: number): RoleSample => ({ at, node, isPrimary: false, offset });
const primary = (node: string, at: number): RoleSample => ({ at, node, isPrimary: true });

const promoted = (...samples: readonly RoleSample[]) => {
  const collector = collectPromotions(300);
  for (const sample of samples) collector.add(sample);
  return collector.promotions;
};

it('finds the replica that had more when another one was promoted', () => {
  expect(
    promoted(
      ...[primary('a', 0), replica('b', 10, 100), replica('c', 20, 180), replica('d', 30, 150)],
      ...[replica('b', 60, 100), primary('b', 110)],
    ),
  ).toEqual([{ at: 110, node: 'b', behind: { node: 'c', bytes: 80 } }]);
});

it.each([
  ['who is as far', [replica('b', 10, 100), replica('c', 20, 100), replica('b', 60, 100)]],
  ['what it heard after that', [replica('b', 10, 100), replica('b', 60, 100), replica('c', 70, 180)]],
  ['what was said long ago', [replica('c', 0, 180), replica('b', 400, 100), replica('b', 450, 100)]],
  ['one that still received', [replica('b', 10, 90), replica('c', 20, 180), replica('b', 60, 100)]],
  ['one that spoke only once', [replica('c', 20, 180), replica('b', 60, 100)]],
])('is no evidence: %s', (_, before) => {
  const at = (before.at(-1)?.at ?? 0) + 50;
  expect(promoted(...before, primary('b', at))).toEqual([{ at, node: 'b', behind: undefined }]);
});

it('is none for who was the primary all the time, and says nothing of others for who was silent before', () => {
  expect(promoted(primary('a', 0), primary('a', 50))).toEqual([]);
  const silent = [replica('a', 0, 5), replica('a', 50, 5), replica('b', 900, 9), primary('a', 1000)];
  expect(promoted(...silent)).toEqual([{ at: 1000, node: 'a', behind: undefined }]);
});
