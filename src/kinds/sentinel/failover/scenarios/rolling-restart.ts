import type { Scenario } from '../../../../stack/contract/scenario.ts';
import { members } from '../../group.ts';
import { handedOver, quickestMode, withoutReplica } from './planned.ts';

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  summary: 'every server restarts: the replicas, then the hand-over, then the old master',
  faults: ['stop'],
  expects: { switches: [1, 1] },
  refusal: withoutReplica,
  play: async (stage, input) => {
    const replicas = members(input).filter(({ name }) => name !== stage.primary);
    for (const { name } of replicas) {
      await stage.inject(name, 'stop');
      await stage.heal(name);
      await stage.untilSteady();
    }
    await handedOver(stage, input, quickestMode(input));
    await stage.untilSteady();
    await stage.inject(stage.primary, 'stop');
    await stage.heal(stage.primary);
  },
};
