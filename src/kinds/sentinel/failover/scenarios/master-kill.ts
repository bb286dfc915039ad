import { withRedis } from '../../../../clients/redis/connect.ts';
import { pollFor } from '../../../../lib/poll.ts';
import type { FailoverInput, Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { members, memberTarget, optionsOf } from '../../group.ts';
import { predict } from '../model.ts';

export const masterKill: Scenario = {
  name: 'master-kill',
  summary: 'SIGKILL of the master; it restarts after the failover',
  faults: ['kill'],
  expects: { switches: [1, 1], predict: (input) => predict(input, false) },
  isQuick: true,
  play: async (stage) => {
    await stage.strike(stage.primary, 'kill');
    await stage.untilSwitched();
  },
};

const ANSWER_MS = 250;
/** Beyond `downAfterMs`: a Sentinel that found the master down has begun by then. */
const LONGER_MS = 2000;

/** What an empty master does to its replicas shows as lost writes: without persistence this fails. */
export const masterKillAutorestart: Scenario = {
  name: 'master-kill-autorestart',
  summary: 'SIGKILL of the master, which restarts at once, before a Sentinel finds it down',
  faults: ['kill'],
  expects: { switches: [0, 0] },
  play: async (stage, input) => {
    const { downAfterMs } = optionsOf(input);
    const struckAt = performance.now();
    await stage.strike(stage.primary, 'kill');
    await stage.heal(stage.primary);
    await untilAnswer(stage, input, downAfterMs);
    const awayMs = Math.round(performance.now() - struckAt);
    stage.doubt(
      'the master was back in time',
      awayMs >= downAfterMs
        ? `the master was away for ${awayMs} ms, and the Sentinels wait ${downAfterMs} ms only (downAfterMs)`
        : undefined,
    );
    await stage.hold(downAfterMs + LONGER_MS, 'give the Sentinels time to fail over although they should not');
  },
};

async function untilAnswer({ primary, signal }: Stage, input: FailoverInput, limitMs: number): Promise<void> {
  const server = members(input).find(({ name }) => name === primary);
  if (server === undefined) return;
  const ask = () => withRedis(memberTarget(input, server, ANSWER_MS), (client) => client.ping()).catch(() => undefined);
  await pollFor(limitMs, ask, { everyMs: 10, signal });
}
