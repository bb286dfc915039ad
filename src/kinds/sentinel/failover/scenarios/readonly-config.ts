import { StackctlError } from '../../../../errors.ts';
import type { ServiceInput } from '../../../../stack/contract/model.ts';
import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { withSentinel } from '../../ask.ts';
import type { SentinelOptions } from '../../options.ts';
import { quickestMode, withoutReplica } from './planned.ts';
import { anySentinel, tooFewWithoutOne } from './sentinel-kill.ts';

/** A Sentinel goes on without its file, and would not know what it has decided when it starts again. */
export const readonlyConfig: Scenario = {
  name: 'readonly-config',
  summary: 'one Sentinel cannot save its configuration: a hand-over is refused, and a killed master is failed over',
  faults: ['read-only', 'kill'],
  expects: { switches: [1, 1] },
  refusal: (input) =>
    quickestMode(input) === 'express' ? (tooFewWithoutOne(input) ?? withoutReplica(input)) : 'it takes two Sentinels',
  play: async (stage, input) => {
    const sentinel = anySentinel(stage, input);
    await stage.inject(sentinel, 'read-only');
    stage.require('the Sentinel says so itself', await savedBy(input, sentinel));
    stage.require('a hand-over is refused because of it', await handedOverAllTheSame(stage, input, sentinel));
    await stage.strike(stage.primary, 'kill');
    await stage.untilSwitched();
  },
};

async function savedBy(input: FailoverInput, name: string): Promise<string | undefined> {
  const sentinel = input.service.instances.find((instance) => instance.name === name);
  if (sentinel === undefined) return `there is no ${name}`;
  try {
    await withSentinel(input, sentinel, (client) => client.call('SENTINEL', 'FLUSHCONFIG'));
    return `${name} says that it has saved its configuration`;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ReplyError')) throw error;
    return /^(NOPERM|NOAUTH)|unknown/i.test(error.message) ? `${name}: ${error.message}` : undefined;
  }
}

async function handedOverAllTheSame(
  { signal }: Stage,
  input: FailoverInput,
  sentinel: string,
): Promise<string | undefined> {
  const { handOver } = await import('../../hand-over/hand-over.ts');
  try {
    await handOver(input as ServiceInput<SentinelOptions>, { mode: 'express' }, signal);
    return 'the master was handed over although a Sentinel cannot save who it is';
  } catch (error) {
    if (!(error instanceof StackctlError && error.code === 'E_NOT_READY')) throw error;
    const isNamed = error.message.includes(`${sentinel} cannot save its configuration`);
    return isNamed ? undefined : `it was refused for another reason: ${error.message}`;
  }
}
