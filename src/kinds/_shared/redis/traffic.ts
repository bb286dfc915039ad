import * as z from 'zod';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type {
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
  .strictObject({ stream: key.optional(), sortedSet: key.optional() })
  .refine(({ stream, sortedSet }) => (stream === undefined) !== (sortedSet === undefined), {
    error: 'must have exactly one of stream, sortedSet',
  });

const TIMEOUT_MS = 3000;

/** Events as entries of a stream; read back from a stream or a sorted set. */
export const traffic: TrafficCapability<RedisOptions> = {
  sink: {
    settings: sinkSettings,
    check: (input, settings) => check(input, sinkSettings.parse(settings)),
    open: (input, settings) => openSink(input, sinkSettings.parse(settings)),
  },
  store: {
    settings: storeSettings,
    check: (input, settings) => check(input, storeSettings.parse(settings)),
    open: async (input, settings, run) => openStore(input, storeSettings.parse(settings), run),
  },
};

/** A key that is not there yet is made by the first event. */
async function check(input: Input, { stream, sortedSet }: z.output<typeof storeSettings>): Promise<readonly Mistake[]> {
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

async function openSink(input: Input, { stream }: z.output<typeof sinkSettings>): Promise<TrafficSink> {
  const [{ createEventWriter }, { connectMaster, masterInstance }] = await Promise.all([
    import('../../../clients/redis/event-writer.ts'),
    import('./master.ts'),
  ]);
  await masterInstance(input); // without a master it fails here, before anything is sent
  return createEventWriter({
    connect: () => connectMaster(input, TIMEOUT_MS),
    commandsOf: (event) => [['XADD', stream, '*', ...fieldsOf(event)]],
    timeoutMs: TIMEOUT_MS,
  });
}

function fieldsOf({ body }: TrafficEvent): readonly string[] {
  return Object.entries(body).flatMap(([field, value]) => [
    field,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}

function openStore(
  input: Input,
  { stream, sortedSet }: z.output<typeof storeSettings>,
  { runId }: TrafficRun,
): TrafficStore {
  const ids = async (signal: AbortSignal): Promise<readonly string[]> => {
    const [{ withMaster }, { idsInSortedSet, idsInStream }] = await Promise.all([
      import('./master.ts'),
      import('../../../clients/redis/event-reader.ts'),
    ]);
    return withMaster(input, TIMEOUT_MS, (client) =>
      stream === undefined
        ? idsInSortedSet(client, sortedSet ?? '', runId, signal)
        : idsInStream(client, stream, runId, signal),
    );
  };
  return {
    name: `${input.service.name} ${stream ?? sortedSet}`,
    guarantee: 'stored',
    count: async (signal) => (await ids(signal)).length,
    read: async (signal) => ({ ids: await ids(signal), contradictions: [] }),
    close: async () => undefined,
  };
}
