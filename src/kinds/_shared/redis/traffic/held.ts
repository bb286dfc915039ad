/** What keys, fields and members hold. In pages, so that no reply is large. */
import type { Redis } from 'ioredis';
import { bytesId } from '../../../../clients/redis/bytes.ts';
import { idPrefix, idsIn, sequenceAt } from '../../../../stack/contract/event-id.ts';
import type { IdTally } from '../../../../stack/contract/id-tally.ts';
import type { Held, Place } from './last-writes.ts';

const PAGE = 500;
const PAGE_BYTES = 1024 * 1024;

/** @returns what each place holds, by the number that it is given with. */
export async function heldIn(
  client: Redis,
  places: ReadonlyMap<number, Place>,
  runId: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Held>> {
  const held = new Map<number, Held>();
  await inPages([...places], signal, async (page) => {
    const values = await valuesAt(
      client,
      page.map(([, place]) => place),
    );
    for (const [at, [index, { type }]] of page.entries()) held.set(index, shownAs(values[at] ?? null, type, runId));
    return bytesIn(values);
  });
  return held;
}

/** @param field of hashes: only this one. Each value counts, and of a hash the name of a field whose value has no event. */
export async function tallyAllIn(
  client: Redis,
  {
    type,
    keys,
    field,
  }: { readonly type: Place['type']; readonly keys: readonly Buffer[]; readonly field?: string | undefined },
  tally: IdTally,
  signal: AbortSignal,
): Promise<void> {
  if (type === 'hash' && field === undefined) {
    for (const key of keys) await tallyHash(client, key, tally, signal);
    return;
  }
  await inPages(keys, signal, async (page) => {
    const values = await valuesAt(
      client,
      page.map((key) => ({ type, key, within: field ?? '' })),
    );
    for (const value of values) if (value !== null) tally.addAllIn(value.toString('latin1'));
    return bytesIn(values);
  });
}

/** Of a hash that changes meanwhile HSCAN names a field twice at times. */
async function tallyHash(client: Redis, key: Buffer, tally: IdTally, signal: AbortSignal): Promise<void> {
  const known = new Set<string>();
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const reply = (await client.callBuffer('HSCAN', key, cursor, 'COUNT', PAGE)) as [Buffer, Buffer[]];
    const [next, all] = reply;
    for (let at = 0; at + 1 < all.length; at += 2) {
      const [field, value] = [all[at] as Buffer, all[at + 1] as Buffer];
      if (known.has(bytesId(field))) continue;
      if (tally.addAllIn(value.toString('latin1')) + tally.addAllIn(field.toString('latin1')) > 0)
        known.add(bytesId(field));
    }
    cursor = String(next);
  } while (cursor !== '0');
}

type Value = Buffer | null;

interface Asked extends Omit<Place, 'key'> {
  readonly key: string | Buffer;
}

/** In the order of what is asked; null also for a key that is of another type. */
async function valuesAt(client: Redis, asked: readonly Asked[]): Promise<readonly Value[]> {
  const pipeline = client.pipeline();
  for (const { type, key, within } of asked) {
    if (type === 'string') pipeline.getBuffer(key);
    else if (type === 'hash') pipeline.hgetBuffer(key, within);
    else pipeline.callBuffer('ZSCORE', key, within);
  }
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, value]) => {
    if (error === null) return value as Value;
    if (error.message.startsWith('WRONGTYPE')) return null;
    throw error;
  });
}

function shownAs(value: Value, type: Place['type'], runId: string): Held {
  if (value === null) return { shown: 'nothing' };
  const text = value.toString('latin1');
  if (type === 'zset') return { score: Number(text), shown: `the score ${text}` };
  const [id] = idsIn(text, runId);
  if (id === undefined) return { shown: 'no event of this run' };
  return { sequence: sequenceAt(id, idPrefix(runId).length), shown: id };
}

/** @param use returns how many bytes the page had: the next one is probably as large. */
async function inPages<Item>(
  items: readonly Item[],
  signal: AbortSignal,
  use: (page: readonly Item[]) => Promise<number>,
): Promise<void> {
  let size = PAGE;
  for (let at = 0; at < items.length; ) {
    signal.throwIfAborted();
    const page = items.slice(at, at + size);
    at += page.length;
    const bytes = await use(page);
    size = Math.max(1, Math.min(PAGE, Math.floor((page.length * PAGE_BYTES) / Math.max(1, bytes))));
  }
}

function bytesIn(values: readonly Value[]): number {
  return values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
}
