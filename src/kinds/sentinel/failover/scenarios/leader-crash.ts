import { parseInfo } from '../../../../clients/redis/info.ts';
import { pollFor } from '../../../../lib/poll.ts';
import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { withSentinel } from '../../ask.ts';
import { optionsOf } from '../../group.ts';
import { tooFewWithoutOne } from './sentinel-kill.ts';

/** Detection, votes and the steps of the second attempt. */
const STEPS_MS = 5000;
const CRASH_MS = 15_000;

export const leaderCrashElection = leaderCrash('crash-after-election', 'has been elected');
export const leaderCrashPromotion = leaderCrash('crash-after-promotion', 'has promoted a replica');

/**
 * The Sentinel that leads the failover ends in the middle of it (`SENTINEL SIMULATE-FAILURE`). The others wait for twice
 * `failoverTimeoutMs` before one of them tries.
 */
function leaderCrash(fault: string, when: string): Scenario {
  return {
    name: `leader-${fault}`,
    summary: `SIGKILL of the master; the Sentinel that leads the failover ends as soon as it ${when}`,
    faults: ['kill'],
    expects: {
      switches: [1, 1],
      outageMs: (input) => {
        const { downAfterMs, failoverTimeoutMs } = optionsOf(input);
        return downAfterMs + 2 * failoverTimeoutMs + STEPS_MS;
      },
    },
    refusal: tooFewWithoutOne,
    play: async (stage, input) => {
      const before = await processesOf(input);
      for (const { name } of input.service.instances) await stage.inject(name, fault);
      await stage.strike(stage.primary, 'kill');
      const crashed = await untilOneEnds(stage, input, before);
      stage.doubt('the leader has ended', crashed === undefined ? 'no Sentinel ended in its failover' : undefined);
      for (const { name } of input.service.instances) await stage.heal(name);
      await stage.untilSwitched();
    },
  };
}

type Processes = ReadonlyMap<string, string | undefined>;

/** Each start of a server has an id of its own. Undefined: it does not answer. */
async function processesOf(input: FailoverInput): Promise<Processes> {
  const { instances } = input.service;
  const ids = await Promise.all(
    instances.map((sentinel) =>
      withSentinel(input, sentinel, async (client) => parseInfo(await client.info('server')).get('run_id')).catch(
        () => undefined,
      ),
    ),
  );
  return new Map(instances.map(({ name }, index) => [name, ids[index]]));
}

async function untilOneEnds({ signal }: Stage, input: FailoverInput, before: Processes): Promise<string | undefined> {
  const ended = async (): Promise<string | undefined> => {
    const now = await processesOf(input);
    // One that does not answer may be slow: only another process than before proves it.
    const isAnother = (id: string | undefined, was: string | undefined): boolean =>
      id !== undefined && was !== undefined && id !== was;
    return [...now].find(([name, id]) => isAnother(id, before.get(name)))?.[0];
  };
  const limitMs = optionsOf(input).downAfterMs + CRASH_MS;
  return pollFor(limitMs, ended, { everyMs: 50, signal });
}
