import type { Redis } from 'ioredis';
import { createEntryIds } from '../../../clients/redis/entry-ids.ts';
import { createStreamWriter, type StreamWriterInput } from '../../../clients/redis/stream-writer.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { TrafficSink } from '../../../stack/contract/traffic.ts';
import { withMaster } from './master.ts';
import type { RedisOptions } from './options.ts';

/** Entries with ids of this client's choice, by which a repetition is known. @throws E_NOT_READY without a master. */
export async function openRepeatable(
  input: ServiceInput<RedisOptions>,
  to: Pick<StreamWriterInput, 'stream' | 'connect' | 'timeoutMs'>,
  write: StreamWriterInput['write'],
): Promise<TrafficSink> {
  const ask = <T>(use: (client: Redis) => Promise<T>): Promise<T> => withMaster(input, to.timeoutMs, use);
  const [seconds, microseconds] = await ask((client) => client.time());
  const aheadMs = Number(seconds) * 1000 + Number(microseconds) / 1000 - performance.now();
  return createStreamWriter({ ...to, ask, write, ids: createEntryIds(() => performance.now() + aheadMs) });
}
