import type { Redis } from 'ioredis';
import { withRedis } from '../../../clients/redis/connect.ts';
import { errorText } from '../../../errors.ts';
import { pollFor } from '../../../lib/poll.ts';
import type { FinalRead, ReplicaRead } from '../../../stack/contract/failover.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { ASK_TIMEOUT_MS } from '../ask.ts';
import { members, memberTarget } from '../group.ts';
import { withMaster } from '../master.ts';
import { keyOf } from './key.ts';

const CHUNK = 5000;
/** Nothing is written any more: a replica that is linked has all of it within milliseconds. */
const FOLLOW_MS = 5000;

/** @throws E_NOT_READY without an agreed master, the error of the read, the reason of `signal`. */
export async function finalRead(input: FailoverInput, runId: string, signal: AbortSignal): Promise<FinalRead> {
  const key = keyOf(runId);
  const { node, values } = await withMaster(input, async (client, { name }) => ({
    node: name,
    values: await readList(client, key, signal),
  }));
  const replicas = members(input).filter(({ name }) => name !== node);
  return {
    node,
    values,
    replicas: await Promise.all(replicas.map((one) => readReplica(input, one, { key, values, signal }))),
  };
}

async function readReplica(
  input: FailoverInput,
  replica: Instance,
  { key, values, signal }: { readonly key: string; readonly values: readonly number[]; readonly signal: AbortSignal },
): Promise<ReplicaRead> {
  const node = replica.name;
  let last: readonly number[] = [];
  try {
    await withRedis(memberTarget(input, replica, ASK_TIMEOUT_MS), (client) =>
      pollFor(
        FOLLOW_MS,
        async () => {
          last = await readList(client, key, signal);
          return isSame(last, values) ? true : undefined;
        },
        { everyMs: 50, signal },
      ),
    );
    return { node, ...difference(values, last) };
  } catch (error) {
    signal.throwIfAborted();
    return { node, missing: 0, extra: 0, problem: errorText(error) };
  }
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** Each place in which a value stands counts. */
function difference(wanted: readonly number[], held: readonly number[]): Pick<ReplicaRead, 'missing' | 'extra'> {
  const left = new Map<number, number>();
  for (const value of wanted) left.set(value, (left.get(value) ?? 0) + 1);
  let extra = 0;
  for (const value of held) {
    const count = left.get(value) ?? 0;
    if (count === 0) extra += 1;
    else left.set(value, count - 1);
  }
  return { missing: [...left.values()].reduce((sum, count) => sum + count, 0), extra };
}

async function readList(client: Redis, key: string, signal: AbortSignal): Promise<readonly number[]> {
  const values: number[] = [];
  for (;;) {
    signal.throwIfAborted();
    const chunk = await client.lrange(key, values.length, values.length + CHUNK - 1);
    values.push(...chunk.map(Number));
    if (chunk.length < CHUNK) return values;
  }
}
