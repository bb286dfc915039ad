import type { Redis } from 'ioredis';
import { connectRedis, disconnect } from '../../../clients/redis/connect.ts';
import { StackctlError } from '../../../errors.ts';
import { deadline, poll } from '../../../lib/poll.ts';
import type { FailoverInput, WriteOutcome, Writer } from '../../../stack/contract/failover.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import { classify } from './classify.ts';
import { createDiscovery, DISCOVERY_MS } from './discovery.ts';
import { memberTarget } from './group.ts';
import { KEY_LIFETIME_S, keyOf } from './key.ts';

/** A master that does not answer within this counts as down. */
const TIMEOUT_MS = 250;
const OPEN_MS = 5000;
/** Between two attempts to connect to the same instance; another one is tried at once. */
const RECONNECT_MS = 10;

interface Connection {
  readonly node: Instance;
  readonly client: Redis;
}

/**
 * A client as a careful application would be, and no more: it believes in the master that it found until an error tells
 * it otherwise, then asks the Sentinels. It never queues, retries or resends, so that every value has one attempt and
 * one outcome.
 * @throws E_NOT_READY when no master is found within 5 s.
 */
export async function openWriter(input: FailoverInput, runId: string): Promise<Writer> {
  const key = keyOf(runId);
  let current: Connection | undefined;
  let attempt: Instance | undefined;
  let failed: { readonly node: string; readonly at: number } | undefined;
  let closed = false;

  const discovery = createDiscovery(input, (master) => {
    if (master.name === current?.node.name || master.name === attempt?.name) return;
    if (master.name === failed?.node && performance.now() - failed.at < RECONNECT_MS) return;
    void moveTo(master);
  });

  const moveTo = async (master: Instance) => {
    attempt = master;
    const client = await connectToMaster(input, master).catch(() => {
      failed = { node: master.name, at: performance.now() }; // why does not matter: it is tried again
      return undefined;
    });
    const superseded = attempt !== master || closed;
    if (attempt === master) attempt = undefined;
    if (client === undefined) return;
    if (superseded) return disconnect(client);
    const previous = current;
    current = { node: master, client };
    discovery.stop();
    client.once('end', () => lose(client));
    if (previous !== undefined) disconnect(previous.client);
    // Without an answer to this the key's lifetime is that of an earlier connection's, or the key is deleted at the end.
    client.expire(key, KEY_LIFETIME_S).catch(() => undefined);
  };

  const lose = (client: Redis) => {
    if (current?.client !== client) return; // its other writes have said so already
    current = undefined;
    disconnect(client);
    if (!closed) discovery.start();
  };

  const doubt = (connection: Connection, fate: 'keep' | 'drop') => {
    if (fate === 'drop') lose(connection.client);
    else if (current === connection && !closed) discovery.start();
  };

  const write = async (value: number): Promise<WriteOutcome> => {
    const connection = current;
    if (connection === undefined) return { type: 'failed', at: performance.now(), error: 'no master known' };
    try {
      const length = await connection.client.rpush(key, value);
      const at = performance.now();
      // An acknowledgement ends all doubt about this master, until the next error.
      if (current === connection) discovery.stop();
      if (length === 1) connection.client.expire(key, KEY_LIFETIME_S).catch(() => undefined); // see moveTo
      return { type: 'acked', at, node: connection.node.name };
    } catch (cause) {
      const at = performance.now();
      const { type, error, connection: fate } = classify(cause);
      doubt(connection, fate);
      return { type, at, error };
    }
  };

  const close = async () => {
    closed = true;
    discovery.close();
    if (current !== undefined) disconnect(current.client);
    current = undefined;
  };

  discovery.start();
  try {
    await poll(() => (current === undefined ? undefined : true), { everyMs: 5, signal: deadline(OPEN_MS) });
  } catch (cause) {
    await close();
    throw new StackctlError('E_NOT_READY', `no master to write to was found within ${OPEN_MS / 1000} s`, {
      hint: 'Run: stackctl status',
      cause,
    });
  }
  return { discoveryMs: DISCOVERY_MS, write, close };
}

/** A frozen process still accepts connections (its kernel does): only an answer shows that there is a master. */
async function connectToMaster(input: FailoverInput, master: Instance): Promise<Redis> {
  const client = await connectRedis(memberTarget(input, master, TIMEOUT_MS));
  try {
    const [role] = (await client.role()) as [string];
    if (role !== 'master') throw new Error(`${master.name} is a ${role}`);
    return client;
  } catch (error) {
    disconnect(client);
    throw error;
  }
}
