import type { Redis } from 'ioredis';
import { withRedis } from '../../../clients/redis/connect.ts';
import { masterView } from '../../../clients/redis/sentinel.ts';
import { StackctlError } from '../../../errors.ts';
import type { FailoverInput } from '../../../stack/contract/failover.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import { agree } from './agree.ts';
import { groupName, memberAt, memberTarget, sentinelTarget } from './group.ts';

const TIMEOUT_MS = 5000;
const ASK_MS = 1000;

/**
 * Runs `use` with a connection to the master that most Sentinels name and that says so itself.
 * @throws E_NOT_READY when there is none.
 */
export async function withMaster<T>(
  input: FailoverInput,
  use: (client: Redis, master: Instance) => Promise<T>,
): Promise<T> {
  const master = await agreedMaster(input);
  return withRedis(memberTarget(input, master, TIMEOUT_MS), async (client) => {
    const [role] = (await client.role()) as [string];
    if (role !== 'master') throw notReady(`${master.name}, which the Sentinels name as master, says it is a ${role}`);
    return use(client, master);
  });
}

async function agreedMaster(input: FailoverInput): Promise<Instance> {
  const asked = await Promise.allSettled(
    input.service.instances.map((sentinel) =>
      withRedis(sentinelTarget(input, sentinel, ASK_MS), (client) => masterView(client, groupName(input))),
    ),
  );
  const answers = asked.flatMap((answer) =>
    answer.status === 'fulfilled' ? [{ address: answer.value.address, at: 0 }] : [],
  );
  const address = agree(answers, 0, 0);
  const master = address === undefined ? undefined : memberAt(input, address);
  if (master === undefined) throw notReady('the Sentinels do not agree on a master of this stack');
  return master;
}

function notReady(message: string): StackctlError {
  return new StackctlError('E_NOT_READY', message, { hint: 'Run: stackctl status' });
}
