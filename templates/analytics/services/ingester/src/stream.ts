import type { Redis } from 'ioredis';
import { connect } from './connection.ts';
import { FORGET_IDLE_CONSUMERS, TRIM_STORED } from './scripts.ts';
import type { IngesterSettings } from './settings.ts';

/** An entry of the stream; its fields are undefined when it was deleted after it was delivered. */
export interface Entry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>> | undefined;
}

export interface DeadEntry {
  readonly entry: Entry;
  readonly reason: string;
}

export interface GroupState {
  /** Entries in the stream. */
  readonly length: number;
  /** Entries that no consumer has seen; null where the server cannot say (before Redis 7, or after a deletion). */
  readonly lag: number | null;
  /** Delivered and not acknowledged. */
  readonly pending: number;
  readonly consumers: number;
  readonly dead: number;
}

export interface EventStream {
  readonly deadName: string;
  /** Makes the group, from the first entry on, and the stream if need be. */
  ensureGroup(): Promise<void>;
  /** What was delivered to this consumer before and not acknowledged. */
  own(): Promise<readonly Entry[]>;
  /** Waits a moment when there is nothing new. */
  next(): Promise<readonly Entry[]>;
  /** Takes over what another consumer has not acknowledged for too long. */
  stale(): Promise<readonly Entry[]>;
  /** Moves the dead ones to their stream and acknowledges all: together or not at all. */
  settle(stored: readonly Entry[], dead: readonly DeadEntry[]): Promise<void>;
  /** Deletes entries that every group has acknowledged and that are older than STREAM_KEEP_S. */
  trim(now: Date): Promise<void>;
  /** Forgets consumers with nothing pending that were not heard of for an hour, or only this one, at once. */
  forget(who: 'idle' | 'me'): Promise<void>;
  state(): Promise<GroupState>;
  ping(): Promise<void>;
  close(): void;
}

const BLOCK_MS = 500;
const ANSWER_MS = 3000;
const FORGET_IDLE_MS = 3_600_000;

export function openStream(settings: IngesterSettings, consumer: string): EventStream {
  const { STREAM: stream, GROUP: group, BATCH_SIZE, CLAIM_IDLE_MS, STREAM_KEEP_S } = settings;
  const deadName = `${stream}:dead`;
  // Waiting for entries would keep everything else waiting on the same connection.
  const reader = connect(settings, BLOCK_MS + ANSWER_MS);
  const writer = connect(settings, ANSWER_MS);
  const read = async (...words: readonly (string | number)[]): Promise<readonly Entry[]> => {
    const reply = await (await reader.client()).call(
      'XREADGROUP',
      'GROUP',
      group,
      consumer,
      'COUNT',
      BATCH_SIZE,
      ...words,
    );
    return entriesOf((reply as readonly [string, RawEntries][] | null)?.[0]?.[1] ?? []);
  };
  return {
    deadName,
    ensureGroup: async () => {
      const redis = await writer.client();
      await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch((error: Error) => {
        if (!error.message.startsWith('BUSYGROUP')) throw error;
      });
    },
    own: () => read('STREAMS', stream, '0'),
    next: () => read('BLOCK', BLOCK_MS, 'STREAMS', stream, '>'),
    stale: async () => {
      const claim = [stream, group, consumer, CLAIM_IDLE_MS, '0-0', 'COUNT', BATCH_SIZE] as const;
      const reply = await (await writer.client()).call('XAUTOCLAIM', ...claim);
      return entriesOf((reply as readonly [string, RawEntries])[1]);
    },
    settle: async (stored, dead) => {
      const all = [...stored, ...dead.map(({ entry }) => entry)];
      if (all.length === 0) return;
      const transaction = (await writer.client()).multi();
      for (const { entry, reason } of dead) {
        const fields = Object.entries(entry.fields ?? {}).flat();
        transaction.xadd(deadName, '*', ...fields, 'dead_reason', reason, 'dead_id', entry.id);
      }
      transaction.xack(stream, group, ...all.map(({ id }) => id));
      const replies = await transaction.exec();
      const failure = replies?.find(([error]) => error !== null)?.[0];
      if (failure !== undefined && failure !== null) throw failure;
    },
    trim: async (now) => {
      if (STREAM_KEEP_S < 0) return;
      await (await writer.client()).eval(TRIM_STORED, 1, stream, Math.max(0, now.getTime() - STREAM_KEEP_S * 1000));
    },
    forget: async (who) => {
      const [idleMs, only] = who === 'me' ? [0, consumer] : [FORGET_IDLE_MS, ''];
      await (await writer.client()).eval(FORGET_IDLE_CONSUMERS, 1, stream, group, idleMs, only);
    },
    state: async () => stateOf(await writer.client(), { stream, group, deadName }),
    ping: async () => void (await (await writer.client()).ping()),
    close: () => {
      reader.close();
      writer.close();
    },
  };
}

type RawEntries = readonly ([string, readonly string[] | null] | null)[];

/** Redis 6.2 claims entries that were deleted as null, without their id: they cannot be acknowledged, nor stored. */
function entriesOf(raw: RawEntries): readonly Entry[] {
  return raw.flatMap((entry): readonly Entry[] => {
    if (entry === null) return [];
    const [id, words] = entry;
    return [{ id, fields: words === null ? undefined : fieldsOf(words) }];
  });
}

function fieldsOf(words: readonly string[]): Readonly<Record<string, string>> {
  const pairs = words.flatMap((name, at) => (at % 2 === 0 ? [[name, words[at + 1] ?? ''] as const] : []));
  return Object.fromEntries(pairs);
}

async function stateOf(
  redis: Redis,
  { stream, group, deadName }: { readonly stream: string; readonly group: string; readonly deadName: string },
): Promise<GroupState> {
  const [length, dead, groups] = await Promise.all([
    redis.xlen(stream),
    redis.xlen(deadName),
    redis.xinfo('GROUPS', stream) as Promise<readonly (readonly unknown[])[]>,
  ]);
  const found = groups.find((fields) => fieldOf(fields, 'name') === group) ?? [];
  const lag = fieldOf(found, 'lag');
  return {
    length,
    dead,
    lag: typeof lag === 'number' ? lag : null,
    pending: Number(fieldOf(found, 'pending') ?? 0),
    consumers: Number(fieldOf(found, 'consumers') ?? 0),
  };
}

function fieldOf(fields: readonly unknown[], name: string): unknown {
  const at = fields.indexOf(name);
  return at === -1 ? undefined : fields[at + 1];
}
