import { describe, expect, it } from 'vitest';
import { boundFor } from '../../../src/kinds/sentinel/failover/loss-settings.ts';
import { remediesBy } from '../../../src/kinds/sentinel/failover/remedies.ts';

const OPEN = { boundMs: undefined, isPersistent: true };
const lost = (...at: readonly number[]) => at.map((one) => ({ at: one, node: 'redis-1' }));
const by = (what: string, times: readonly number[], settings: Parameters<typeof remediesBy>[1] = OPEN) =>
  remediesBy({ what, oldPrimary: 'redis-1', lost: lost(...times) }, settings);

describe('what would have lost fewer writes', () => {
  it('after a stock failover is another hand-over', () => {
    expect(by('SENTINEL FAILOVER', [1, 2])).toEqual([
      'all fewer with `stackctl failover`, by which writes wait until the new master has everything',
    ]);
  });

  it('of a master that is cut off is a bound, for those that it took after that, where there is none yet', () => {
    const late = boundFor(2) + 1;
    expect(by('cut redis-1', [10, late, late + 5])).toEqual([
      '2 fewer with minReplicasToWrite 1 and minReplicasMaxLagS 2: a master without replicas takes no writes after 4200 ms',
      "the other 1: only WAIT tells whether a replica has a write (--client 'raw?wait=1' shows what that is worth)",
    ]);
    expect(by('cut redis-1', [10, late], { ...OPEN, boundMs: 12_000 })).toEqual([
      "these: only WAIT tells whether a replica has a write (--client 'raw?wait=1' shows what that is worth)",
    ]);
    const elsewhere = [{ at: late, node: 'redis-2' }];
    expect(remediesBy({ what: 'x', oldPrimary: 'redis-1', lost: elsewhere }, OPEN)).toHaveLength(1);
  });

  it('of what was long there before is a file, where there is none', () => {
    expect(by('kill redis-1', [-5000, -10], { ...OPEN, isPersistent: false })).toEqual([
      '1 fewer with appendOnly: they were in memory only when a server started again',
      expect.stringContaining('the other 1: only WAIT'),
    ]);
    expect(by('kill redis-1', [-5000])).toEqual([expect.stringContaining('these: only WAIT')]);
  });
});
