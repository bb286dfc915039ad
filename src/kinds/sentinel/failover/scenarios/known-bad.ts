/** Set-ups that are known to be bad: a test that passes them would be no test. What they change is taken back afterwards. */
import type { Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { members, optionsOf } from '../../group.ts';
import { withoutReplica } from './planned.ts';

/** Beyond `downAfterMs`: the Sentinels have tried and given up, or not even that. */
const LONGER_MS = 6000;
/** Long enough for values that reach no disk. */
const WRITES_MS = 1000;
const NO_CHANGE = 'no master takes writes for as long as nobody intervenes';

export const badQuorum: Scenario = {
  name: 'bad-quorum',
  summary: `a quorum that cannot be reached, then SIGKILL of the master: ${NO_CHANGE}`,
  faults: ['kill'],
  expects: { switches: [1, 1] },
  isKnownBad: true,
  refusal: withoutReplica,
  play: async (stage, input) => {
    for (const { name } of input.service.instances) await stage.inject(name, 'quorum-out-of-reach');
    await killedFor(stage, optionsOf(input).downAfterMs + LONGER_MS);
  },
};

export const badPriority: Scenario = {
  name: 'bad-priority',
  summary: `replica-priority 0 everywhere, then SIGKILL of the master: ${NO_CHANGE}`,
  faults: ['kill'],
  expects: { switches: [1, 1] },
  isKnownBad: true,
  refusal: withoutReplica,
  play: async (stage, input) => {
    for (const { name } of members(input)) await stage.inject(name, 'priority-0');
    await killedFor(stage, optionsOf(input).downAfterMs + LONGER_MS);
  },
};

/** Of each kill: two of three Sentinels must be too impatient, and each is in seven of ten. */
const MOST_KILLS = 4;

/**
 * The Sentinels take the new master for down before they have reached it, and fail over again. Whether they do depends on when each
 * connects, which it tries once a second: so the master is killed again until they did.
 */
export const badDownAfter: Scenario = {
  name: 'bad-down-after',
  summary: `downAfterMs of 300, then SIGKILL of the master, up to ${MOST_KILLS} times: failovers follow each other`,
  faults: ['kill'],
  expects: { switches: [1, MOST_KILLS] },
  isKnownBad: true,
  refusal: (input) => (members(input).length < 3 ? 'it takes two replicas: one for each failover' : undefined),
  play: async (stage, input) => {
    const sentinels = input.service.instances.map(({ name }) => name);
    let master: string | undefined = stage.primary;
    for (let kills = 1; kills <= MOST_KILLS && master !== undefined; kills++) {
      for (const name of sentinels) await stage.inject(name, 'down-after-300');
      const before = stage.events.length;
      const killed: string = master;
      await stage.strike(killed, 'kill');
      master = await stage.untilSwitched();
      await stage.hold(LONGER_MS, 'let the Sentinels fail over again');
      const named = mastersNamed(stage.events.slice(before));
      if (named.length > 1)
        return stage.require(ONE_CHANGE, `after a kill of ${killed} they named ${named.join(', ')}`);
      // Sentinels that are so impatient do not agree for long.
      for (const name of [killed, ...sentinels]) await stage.heal(name);
      await stage.untilSteady();
    }
    stage.require(ONE_CHANGE, undefined);
  },
};

const ONE_CHANGE = 'one change of the master for each kill';

function mastersNamed(events: Stage['events']): readonly string[] {
  return [...new Set(events.flatMap(({ phase, primary = '?' }) => (phase === 'switched' ? [primary] : [])))];
}

/** It comes back with what it had on the disk, as the master, and its replicas take that over. */
export const badPersistence: Scenario = {
  name: 'bad-persistence',
  summary: 'a master that writes nothing to the disk is killed and restarts at once: its replicas lose what they had',
  faults: ['kill'],
  expects: { switches: [0, 0] },
  isKnownBad: true,
  refusal: withoutReplica,
  play: async (stage, input) => {
    await stage.inject(stage.primary, 'no-append-only');
    await stage.hold(WRITES_MS, 'write what reaches no disk');
    await stage.strike(stage.primary, 'kill');
    await stage.heal(stage.primary);
    await stage.hold(optionsOf(input).downAfterMs, 'let the others go on with it');
  },
};

async function killedFor(stage: Stage, ms: number): Promise<void> {
  await stage.strike(stage.primary, 'kill');
  await stage.hold(ms, 'give the Sentinels time to fail over, which they cannot');
}
