import type { WriterPlan } from '../../../programs/failover-writer/protocol/plan.ts';
import type { WritingOptions } from '../../../stack/contract/failover.ts';
import { formatAddress, type Instance } from '../../../stack/contract/model.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { groupName, members, memberTarget, sentinelTarget } from '../group.ts';
import { KEY_LIFETIME_S, keyOf } from './key.ts';
import { ownOptionsOf, sentinelsFor, WAIT_MS } from './own-writer.ts';

/** Only for the passwords: the writer has time-outs of its own. */
const OPEN_MS = 5000;

/** What the writer's process is told first. */
export function planOf(
  input: FailoverInput,
  { runId, ratePerS, client, companions = [] }: Omit<WritingOptions, 'onRecord'>,
): WriterPlan {
  const reachable = ({ name, client: address }: Instance) => ({ name, ...address });
  const [sentinel] = input.service.instances;
  const own = ownOptionsOf(client);
  const [member] = members(input);
  return {
    group: groupName(input),
    sentinels: sentinelsFor(input, own).map(reachable),
    sentinelPassword: sentinel && sentinelTarget(input, sentinel, OPEN_MS).password?.reveal(),
    members: members(input).map((instance) => ({ ...reachable(instance), peer: formatAddress(instance.peer) })),
    password: member && memberTarget(input, member, OPEN_MS).password?.reveal(),
    shape: own.data,
    key: keyOf(runId),
    lifetimeS: KEY_LIFETIME_S,
    companions: companions.map(keyOf),
    ratePerS,
    wait: own.wait === undefined ? undefined : { replicas: own.wait, ms: own.waitMs ?? WAIT_MS },
    client: client?.adapter && { ...client.adapter, options: client.options },
  };
}
