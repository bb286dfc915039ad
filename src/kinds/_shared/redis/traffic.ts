import type { Redis } from 'ioredis';
import * as z from 'zod';
import type { AddWords } from '../../../clients/redis/command-text.ts';
import { createIdTally, type IdTally } from '../../../stack/contract/id-tally.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type {
  StoreReading,
  TrafficCapability,
  TrafficEvent,
  TrafficRun,
  TrafficSink,
  TrafficStore,
} from '../../../stack/contract/traffic.ts';
import type { Mistake } from '../../../stack/source/zod-problems.ts';
import type { RedisOptions } from './options.ts';

type Input = ServiceInput<RedisOptions>;

const key = z.string().min(1);

/** Every field of the body is a field of the entry; a value that is not text is written as JSON. */
const sinkSettings = z.strictObject({ stream: key });
const storeSettings = z
  .strictObject({
    stream: key.optional(),
    sortedSet: key.optional(),
    /** The score of a member is the time of its event, in milliseconds since 1970: then no older one is read. */
    scores: z.literal('time').optional(),
  })
  .refine(({ stream, sortedSet }) => (stream === undefined) !== (sortedSet === undefined), {
    error: 'must have exactly one of stream, sortedSet',
  })
  .refine(({ sortedSet, scores }) => scores === undefined || sortedSet !== undefined, {
    path: ['scores'],
    error: 'is for a sortedSet',
  });

type StoreSettings = z.output<typeof storeSettings>;

const TIMEOUT_MS = 3000;

/** Events as entries of a stream; read back from a stream or a sorted set. */
export const traffic: TrafficCapability<RedisOptions> = {
  sink: {
    settings: sinkSettings,
    check: (input, settings) => check(input, sinkSettings.parse(settings)),
    open: (input, settings, run) => openSink(input, sinkSettings.parse(settings), run),
    repeatable: async () => true,
  },
  store: {
    settings: storeSettings,
    check: (input, settings) => check(input, storeSettings.parse(settings)),
    open: (input, settings, run) => openStore(input, storeSettings.parse(settings), run),
    clean: (settings) => ({
      type: 'deletes',
      delete: async (input, run) =>
        (await import('./clean-events.ts')).cleanEvents(input, storeSettings.parse(settings), run),
    }),
  },
  replay: {
    takes: 'command',
    open: async (input) => {
      const [{ createReplayWriter }, { openBulk }, { masterInstance, targetOf }] = await Promise.all([
        import('../../../clients/redis/replay-writer.ts'),
        import('../../../clients/redis/bulk-connection.ts'),
        import('./master.ts'),
      ]);
      await masterInstance(input);
      const connect = async () => openBulk(targetOf(input, await masterInstance(input), TIMEOUT_MS));
      return createReplayWriter({ connect, timeoutMs: TIMEOUT_MS });
    },
  },
  record: {
    records: 'command',
    open: async (input) => {
      const [{ openMonitor }, { masterInstance, targetOf }] = await Promise.all([
        import('../../../clients/redis/monitor.ts'),
        import('./master.ts'),
      ]);
      const master = await masterInstance(input);
      return openMonitor(targetOf(input, master, TIMEOUT_MS), master.name);
    },
  },
};

/** A key that is not there yet is made by the first event. */
async function check(
  input: Input,
  { stream, sortedSet }: Pick<StoreSettings, 'stream' | 'sortedSet'>,
): Promise<readonly Mistake[]> {
  const [{ checkKeyType }, { withMaster }] = await Promise.all([
    import('../../../clients/redis/key-type.ts'),
    import('./master.ts'),
  ]);
  return withMaster(input, TIMEOUT_MS, (client) =>
    stream === undefined
      ? checkKeyType(client, sortedSet ?? '', 'zset', ['sortedSet'])
      : checkKeyType(client, stream, 'stream', ['stream']),
  );
}

