import { describe, expect, it } from 'vitest';
import { boundFor } from '../../../src/kinds/sentinel/failover/loss-settings.ts';
import { remediesBy } from '../../../src/kinds/sentinel/failover/remedies.ts';
import type { Loss } from '../../../src/stack/contract/final-read.ts';

const PROMOTED_AT = 6000;
const by = (times: readonly number[], part: Partial<Loss> = {}, boundMs?: number) =>
  remediesBy(
    {
      ...{ what: 'cut redis-1', oldPrimary: 'redis-1', newPrimary: 'redis-2', promotedAt: PROMOTED_AT },
      lost: times.map((at) => ({ at, node: 'redis-1' })),
      ...part,
    },
    { boundMs },
  );
const WAIT = "only WAIT tells whether a replica has a write (--client 'raw?wait=1' shows what that is worth)";

describe('what would have lost fewer writes', () => {
  it('after a stock failover is another hand-over', () => {
    expect(by([1, 2], { what: 'SENTINEL FAILOVER' })).toEqual([
      'all fewer with `stackctl failover`, by which writes wait until the new master has everything',
    ]);
  });

  it('of a master that was replaced is a bound, where there is none or a wider one, once its replicas have left it', () => {
    const late = PROMOTED_AT + boundFor(2) + 1;
    const bounded = [
      'at least 2 fewer with minReplicasToWrite 1 and minReplicasMaxLagS 2: a master whose replicas are gone takes writes for 4200 ms at most',
      `1 others: ${WAIT}`,
    ];
    expect(by([PROMOTED_AT + 10, late, late + 5])).toEqual(bounded);
    expect(by([PROMOTED_AT + 10, late, late + 5], {}, boundFor(10))).toEqual(bounded);
    expect(by([10, late], {}, boundFor(2))).toEqual([`2: ${WAIT}`]);
    expect(by([10])).toEqual([`1: ${WAIT}`]);
    expect(by([], { lost: [{ at: late, node: 'redis-2' }] })).toEqual([]);
  });

  it('of one that stayed the master and came back without them is a file', () => {
    expect(by([-50, -10], { promotedAt: undefined })).toEqual([
      '2 fewer with appendOnly: the master started again without them',
    ]);
    expect(by([50], { promotedAt: undefined })).toEqual([]);
  });
});
