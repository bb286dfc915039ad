import { bytesId, showBytes } from '../../../../clients/redis/bytes.ts';
import type { RedisCaller } from '../../../../clients/redis/read-only.ts';
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
  visit: (database: number, keys: readonly Buffer[]) => Promise<void>,
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
      const reply = await client.callBuffer('SCAN', cursor, 'COUNT', STEP, ...only);
      const [next, found] = reply as [Buffer, Buffer[]];
      const fresh = new Map(found.map((key) => [bytesId(key), key] as const).filter(([id]) => !known.has(id)));
      for (const id of fresh.keys()) known.add(id);
      seen += fresh.size;
      if (fresh.size > 0) await visit(database, [...fresh.values()]);
      cursor = String(next);
      if (cursor !== '0' && (seen >= budget.keys || performance.now() > until))
        return { seen, total, isComplete: false };
    } while (cursor !== '0');
  }
  return { seen, total, isComplete: true };
}

/**
 * What `read` finds out about each of the keys, `together` at a time. A key that is gone meanwhile is left out. A key that
 * the server refuses to describe does not stop the others.
 * @throws any error but an error reply of the server, e.g. a broken connection.
 */
export async function readEach<T>(
  keys: readonly Buffer[],
  together: number,
  read: (key: Buffer) => Promise<T | undefined>,
): Promise<{ readonly found: readonly T[]; readonly refused: readonly Refused[] }> {
  const found: T[] = [];
  const refused: Refused[] = [];
  const readOne = async (key: Buffer): Promise<void> => {
    try {
      const answer = await read(key);
      if (answer !== undefined) found.push(answer);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ReplyError') throw error;
      if (!isGone(error)) refused.push({ key, reason: error.message });
    }
  };
  for (let start = 0; start < keys.length; start += together) {
    await Promise.all(keys.slice(start, start + together).map(readOne));
  }
  return { found, refused };
}

export interface Refused {
  readonly key: Buffer;
  /** The server's words. */
  readonly reason: string;
}

/** For a person: how many, and the first of them with the server's words. */
export function refusedNote(refused: readonly Refused[]): readonly string[] {
  const [first] = refused;
  if (first === undefined) return [];
  return [`${refused.length} keys could not be read, e.g. ${showBytes(first.key)}: ${first.reason}`];
}

/** Deleted, or replaced by a key of another type, since SCAN named it. */
function isGone({ message }: Error): boolean {
  return message.includes('no such key') || message.startsWith('WRONGTYPE');
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
