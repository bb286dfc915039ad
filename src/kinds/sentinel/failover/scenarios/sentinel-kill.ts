import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { members, optionsOf } from '../../group.ts';
import { majorityOf } from '../../promotion.ts';
import { predict } from '../model.ts';

export const sentinelKill: Scenario = {
  name: 'sentinel-kill',
  summary: 'SIGKILL of one Sentinel, then of the master: the others fail it over',
  faults: ['kill'],
  expects: { switches: [1, 1], predict: (input) => predict(input, false) },
  refusal: tooFewWithoutOne,
  play: async (stage, input) => {
    await stage.inject(anySentinel(stage, input), 'kill');
    await stage.strike(stage.primary, 'kill');
    await stage.untilSwitched();
  },
};

export const hostLoss: Scenario = {
  name: 'host-loss',
  summary: 'SIGKILL of the master and a Sentinel at the same time, as when their host is lost',
  faults: ['kill'],
  expects: { switches: [1, 1], predict: (input) => predict(input, false) },
  refusal: tooFewWithoutOne,
  play: async (stage, input) => {
    await stage.strike([stage.primary, sentinelBeside(stage, input)], 'kill');
    await stage.untilSwitched();
  },
};

/** Why a failover is not to be expected once one Sentinel is gone. */
export function tooFewWithoutOne(input: FailoverInput): string | undefined {
  const sentinels = input.service.instances.length;
  const { quorum } = optionsOf(input);
  const needed = Math.max(quorum, majorityOf(sentinels));
  if (sentinels - 1 >= needed) return undefined;
  return `without one of ${sentinels} ${sentinels === 1 ? 'Sentinel' : 'Sentinels'} a failover is not possible: it takes ${needed} (quorum ${quorum}, and a majority)`;
}

export function anySentinel({ random }: Pick<Stage, 'random'>, { service }: FailoverInput): string {
  const { instances } = service;
  return instances[Math.floor(random() * instances.length)]?.name ?? '';
}

/** The one with the master's number, which a deployment of one pair for each host puts beside it. */
export function sentinelBeside({ primary }: Stage, input: FailoverInput): string {
  const index = members(input).findIndex(({ name }) => name === primary);
  const { instances } = input.service;
  return (instances[index] ?? instances[0])?.name ?? '';
}
