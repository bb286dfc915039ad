import { pollFor } from '../../../../lib/poll.ts';
import type { Scenario, Stage } from '../../../../stack/contract/scenario.ts';
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
    const isTold = await untilTold(stage, sentinel, healedAt);
    stage.doubt(
      'it came back with the master of before',
      isTold ? undefined : `${sentinel} was not heard to be told of the new one`,
    );
  },
};

/** Sentinels tell each other every 2 s what they know. */
const TOLD_MS = 10_000;

/** What it publishes when it takes over a newer configuration. */
async function untilTold({ events, signal }: Stage, sentinel: string, since: number): Promise<boolean> {
  const told = (): true | undefined =>
    events.some(({ source, at, phase }) => source === sentinel && at > since && phase === 'switched') || undefined;
  return (await pollFor(TOLD_MS, told, { everyMs: 50, signal })) === true;
}
