import type { Redis } from 'ioredis';
import { acknowledgement } from './acknowledgement.ts';
import { connect } from './connection.ts';
import { type Entry, entriesOf, fieldsOf, idOf, nextCount } from './entries.ts';
import { type GroupState, stateOf } from './group-state.ts';
import { openReader } from './reader.ts';
import { itemsOf } from './resp.ts';
import { FORGET_IDLE_CONSUMERS, TRIM_STORED } from './scripts.ts';
import type { IngesterSettings } from './settings.ts';

export interface DeadEntry {
  readonly entry: Entry;
  readonly reason: string;
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
  acknowledge(stored: readonly Entry[], dead: readonly DeadEntry[]): Promise<void>;
  /** Deletes entries that every group has acknowledged and that are older than STREAM_KEEP_S. */
  trim(now: Date): Promise<void>;
  /** Forgets consumers with nothing pending that have been idle for an hour, or only this one, at once. */
  forget(who: 'idle' | 'me'): Promise<void>;
  state(): Promise<GroupState>;
  ping(): Promise<void>;
  close(): void;
}

const BLOCK_MS = 500;
const ANSWER_MS = 3000;
const FORGET_IDLE_MS = 3_600_000;
/** Places among the values of a reply: of XREADGROUP it is in the first stream behind its name, of XAUTOCLAIM behind the next id. */
const ENTRIES_OF_FIRST_STREAM = 3;
const ENTRIES_OF_CLAIM = 2;

export function openStream(settings: IngesterSettings, consumer: string): EventStream {
  const { STREAM: stream, GROUP: group, BATCH_SIZE, CLAIM_IDLE_MS, STREAM_KEEP_S } = settings;
  const deadName = `${stream}:dead`;
  const names = { stream, group, deadName };
  const server = { host: settings.REDIS_HOST, port: settings.REDIS_PORT, password: settings.REDIS_PASSWORD?.reveal() };
  // Waiting for entries would keep everything else waiting on the same connection.
  const reader = openReader({ ...server, name: 'ingester', answerMs: BLOCK_MS + ANSWER_MS });
  const acknowledger = openReader({ ...server, name: 'ingester', answerMs: ANSWER_MS });
  const writer = connect(settings, ANSWER_MS);
  let count = nextCount(0, 0, BATCH_SIZE);
  const read = async (...words: readonly (string | number)[]): Promise<readonly Entry[]> => {
    const reply = await reader.call(['XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, ...words]);
    const entries = itemsOf(reply, 0) < 1 ? [] : entriesOf(reply, ENTRIES_OF_FIRST_STREAM);
    if (entries.length > 0) count = nextCount(entries.length, reply.bytes.length, BATCH_SIZE);
    return entries;
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
      return entriesOf(await reader.call(['XAUTOCLAIM', ...claim]), ENTRIES_OF_CLAIM);
    },
    acknowledge: async (stored, dead) => {
      if (dead.length > 0) await moveDead(await writer.client(), names, stored, dead);
      else if (stored.length > 0) await acknowledger.call(acknowledgement(stream, group, stored));
    },
    trim: async (now) => {
      if (STREAM_KEEP_S < 0) return;
      await (await writer.client()).eval(TRIM_STORED, 1, stream, Math.max(0, now.getTime() - STREAM_KEEP_S * 1000));
    },
    forget: async (who) => {
      const [idleMs, only] = who === 'me' ? [0, consumer] : [FORGET_IDLE_MS, ''];
      await (await writer.client()).eval(FORGET_IDLE_CONSUMERS, 1, stream, group, idleMs, only);
    },
    state: async () => stateOf(await writer.client(), names),
    ping: async () => void (await (await writer.client()).ping()),
    close: () => {
      reader.close();
      acknowledger.close();
      writer.close();
    },
  };
}

interface StreamNames {
  readonly stream: string;
  readonly group: string;
  readonly deadName: string;
}

/** In one transaction. */
async function moveDead(
  redis: Redis,
  { stream, group, deadName }: StreamNames,
  stored: readonly Entry[],
  dead: readonly DeadEntry[],
): Promise<void> {
  const all = [...stored, ...dead.map(({ entry }) => entry)];
  const transaction = redis.multi();
  for (const { entry, reason } of dead) {
    transaction.xadd(deadName, '*', ...fieldsOf(entry), 'dead_reason', reason, 'dead_id', idOf(entry));
  }
  transaction.xack(stream, group, ...all.map(idOf));
  const replies = await transaction.exec();
  const failure = replies?.find(([error]) => error !== null)?.[0];
  if (failure !== undefined && failure !== null) throw failure;
}
