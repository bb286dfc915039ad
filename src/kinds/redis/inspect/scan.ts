import type { RedisCaller } from '../../../clients/redis/read-only.ts';
import { infoOf } from './servers.ts';

/** Where looking at keys stops, whichever comes first. */
export interface Budget {
  readonly keys: number;
  readonly ms: number;
}

export const BUDGET: Budget = { keys: 20_000, ms: 3000 };

export interface Scanned {
  readonly seen: number;
  /** As the server counts them, of all databases. */
  readonly total: number;
  readonly isComplete: boolean;
}

/** Larger steps are hardly faster and hold up other clients: measured, 100 leaves their latency as it was. */
const STEP = 100;

/**
 * Hands over the keys of every database, page by page, each key once, until the budget is used up. SCAN may name a key
 * twice.
 * @param type only keys of this type.
 */
export async function scan(
  client: RedisCaller,
  { budget, signal, type }: { readonly budget: Budget; readonly signal: AbortSignal; readonly type?: string },
  visit: (database: number, keys: readonly string[]) => Promise<void>,
): Promise<Scanned> {
  const databases = await databasesOf(client);
  const total = databases.reduce((sum, { keys }) => sum + keys, 0);
  const until = performance.now() + budget.ms;
  let seen = 0;
  for (const { database } of databases) {
    await client.call('SELECT', database);
    const known = new Set<string>();
    let cursor = '0';
    do {
      signal.throwIfAborted();
      const only = type === undefined ? [] : ['TYPE', type];
      const reply = await client.call('SCAN', cursor, 'COUNT', STEP, ...only);
      const [next, found] = reply as [string, string[]];
      const fresh = [...new Set(found)].filter((key) => !known.has(key));
      for (const key of fresh) known.add(key);
      seen += fresh.length;
      if (fresh.length > 0) await visit(database, fresh);
      cursor = next;
      if (cursor !== '0' && (seen >= budget.keys || performance.now() > until))
        return { seen, total, isComplete: false };
    } while (cursor !== '0');
  }
  return { seen, total, isComplete: true };
}

async function databasesOf(
  client: RedisCaller,
): Promise<readonly { readonly database: number; readonly keys: number }[]> {
  const info = await infoOf(client);
  return [...info].flatMap(([key, text]) => {
    const database = /^db(\d+)$/.exec(key)?.[1];
    return database === undefined
      ? []
      : [{ database: Number(database), keys: Number(/keys=(\d+)/.exec(text)?.[1] ?? 0) }];
  });
}
