import { isTilted } from '../../../../clients/redis/sentinel.ts';
import { pollFor } from '../../../../lib/poll.ts';
import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { withSentinel } from '../../ask.ts';
import { anySentinel, tooFewWithoutOne } from './sentinel-kill.ts';

/** A Sentinel whose timer was late by more than 2 s is in TILT mode: it acts on nothing for 30 s. */
const PAUSE_MS = 5000;
const TILT_MS = 5000;

export const sentinelPause: Scenario = {
  name: 'sentinel-pause',
  summary: 'a Sentinel is held up for 5 s (TILT mode), then SIGKILL of the master: the others fail it over',
  faults: ['pause', 'kill'],
  expects: { switches: [1, 1] },
  refusal: tooFewWithoutOne,
  play: async (stage, input) => {
    const sentinel = anySentinel(stage, input);
    await stage.inject(sentinel, 'pause');
    await stage.hold(PAUSE_MS, `hold ${sentinel} up`);
    await stage.heal(sentinel);
    const isInTilt = await untilTilted(stage, input, sentinel);
    stage.doubt('a Sentinel is in TILT mode', isInTilt ? undefined : `${sentinel} says that it is not in TILT mode`);
    await stage.strike(stage.primary, 'kill');
    await stage.untilSwitched();
  },
};

async function untilTilted({ signal }: Stage, input: FailoverInput, name: string): Promise<boolean> {
  const sentinel = input.service.instances.find((instance) => instance.name === name);
  if (sentinel === undefined) return false;
  const tilted = async () => (await withSentinel(input, sentinel, isTilted).catch(() => false)) || undefined;
  return (await pollFor(TILT_MS, tilted, { everyMs: 50, signal })) === true;
}
