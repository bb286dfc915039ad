import { withRedis } from '../../../../clients/redis/connect.ts';
import { masterView } from '../../../../clients/redis/sentinel.ts';
import { pollFor } from '../../../../lib/poll.ts';
import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { groupName, sentinelTarget } from '../../group.ts';
import { instanceAt } from '../../monitored.ts';
import { anySentinel, tooFewWithoutOne } from './sentinel-kill.ts';

/** It comes back with what it wrote down before: the newer epoch of the others must win, and it must follow. */
export const staleConfig: Scenario = {
  name: 'stale-config',
  summary: 'a Sentinel is down during a failover and comes back with the master of before',
  faults: ['stop', 'kill'],
  expects: { switches: [1, 1] },
  refusal: tooFewWithoutOne,
  play: async (stage, input) => {
    const sentinel = anySentinel(stage, input);
    await stage.inject(sentinel, 'stop');
    await stage.strike(stage.primary, 'kill');
    await stage.untilSwitched();
    await stage.heal(stage.primary);
    await stage.untilSteady();
    const healedAt = performance.now();
    await stage.heal(sentinel);
    const isStale = await comesBackStale(stage, input, sentinel, healedAt);
    stage.doubt(
      'it came back with the master of before',
      isStale
        ? undefined
        : `${sentinel} was not seen to name the master of before, nor heard to be told of the new one`,
    );
  },
};

/** Sentinels tell each other every 2 s what they know. */
const TOLD_MS = 10_000;
const ANSWER_MS = 250;

/** By its own answer as soon as it gives one, or by what it publishes when it takes over a newer configuration. */
async function comesBackStale(
  { events, primary, signal }: Stage,
  input: FailoverInput,
  name: string,
  since: number,
): Promise<boolean> {
  const sentinel = input.service.instances.find((instance) => instance.name === name);
  if (sentinel === undefined) return false;
  const isTold = (): boolean =>
    events.some(({ source, at, phase }) => source === name && at > since && phase === 'switched');
  const namesOld = async (): Promise<boolean> => {
    const target = sentinelTarget(input, sentinel, ANSWER_MS);
    const { address } = await withRedis(target, (client) => masterView(client, groupName(input)));
    return instanceAt(input, address)?.name === primary;
  };
  // One that is just starting does not answer yet.
  const stale = async () => ((await namesOld().catch(() => false)) || isTold() ? true : undefined);
  return (await pollFor(TOLD_MS, stale, { everyMs: 10, signal })) === true;
}
