import { Redis } from 'ioredis';
import { disconnect } from '../../../clients/redis/connect.ts';
import { StackctlError } from '../../../errors.ts';
import { Secret } from '../../../lib/secret.ts';
import { createIdTally } from '../../../stack/contract/id-tally.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { TrafficRun, TrafficStore } from '../../../stack/contract/traffic.ts';
import { connection } from '../client-side.ts';
import type { SentinelOptions } from '../options.ts';

const OPEN_MS = 5000;
/** Between two attempts to connect. */
const AGAIN_MS = 100;

/**
 * A subscriber of its own that listens from before the first event. Pub/sub has no memory: what is published while the
 * subscriber is not connected (during a failover) is gone, and the servers did nothing wrong.
 */
export async function openChannels(
  input: ServiceInput<SentinelOptions>,
  pattern: string,
  { runId }: TrafficRun,
): Promise<TrafficStore> {
  const found = createIdTally(runId);
  const given = connection(input).clientOptions?.ioredis ?? {};
  const options = Object.entries(given).map(([key, value]) => [key, value instanceof Secret ? value.reveal() : value]);
  const subscriber = new Redis({
    ...Object.fromEntries(options),
    lazyConnect: true,
    retryStrategy: () => AGAIN_MS,
    maxRetriesPerRequest: null,
    // A frozen master keeps its connections: only the Sentinels know that another server is the master.
    failoverDetector: true,
    connectTimeout: OPEN_MS,
  });
  subscriber.on('error', () => undefined); // it connects again by itself; what it misses meanwhile is counted as missing
  subscriber.on('pmessage', (_pattern: string, _channel: string, message: string) => {
    found.addAllIn(message);
  });
  const subscribe = () => subscriber.connect().then(() => subscriber.psubscribe(pattern));
  const subscribed = subscribe();
  subscribed.catch(() => undefined); // the race below reports it
  let isClosed = false;
  const close = (): void => {
    isClosed = true;
    disconnect(subscriber);
  };
  // News of a failover ends an attempt to connect that is under way, and the client makes no other one then.
  subscriber.on('end', () => {
    if (!isClosed) setTimeout(() => isClosed || subscribe().catch(() => undefined), AGAIN_MS).unref();
  });
  try {
    await Promise.race([subscribed, refuseAfter(OPEN_MS)]);
  } catch (cause) {
    close();
    throw new StackctlError('E_NOT_READY', `no master to subscribe to ${pattern} was found within ${OPEN_MS} ms`, {
      hint: 'Run: stackctl status',
      cause,
    });
  }
  return {
    name: `pub/sub ${pattern}`,
    guarantee: 'atMostOnce',
    count: async () => found.total,
    read: async () => ({ found, contradictions: [] }),
    close: async () => close(),
  };
}

function refuseAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('timed out')), ms).unref();
  });
}
