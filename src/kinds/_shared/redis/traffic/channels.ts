import { Redis } from 'ioredis';
import { disconnect } from '../../../../clients/redis/connect.ts';
import { failureText } from '../../../../clients/redis/failure.ts';
import { StackctlError } from '../../../../errors.ts';
import { createIdTally } from '../../../../stack/contract/id-tally.ts';
import type { TrafficStore } from '../../../../stack/contract/traffic.ts';
import { masterInstance, targetOf } from '../master.ts';
import { type Reader, TIMEOUT_MS } from './reading.ts';

/** Between two attempts to connect. */
const AGAIN_MS = 100;

/**
 * A subscriber of its own that listens from before the first event. Pub/sub has no memory: what is published while the
 * subscriber is not connected is gone.
 */
export async function openChannels({ input, run, keys }: Reader): Promise<TrafficStore> {
  const found = createIdTally(run.runId);
  const { address, password } = targetOf(input, await masterInstance(input), TIMEOUT_MS);
  const subscriber = new Redis({
    ...address,
    ...(password !== undefined && { password: password.reveal() }),
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: () => AGAIN_MS,
    connectTimeout: TIMEOUT_MS,
  });
  subscriber.on('error', () => undefined); // it connects again by itself; what it misses meanwhile is not counted
  subscriber.on('message', (_channel: string, message: string) => void found.addAllIn(message));
  subscriber.on('pmessage', (_pattern: string, _channel: string, message: string) => void found.addAllIn(message));
  const { fixed, glob } = keys;
  const subscribed = subscriber
    .connect()
    .then(() => (fixed === undefined ? subscriber.psubscribe(glob) : subscriber.subscribe(fixed)));
  try {
    await Promise.race([subscribed, refuseAfter(TIMEOUT_MS)]);
  } catch (cause) {
    subscribed.catch(() => undefined);
    disconnect(subscriber);
    const { name } = input.service;
    throw new StackctlError('E_NOT_READY', `${name} takes no subscriber: ${failureText(cause, TIMEOUT_MS)}`, {
      hint: `Nothing was sent. See \`stackctl status\` and \`stackctl logs ${name}\`.`,
      cause,
    });
  }
  return {
    name: `pub/sub ${keys.text}`,
    guarantee: 'atMostOnce',
    count: async () => found.total,
    read: async () => ({ found, contradictions: [] }),
    close: async () => disconnect(subscriber),
  };
}

function refuseAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('Command timed out')), ms).unref();
  });
}
