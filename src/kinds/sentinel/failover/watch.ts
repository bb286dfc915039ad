import type { Redis } from 'ioredis';
import { connectRedis, disconnect } from '../../../clients/redis/connect.ts';
import type { ClusterEvent, FailoverInput, Watch } from '../../../stack/contract/failover.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import { groupName, sentinelTarget } from '../group.ts';
import { instanceAt } from '../monitored.ts';
import { parseEvent } from './events.ts';

const TIMEOUT_MS = 2000;

/**
 * Subscribes to everything that every Sentinel publishes. All of them, because each has its own clock and phase, and because
 * only the leader publishes the election.
 * @throws what the connection to a Sentinel failed with: without an event its figure is missing.
 */
export async function watch(input: FailoverInput, onEvent: (event: ClusterEvent) => void): Promise<Watch> {
  const clients: Redis[] = [];
  try {
    for (const sentinel of input.service.instances) clients.push(await subscribe(input, sentinel, onEvent));
  } catch (error) {
    clients.forEach(disconnect);
    throw error;
  }
  return { close: async () => clients.forEach(disconnect) };
}

async function subscribe(
  input: FailoverInput,
  sentinel: Instance,
  onEvent: (event: ClusterEvent) => void,
): Promise<Redis> {
  const client = await connectRedis(sentinelTarget(input, sentinel, TIMEOUT_MS));
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
