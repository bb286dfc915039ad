/** What keys, fields and members hold. In pages, so that no reply is large. */
import type { Redis } from 'ioredis';
import { bytesId } from '../../../../clients/redis/bytes.ts';
import type { IdTally } from '../../../../stack/contract/id-tally.ts';
import { createHeld, type KnownPlaces } from './held-places.ts';
import type { Place, WriteLog } from './last-writes.ts';

const PAGE = 500;
const PAGE_BYTES = 1024 * 1024;

/** @param numbers of the places that are looked at. */
export async function heldIn(
  client: Redis,
  { places, placeAt }: Pick<WriteLog, 'places' | 'placeAt'>,
  numbers: readonly number[],
  runId: string,
  signal: AbortSignal,
): Promise<KnownPlaces> {
  const held = createHeld(places, runId);
  await inPages(numbers, signal, async (page) => {
    const asked = page.map(placeAt);
    const values = await valuesAt(client, asked);
    for (const [at, number] of page.entries()) note(held, number, values[at] ?? null, asked[at]?.type);
    return bytesIn(values);
  });
  return held;
}

function note(held: ReturnType<typeof createHeld>, place: number, value: Value, type: Place['type'] | undefined): void {
  if (value === null) held.isEmpty(place);
  else if (type === 'zset') held.hasScore(place, Number(value.toString('latin1')));
  else held.hasText(place, value.toString('latin1'));
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
      if (tally.addAllIn(value.toString('latin1')) > 0 || tally.addAllIn(field.toString('latin1')) > 0)
        known.add(bytesId(field));
    }
    cursor = String(next);
  } while (cursor !== '0');
}

type Value = Buffer | null;

interface Asked extends Omit<Place, 'key'> {
  readonly key: string | Buffer;
}

/**
 * In the order of what is asked; null also for a key that is of another type. Many keys, and many fields of a hash, are one command: a
 * client takes longer for each than the server.
 */
async function valuesAt(client: Redis, asked: readonly Asked[]): Promise<readonly Value[]> {
  const [first] = asked;
  if (first !== undefined && asked.every(({ type }) => type === 'string'))
    return client.mgetBuffer(asked.map(({ key }) => key));
  if (first !== undefined && asked.every(({ type, key }) => type === 'hash' && key === first.key))
    return client
      .hmgetBuffer(first.key, ...asked.map(({ within }) => within))
      .catch((error: Error) => nullsIfOther(error, asked));
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

function nullsIfOther(error: Error, asked: readonly Asked[]): readonly Value[] {
  if (error.message.startsWith('WRONGTYPE')) return asked.map(() => null);
  throw error;
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
