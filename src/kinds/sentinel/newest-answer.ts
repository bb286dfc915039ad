import type { MasterView } from '../../clients/redis/sentinel.ts';
import type { PrimaryAnswer } from '../../stack/contract/arbiter.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import { instanceAt } from './monitored.ts';

/**
 * The master with the highest configuration epoch among these answers, one of each Sentinel that has answered: one that
 * missed the last failover still names the master before it. One that leads a failover has the new epoch already and still
 * the old address: its answer does not count, its state file has both.
 */
export function newestAnswer(
  input: ServiceInput,
  views: readonly Pick<MasterView, 'address' | 'epoch' | 'flags'>[],
): PrimaryAnswer {
  const settled = views.filter(({ flags }) => !flags.includes('failover_in_progress'));
  const newest = [...settled].sort((a, b) => b.epoch - a.epoch)[0];
  const instance = newest === undefined ? undefined : instanceAt(input, newest.address);
  if (newest === undefined || instance === undefined) return { primary: undefined, isComplete: false };
  return {
    primary: { instance: instance.name, epoch: newest.epoch },
    isComplete: settled.length === input.service.instances.length,
  };
}
