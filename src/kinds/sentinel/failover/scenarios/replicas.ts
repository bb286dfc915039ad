import type { FaultKind } from '../../../../stack/contract/runtime-facts.ts';
import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { members, optionsOf } from '../../group.ts';
import { withoutReplica } from './planned.ts';

/** Beyond `downAfterMs`: by then the Sentinels have found it down. */
const LONGER_MS = 3000;

export const replicaKill = oneReplica('replica-kill', 'kill', 'SIGKILL of a replica: the master stays');
export const replicaHang = oneReplica('replica-hang', 'pause', 'a replica freezes: the master stays');

export const replicasKill: Scenario = {
  name: 'replicas-kill',
  summary: 'SIGKILL of all replicas: the master stays; with minReplicasToWrite it refuses writes until they are back',
  faults: ['kill'],
  expects: { switches: [0, 0] },
  refusal: withoutReplica,
  play: async (stage, input) => {
    const replicas = replicasOf(stage, input);
    await stage.strike(replicas, 'kill');
    await stage.hold(optionsOf(input).downAfterMs + LONGER_MS, 'leave the master alone');
    for (const replica of replicas) await stage.heal(replica);
    stage.recoversFromHere();
  },
};

function oneReplica(name: string, fault: FaultKind, summary: string): Scenario {
  return {
    name,
    summary,
    faults: [fault],
    expects: { switches: [0, 0] },
    refusal: (input) =>
      members(input).length < 3
        ? 'it takes two replicas: with one, minReplicasToWrite has the master refuse writes'
        : undefined,
    play: async (stage, input) => {
      const replicas = replicasOf(stage, input);
      const replica = replicas[Math.floor(stage.random() * replicas.length)] ?? '';
      await stage.strike(replica, fault);
      await stage.hold(optionsOf(input).downAfterMs + LONGER_MS, `leave ${replica} as it is`);
    },
  };
}

function replicasOf({ primary }: Pick<Stage, 'primary'>, input: FailoverInput): readonly string[] {
  return members(input)
    .map(({ name }) => name)
    .filter((name) => name !== primary);
}
