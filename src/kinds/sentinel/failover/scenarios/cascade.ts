import type { Scenario } from '../../../../stack/contract/scenario.ts';
import { members, optionsOf } from '../../group.ts';

/** Two elections, the start of a server, and its synchronisation. */
const BACK_MS = 15_000;

/** The last server that is left has no replica: with minReplicasToWrite it takes writes when one is back. */
export const cascade: Scenario = {
  name: 'cascade',
  summary: 'SIGKILL of the master, and of the new one as soon as a Sentinel names it',
  faults: ['kill'],
  expects: { switches: [2, 2], outageMs: (input) => 2 * optionsOf(input).downAfterMs + BACK_MS },
  refusal: (input) =>
    members(input).length < 3 ? 'it takes two replicas: one for each master that is killed' : undefined,
  play: async (stage) => {
    await stage.strike(stage.primary, 'kill');
    const second = await stage.untilSwitched({ isFirstEnough: true });
    if (second === undefined) return;
    await stage.strike(second, 'kill');
    await stage.untilSwitched({ isAckNeeded: false });
  },
};
