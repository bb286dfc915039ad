import type { HandOver, HandOverMode, HandOverStep } from '../../../../stack/contract/arbiter.ts';
import type { ServiceInput } from '../../../../stack/contract/model.ts';
import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { members, optionsOf } from '../../group.ts';
import type { SentinelOptions } from '../../options.ts';
import { heardMeanwhile, promotedMeanwhile } from './shown-meanwhile.ts';

/**
 * The old master goes on acknowledging writes until Sentinel demotes it, about 11 s later: they are lost. This scenario
 * shows that about the stock command.
 */
export const planned: Scenario = {
  name: 'planned',
  summary: 'SENTINEL FAILOVER, the stock planned failover, which loses writes',
  faults: [],
  expects: { switches: [1, 1] },
  isKnownBad: true,
  refusal: withoutReplica,
  play: async (stage, input) => {
    const { askToFailOver } = await import('../../ask-to-fail-over.ts');
    await stage.trigger('SENTINEL FAILOVER', () =>
      heardMeanwhile(stage, '+try-failover', () => askToFailOver(input, 'E_FAULT_FAILED', stage.signal)),
    );
    await stage.untilSwitched({ isAckNeeded: false });
  },
};

export const plannedGraceful: Scenario = {
  name: 'planned-graceful',
  summary: 'stackctl failover --mode graceful: writes wait until the Sentinels have failed over',
  faults: [],
  expects: { switches: [1, 1] },
  refusal: withoutReplica,
  play: (stage, input) => handedOver(stage, input, 'graceful'),
};

export const plannedExpress: Scenario = {
  name: 'planned-express',
  summary: 'stackctl failover: the master is handed over within milliseconds',
  faults: [],
  expects: { switches: [1, 1] },
  isQuick: true,
  refusal: (input) =>
    input.service.instances.length < 2
      ? 'it takes two Sentinels: one is told in the name of another'
      : withoutReplica(input),
  play: (stage, input) => handedOver(stage, input, 'express'),
};

export const plannedCoordinated: Scenario = {
  name: 'planned-coordinated',
  summary: 'SENTINEL FAILOVER COORDINATED of Valkey 9: the master itself hands over',
  faults: [],
  expects: { switches: [1, 1] },
  stranger: (input) =>
    optionsOf(input).server === 'valkey' ? undefined : 'only the Sentinels of Valkey 9 and newer have it',
  refusal: (input) => withoutReplica(input) ?? unknownToSentinels(input),
  play: (stage, input) => handedOver(stage, input, 'coordinated'),
};

async function unknownToSentinels(input: FailoverInput): Promise<string | undefined> {
  const { notCoordinated } = await import('../../hand-over/coordinated.ts');
  return notCoordinated(input);
}

/** The quickest that the group allows. */
export function quickestMode({ service }: FailoverInput): HandOverMode {
  return service.instances.length < 2 ? 'graceful' : 'express';
}

/** Replicas should have got only what they had missed: a full resynchronisation costs as much as the data is large. */
export async function handedOver(stage: Stage, input: FailoverInput, mode: HandOverMode): Promise<void> {
  const { handOver } = await import('../../hand-over/hand-over.ts');
  const done: HandOver[] = [];
  await stage.trigger(`hand ${stage.primary} over (${mode})`, () =>
    promotedMeanwhile(stage, input, async (onPromote) => {
      const onStep = (step: HandOverStep): void => {
        if (step === 'promote') onPromote();
      };
      done.push(await handOver(input as ServiceInput<SentinelOptions>, { mode, onStep }, stage.signal));
    }),
  );
  const resyncs = done[0]?.resyncs;
  // Where the Sentinels lead the way, nobody counts them.
  if (resyncs === undefined) return;
  const { full } = resyncs;
  const all = `${full} ${full === 1 ? 'replica' : 'replicas'} got all data anew`;
  stage.require('partial resynchronisation only', full > 0 ? all : undefined);
}

export function withoutReplica(input: FailoverInput): string | undefined {
  return members(input).length < 2 ? 'there is no replica to promote' : undefined;
}
