import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { members, optionsOf } from '../../group.ts';
import { lossSettings } from '../loss-settings.ts';
import { predict } from '../model.ts';
import { withoutReplica } from './planned.ts';
import { sentinelBeside, tooFewWithoutOne } from './sentinel-kill.ts';

/** How long both sides stay apart once the other side has a master: long enough for clients of both to write. */
const APART_MS = 5000;
/** Beyond `downAfterMs`: by then a Sentinel that found the master down has begun. */
const LONGER_MS = 5000;
/** A Sentinel demotes a master that was deposed 11 s after it can reach it again. */
const DEMOTED_MS = 12_000;

export const partitionMaster: Scenario = {
  name: 'partition-master',
  summary: 'the master and one Sentinel are cut off from the others, and clients reach both sides',
  faults: ['cut'],
  expects: { switches: [1, 1], predict: (input) => predict(input, true) },
  refusal: (input) => tooFewWithoutOne(input) ?? withoutReplica(input),
  play: async (stage, input) => {
    const sentinel = sentinelBeside(stage, input);
    const others = everybody(input).filter((name) => name !== stage.primary && name !== sentinel);
    await stage.inject(sentinel, 'cut', { from: others, to: others });
    await apart(stage, input, others);
  },
};

export const partitionClients: Scenario = {
  name: 'partition-clients',
  summary: 'the master is cut off from all others but not from its clients',
  faults: ['cut'],
  expects: { switches: [1, 1], predict: (input) => predict(input, true) },
  refusal: withoutReplica,
  play: (stage, input) =>
    apart(
      stage,
      input,
      everybody(input).filter((name) => name !== stage.primary),
    ),
};

export const partitionReplicas: Scenario = {
  name: 'partition-replicas',
  summary: 'the master is cut off from its replicas, and the Sentinels reach all: nobody may fail it over',
  faults: ['cut'],
  expects: { switches: [0, 0] },
  refusal: withoutReplica,
  play: async (stage, input) => {
    const replicas = namesOf(members(input)).filter((name) => name !== stage.primary);
    await stage.strike(stage.primary, 'cut', { from: replicas, to: replicas });
    await stage.hold(optionsOf(input).downAfterMs + LONGER_MS, 'keep them apart');
    await stage.heal(stage.primary);
    stage.recoversFromHere();
  },
};

export const asymPartition: Scenario = {
  name: 'asym-partition',
  summary: 'the master hears the Sentinels and they do not hear it: one failover at most',
  faults: ['cut'],
  expects: { switches: [0, 1] },
  refusal: withoutReplica,
  play: async (stage, input) => {
    const window = await lossWindow(stage, input);
    await stage.strike(stage.primary, 'cut', { to: namesOf(input.service.instances) });
    await stage.untilSwitched({ isAckNeeded: false });
    // Until then its replicas follow it, and what it acknowledges is theirs too.
    stage.mayLoseFor(window.sinceStrike());
    await stage.hold(APART_MS, 'leave it so');
    await healed(stage, window);
  },
};

/** Both sides may have a master for a while: what the old one acknowledges then is lost. */
async function apart(stage: Stage, input: FailoverInput, others: readonly string[]): Promise<void> {
  const window = await lossWindow(stage, input);
  await stage.strike(stage.primary, 'cut', { from: others, to: others });
  stage.mayLoseFor(window.withReplicasGone());
  await stage.untilSwitched({ isAckNeeded: false });
  await stage.hold(APART_MS, 'keep both sides apart');
  await healed(stage, window);
}

async function healed(stage: Stage, window: LossWindow): Promise<void> {
  await stage.heal(stage.primary);
  if (!window.isBounded) stage.mayLoseFor(window.sinceStrike());
}

interface LossWindow {
  /** minReplicasToWrite is set. */
  readonly isBounded: boolean;
  /** Of a master without replicas, from the moment on in which it lost them. */
  withReplicasGone(): number;
  /** Of one that loses them now. */
  sinceStrike(): number;
}

/**
 * How long after it was cut off a master may acknowledge what is lost: with minReplicasToWrite for minReplicasMaxLagS and the
 * step in which it looks; without it until it is demoted.
 */
async function lossWindow({ primary }: Stage, input: FailoverInput): Promise<LossWindow> {
  const begunAt = performance.now();
  const { boundMs: bound } = await lossSettings(input, primary);
  return {
    isBounded: bound !== undefined,
    withReplicasGone: () => bound ?? Number.MAX_SAFE_INTEGER,
    sinceStrike: () => performance.now() - begunAt + (bound ?? DEMOTED_MS),
  };
}

export function everybody(input: FailoverInput): readonly string[] {
  return namesOf([...members(input), ...input.service.instances]);
}

function namesOf(instances: readonly { readonly name: string }[]): readonly string[] {
  return instances.map(({ name }) => name);
}
