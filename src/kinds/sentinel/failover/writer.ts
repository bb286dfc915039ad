import { StackctlError } from '../../../errors.ts';
import { deadline, poll } from '../../../lib/poll.ts';
import type { FailoverInput, WriteOutcome, Writer } from '../../../stack/contract/failover.ts';
import { classify } from './classify.ts';
import { DISCOVERY_MS } from './discovery.ts';
import { KEY_LIFETIME_S, keyOf } from './key.ts';
import { type MasterLink, openMasterLink } from './master-link.ts';

const TIMEOUT_MS = 250;
const OPEN_MS = 5000;

/**
 * A client as a careful application would be, and no more: it believes in the master that it found until there is an
 * error, then asks the Sentinels. It never queues, retries or resends, so that every value has one attempt and one
 * outcome.
 * @throws E_NOT_READY when no master is found within 5 s.
 */
export async function openWriter(failover: FailoverInput, runId: string): Promise<Writer> {
  const key = keyOf(runId);
  const link = openMasterLink({
    failover,
    timeoutMs: TIMEOUT_MS,
    // When it fails, the key keeps an earlier lifetime, or it is deleted at the end of the run.
    onConnected: (client) => client.expire(key, KEY_LIFETIME_S).catch(() => undefined),
  });
  try {
    await poll(() => (link.current() === undefined ? undefined : true), { everyMs: 5, signal: deadline(OPEN_MS) });
  } catch (cause) {
    link.close();
    throw new StackctlError('E_NOT_READY', `no master to write to was found within ${OPEN_MS / 1000} s`, {
      hint: 'Run: stackctl status',
      cause,
    });
  }
  return {
    discoveryMs: DISCOVERY_MS,
    write: (value) => write(link, key, value),
    close: async () => link.close(),
  };
}

async function write(link: MasterLink, key: string, value: number): Promise<WriteOutcome> {
  const connection = link.current();
  if (connection === undefined) return { type: 'failed', at: performance.now(), error: 'no master known' };
  try {
    const length = await connection.client.rpush(key, value);
    const at = performance.now();
    link.trust(connection);
    if (length === 1) connection.client.expire(key, KEY_LIFETIME_S).catch(() => undefined); // see onConnected
    return { type: 'acked', at, node: connection.node.name };
  } catch (cause) {
    const at = performance.now();
    const { type, error, connection: fate } = classify(cause);
    link.doubt(connection, fate);
    return { type, at, error };
  }
}
