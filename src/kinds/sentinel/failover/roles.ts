import { setTimeout as delay } from 'node:timers/promises';
import { type BareConnection, openBare } from '../../../clients/redis/bare-connection.ts';
import { parseInfo } from '../../../clients/redis/info.ts';
import { defined } from '../../../lib/defined.ts';
import type { RoleSample, Watch } from '../../../stack/contract/failover.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { members, memberTarget } from '../group.ts';
import { resyncsIn } from '../hand-over/replication.ts';

const TIMEOUT_MS = 250;
/** Only whether it is answered counts. */
const NO_KEY = 'stackctl:failover:read';

/**
 * Asks every server again and again whether it is a master, on connections of their own: what it says itself, whatever clients
 * and Sentinels think. A server that does not answer has no samples for as long.
 */
export function watchRoles(input: FailoverInput, onSample: (sample: RoleSample) => void, everyMs: number): Watch {
  const closed = new AbortController();
  const clients = new Map<string, BareConnection>();
  const ask = async (server: Instance): Promise<void> => {
    const known = clients.get(server.name);
    const client = known?.isOpen() ? known : openBare(memberTarget(input, server, TIMEOUT_MS));
    clients.set(server.name, client);
    // ROLE says the offset of a replica only while it is linked; INFO also when its master has died.
    const asked = client.call('INFO', 'replication');
    const read = client.call('GET', NO_KEY).then(
      () => true,
      () => false,
    );
    const counts = client.call('INFO', 'stats').then(String, () => undefined);
    const info = parseInfo(String(await asked));
    const at = performance.now();
    const isPrimary = info.get('role') === 'master';
    const offset = isPrimary ? undefined : info.get('slave_repl_offset');
    const stats = await counts;
    onSample({
      ...{ at, node: server.name, isPrimary, answersReads: await read },
      ...defined({
        offset: offset === undefined ? undefined : Number(offset),
        resyncs: stats === undefined ? undefined : resyncsIn(stats),
      }),
    });
  };
  const askAgain = async (server: Instance): Promise<void> => {
    while (!closed.signal.aborted) {
      // Why it does not answer does not matter here: it is asked again.
      await ask(server).catch(() => clients.get(server.name)?.close());
      await delay(everyMs, undefined, { signal: closed.signal }).catch(() => undefined);
    }
  };
  for (const server of members(input)) void askAgain(server);
  return {
    close: async () => {
      closed.abort();
      for (const client of clients.values()) client.close();
    },
  };
}
