import { masterView } from '../../../../clients/redis/sentinel.ts';
import { pollFor } from '../../../../lib/poll.ts';
import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { ASK_TIMEOUT_MS, withSentinel } from '../../ask.ts';
import { groupName, members, memberTarget, optionsOf } from '../../group.ts';
import { anySentinel, tooFewWithoutOne } from './sentinel-kill.ts';

const LONGER_MS = 10_000;
const STEPS_MS = 5000;
/** One of three each time: more often in a row once in eighty runs. */
const MOST_ELECTED = 3;

export const authDrift: Scenario = {
  name: 'auth-drift',
  summary: 'one Sentinel has a wrong password of the servers, then SIGKILL of the master: the others fail it over',
  faults: ['kill'],
  // It may be elected although it can promote nobody; all then wait for twice failoverTimeoutMs, and it may be elected again.
  expects: {
    switches: [1, 1],
    outageMs: (input) =>
      optionsOf(input).downAfterMs + MOST_ELECTED * (2 * optionsOf(input).failoverTimeoutMs + STEPS_MS),
  },
  refusal: (input) => withoutPassword(input) ?? tooFewWithoutOne(input),
  play: async (stage, input) => {
    const sentinel = anySentinel(stage, input);
    await stage.inject(sentinel, 'wrong-auth-pass');
    const isBlind = await untilBlind(stage, input, sentinel);
    stage.doubt('a Sentinel cannot log in', isBlind ? undefined : `${sentinel} still finds the master well`);
    await stage.strike(stage.primary, 'kill');
    await stage.untilSwitched();
  },
};

function withoutPassword(input: FailoverInput): string | undefined {
  const [server] = members(input);
  const password = server && memberTarget(input, server, ASK_TIMEOUT_MS).password;
  return password === undefined ? 'the servers take no password' : undefined;
}

async function untilBlind({ signal }: Stage, input: FailoverInput, name: string): Promise<boolean> {
  const sentinel = input.service.instances.find((instance) => instance.name === name);
  if (sentinel === undefined) return false;
  const blind = async (): Promise<true | undefined> => {
    const { flags } = await withSentinel(input, sentinel, (client) => masterView(client, groupName(input)));
    return flags.includes('s_down') ? true : undefined;
  };
  return (await pollFor(optionsOf(input).downAfterMs + LONGER_MS, blind, { everyMs: 100, signal })) === true;
}
