import { withRedis } from '../../../../clients/redis/connect.ts';
import { failureText } from '../../../../clients/redis/failure.ts';
import { quorumProblem } from '../../../../clients/redis/sentinel.ts';
import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { ASK_TIMEOUT_MS, withSentinel } from '../../ask.ts';
import { groupName, members, memberTarget, optionsOf } from '../../group.ts';

/** Longer than detection and election together take when there is a quorum. */
const LONGER_MS = 5000;

export const quorumLost: Scenario = {
  name: 'quorum-lost',
  summary: 'SIGKILL of so many Sentinels that the quorum is lost, then of the master; the Sentinels come back first',
  faults: ['kill'],
  expects: { switches: [1, 1] },
  refusal: (input) =>
    optionsOf(input).quorum === 1 ? 'a quorum of 1 is there as long as one Sentinel is: it cannot be lost' : undefined,
  play: async (stage, input) => {
    const { quorum, downAfterMs } = optionsOf(input);
    const names = input.service.instances.map(({ name }) => name);
    const killed = names.slice(quorum - 1);
    for (const name of killed) await stage.inject(name, 'kill');
    await stage.strike(stage.primary, 'kill');
    await stage.hold(downAfterMs + LONGER_MS, 'give the Sentinels time to fail over although they cannot');
    stage.require('no failover without a quorum', switchedAlready(stage));
    for (const name of names.slice(0, quorum - 1)) await requireNoQuorum(stage, input, name);
    stage.require('replicas answer reads', await silentReplicas(stage, input));
    stage.recoversFromHere();
    for (const name of killed) await stage.heal(name);
    await stage.untilSwitched();
  },
};

function switchedAlready({ events }: Stage): string | undefined {
  const early = events.filter(({ phase }) => phase === 'switched');
  return early.length === 0 ? undefined : `${early[0]?.source} named another master without a quorum`;
}

/** Only its own word proves it: one that does not answer says nothing. */
async function requireNoQuorum(stage: Stage, input: FailoverInput, name: string): Promise<void> {
  const sentinel = input.service.instances.find((instance) => instance.name === name);
  if (sentinel === undefined) return;
  try {
    const said = await withSentinel(input, sentinel, (client) => quorumProblem(client, groupName(input)));
    stage.require(
      `${name} knows that the quorum is lost`,
      said === undefined ? `${name} says that it is there` : undefined,
    );
  } catch (error) {
    stage.doubt(`${name} knows that the quorum is lost`, `${name}: ${failureText(error, ASK_TIMEOUT_MS)}`);
  }
}

async function silentReplicas({ primary }: Stage, input: FailoverInput): Promise<string | undefined> {
  const replicas = members(input).filter(({ name }) => name !== primary);
  const silent: string[] = [];
  for (const replica of replicas) {
    await withRedis(memberTarget(input, replica, ASK_TIMEOUT_MS), (client) =>
      client.get('stackctl:failover:read'),
    ).catch((error: unknown) => silent.push(`${replica.name}: ${failureText(error, ASK_TIMEOUT_MS)}`));
  }
  return silent.length === 0 ? undefined : silent.join('; ');
}
