import type { Redis } from 'ioredis';
import type { FinalRead } from '../../../stack/contract/failover.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { withMaster } from '../master.ts';
import { keyOf } from './key.ts';

const CHUNK = 5000;

/** @throws E_NOT_READY without an agreed master, the error of the read, the reason of `signal`. */
export async function finalRead(input: FailoverInput, runId: string, signal: AbortSignal): Promise<FinalRead> {
  return withMaster(input, async (client, { name }) => ({
    node: name,
    values: await readList(client, keyOf(runId), signal),
  }));
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
