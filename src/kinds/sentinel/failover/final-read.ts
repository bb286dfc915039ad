import type { Redis } from 'ioredis';
import { withRedis } from '../../../clients/redis/connect.ts';
import { errorText } from '../../../errors.ts';
import { pollFor } from '../../../lib/poll.ts';
import type { FinalRead, FinalReadOptions, ReplicaRead } from '../../../stack/contract/final-read.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { ASK_TIMEOUT_MS } from '../ask.ts';
import { members, memberTarget } from '../group.ts';
import { withMaster } from '../master.ts';
import { keyOf } from './key.ts';

const CHUNK = 5000;
/** Nothing is written any more: a replica that is linked has all of it within milliseconds. */
const FOLLOW_MS = 5000;

/**
 * @throws E_NOT_READY without an agreed master, the error of the read, the reason of `signal`.
 */
export async function finalRead(
  input: FailoverInput,
  runId: string,
  signal: AbortSignal,
  { withReplicas = false, shape = 'list' }: FinalReadOptions = {},
): Promise<FinalRead> {
  const key = keyOf(runId);
  const readFrom = (client: Redis): Promise<readonly number[]> => READERS[shape](client, key, signal);
  const ofMaster = () =>
    withMaster(input, async (client, { name }) => ({ node: name, values: await readFrom(client) }));
  const read = await ofMaster();
  if (!withReplicas) return read;
  const ofReplicas = ({ node, values }: FinalRead) =>
    Promise.all(
      members(input)
        .filter(({ name }) => name !== node)
        .map((replica) => readReplica(input, replica, { readFrom, values, signal })),
    );
  const replicas = await ofReplicas(read);
  if (replicas.every(({ missing, extra }) => missing + extra === 0)) return { ...read, replicas };
  // A write that was still on its way may have come after the master was read.
  const again = await ofMaster().catch(() => undefined);
  return again === undefined ? { ...read, replicas } : { ...again, replicas: await ofReplicas(again) };
}

interface ReplicaInput {
  readonly readFrom: (client: Redis) => Promise<readonly number[]>;
  /** What the master holds. */
  readonly values: readonly number[];
  readonly signal: AbortSignal;
}

/** What the master holds is known already, whatever becomes of this: it never throws. */
async function readReplica(
  input: FailoverInput,
  replica: Instance,
  { readFrom, values, signal }: ReplicaInput,
): Promise<ReplicaRead> {
  const node = replica.name;
  let last: readonly number[] | undefined;
  try {
    await withRedis(memberTarget(input, replica, ASK_TIMEOUT_MS), (client) =>
      pollFor(
        FOLLOW_MS,
        async () => {
          const held = await readFrom(client);
          last = held;
          return isSame(held, values) ? true : undefined;
        },
        { everyMs: 50, signal },
      ),
    );
    if (last === undefined) throw new Error(`not read within ${FOLLOW_MS / 1000} s`);
    return { node, ...difference(values, last) };
  } catch (error) {
    return { node, missing: 0, extra: 0, problem: errorText(error) };
  }
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** Each place in which a value stands counts. Of the same values in another order, those that stand elsewhere count as both. */
function difference(wanted: readonly number[], held: readonly number[]): Pick<ReplicaRead, 'missing' | 'extra'> {
  const left = new Map<number, number>();
  for (const value of wanted) left.set(value, (left.get(value) ?? 0) + 1);
  let extra = 0;
  for (const value of held) {
    const count = left.get(value) ?? 0;
    if (count === 0) extra += 1;
    else left.set(value, count - 1);
  }
  const missing = [...left.values()].reduce((sum, count) => sum + count, 0);
  if (missing + extra > 0) return { missing, extra };
  const moved = held.filter((value, index) => value !== wanted[index]).length;
  return { missing: moved, extra: moved };
}

type Reader = (client: Redis, key: string, signal: AbortSignal) => Promise<readonly number[]>;

const READERS: Readonly<Record<NonNullable<FinalReadOptions['shape']>, Reader>> = {
  list: readList,
  set: async (client, key, signal) => {
    const members: number[] = [];
    for await (const some of client.sscanStream(key, { count: CHUNK })) {
      signal.throwIfAborted();
      members.push(...(some as readonly string[]).map(Number));
    }
    // A scan may name one twice, in any order.
    return [...new Set(members)].sort((a, b) => a - b);
  },
  register: readNumber,
  counter: readNumber,
};

async function readNumber(client: Redis, key: string): Promise<readonly number[]> {
  const text = await client.get(key);
  return text === null ? [] : [Number(text)];
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