async function openSink(
  input: Input,
  { stream }: z.output<typeof sinkSettings>,
  { repeats }: TrafficRun,
): Promise<TrafficSink> {
  const [{ createEventWriter }, { openBulk }, { masterInstance, targetOf }] = await Promise.all([
    import('../../../clients/redis/event-writer.ts'),
    import('../../../clients/redis/bulk-connection.ts'),
    import('./master.ts'),
  ]);
  await masterInstance(input); // without a master it fails here, before anything is sent
  const connect = async () => openBulk(targetOf(input, await masterInstance(input), TIMEOUT_MS));
  if (repeats) {
    const { openRepeatable } = await import('./repeatable-stream.ts');
    return openRepeatable(input, { stream, connect, timeoutMs: TIMEOUT_MS }, (event, id, add) =>
      writeEntry(stream, id, event, add),
    );
  }
  return createEventWriter({
    connect,
    write: (event, add) => writeEntry(stream, '*', event, add),
    timeoutMs: TIMEOUT_MS,
  });
}

function writeEntry(stream: string, id: string, { body }: TrafficEvent, add: AddWords): 1 {
  const fields = Object.keys(body);
  add.begin(3 + 2 * fields.length);
  add.known('XADD');
  add.known(stream);
  add.word(id);
  for (const field of fields) {
    add.known(field);
    const value = body[field];
    add.word(typeof value === 'string' ? value : JSON.stringify(value));
  }
  return 1;
}

async function openStore(input: Input, settings: StoreSettings, run: TrafficRun): Promise<TrafficStore> {
  const [{ masterInstance, targetOf, withMaster }, reader, { openRaw }] = await Promise.all([
    import('./master.ts'),
    import('../../../clients/redis/event-reader.ts'),
    import('../../../clients/redis/raw-connection.ts'),
  ]);
  const { stream, sortedSet = '', scores } = settings;
  const { runId, oldestMs } = run;
  const ask = <T>(use: (client: Redis) => Promise<T>): Promise<T> => withMaster(input, TIMEOUT_MS, use);
  const base = { name: `${input.service.name} ${stream ?? sortedSet}`, guarantee: 'stored', close } as const;
  const wholeSet = (signal: AbortSignal) => ask((client) => reader.tallySortedSet(client, sortedSet, runId, signal));
  if (stream === undefined && scores === undefined) {
    return { ...base, count: async (signal) => (await wholeSet(signal)).total, read: readingOf(wholeSet) };
  }
  if (stream === undefined) {
    const recent = { key: sortedSet, from: oldestMs };
    const tally = (signal: AbortSignal) => ask((client) => reader.tallyByScore(client, recent, runId, signal));
    const count = async (signal: AbortSignal) => (await tally(signal)).total;
    return { ...base, count, read: readingOf(tally), readAll: readingOf(wholeSet) };
  }
  const begin = await ask(reader.presentPlace);
  const tallyBehind = async (behind: string, tally: IdTally, signal: AbortSignal): Promise<string> => {
    const client = await openRaw(targetOf(input, await masterInstance(input), TIMEOUT_MS));
    try {
      return await reader.tallyLongStream(client, { key: stream, behind }, tally, signal);
    } finally {
      client.close();
    }
  };
  let [counted, place] = [0, begin];
  const count = async (signal: AbortSignal): Promise<number> => {
    const more = createIdTally(runId);
    place = await tallyBehind(place, more, signal);
    counted += more.total;
    return counted;
  };
  const readBehind = async (behind: string, signal: AbortSignal): Promise<StoreReading> => {
    const found = createIdTally(runId);
    await tallyBehind(behind, found, signal);
    return { found, contradictions: [] };
  };
  return {
    ...{ ...base, count },
    read: (signal) => readBehind(begin, signal),
    readAll: (signal) => readBehind(reader.BEGINNING, signal),
  };
}

async function close(): Promise<void> {
  // A connection for each question.
}

function readingOf(tally: (signal: AbortSignal) => Promise<IdTally>) {
  return async (signal: AbortSignal): Promise<StoreReading> => ({ found: await tally(signal), contradictions: [] });
}
