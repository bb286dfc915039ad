import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { connectRedis, disconnect } from '../../../clients/redis/connect.ts';
import type { Watch } from '../../../stack/contract/failover.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import type { ClusterEvent, FailoverInput } from '../../../stack/contract/scenario.ts';
import { groupName, sentinelTarget } from '../group.ts';
import { instanceAt } from '../monitored.ts';
import { parseEvent } from './events.ts';

const TIMEOUT_MS = 2000;
/** Between two attempts to reach a Sentinel that was there before, and how long each may take: a published port may hold one. */
const AGAIN_MS = 50;
const AGAIN_TIMEOUT_MS = 300;

type OnEvent = (event: ClusterEvent) => void;

/**
 * Subscribes to everything that every Sentinel publishes. All of them, because each has its own clock and phase, and because
 * only the leader publishes the election. One that ends is subscribed to again when it is back: what it publishes
 * in between is not heard.
 * @throws what the first connection to a Sentinel failed with: without an event its figure is missing.
 */
export async function watch(input: FailoverInput, onEvent: OnEvent): Promise<Watch> {
  const closed = new AbortController();
  const clients = new Map<string, Redis>();
  const open = async (sentinel: Instance, timeoutMs: number): Promise<Redis> => {
    const client = await subscribe(input, sentinel, onEvent, timeoutMs);
    clients.set(sentinel.name, client);
    if (closed.signal.aborted) disconnect(client);
    return client;
  };
  const close = async (): Promise<void> => {
    closed.abort();
    for (const client of clients.values()) disconnect(client);
  };
  try {
    for (const sentinel of input.service.instances)
      void keepOpen(await open(sentinel, TIMEOUT_MS), () => open(sentinel, AGAIN_TIMEOUT_MS), closed.signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function keepOpen(first: Redis, open: () => Promise<Redis>, closed: AbortSignal): Promise<void> {
  let client: Redis | undefined = first;
  while (!closed.aborted) {
    if (client !== undefined && client.status !== 'end') await once(client, 'end').catch(() => undefined);
    if (closed.aborted) return;
    await delay(AGAIN_MS, undefined, { ref: false });
    client = closed.aborted ? undefined : await open().catch(() => undefined);
  }
}

async function subscribe(
  input: FailoverInput,
  sentinel: Instance,
  onEvent: OnEvent,
  timeoutMs: number,
): Promise<Redis> {
  const client = await connectRedis(sentinelTarget(input, sentinel, timeoutMs));
  client.on('pmessage', (_pattern: string, name: string, text: string) => {
    const at = performance.now();
    const parsed = parseEvent(name, text, groupName(input));
    if (parsed === undefined) return;
    const { phase, masterAddress } = parsed;
    const primary = masterAddress === undefined ? undefined : (instanceAt(input, masterAddress)?.name ?? masterAddress);
    onEvent({ at, source: sentinel.name, name, text, phase, primary });
  });
  try {
    await client.psubscribe('*');
  } catch (error) {
    disconnect(client);
    throw error;
  }
  return client;
}
