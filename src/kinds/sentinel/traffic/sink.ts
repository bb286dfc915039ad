import { disconnect } from '../../../clients/redis/connect.ts';
import { createEventWriter, type RedisCommand } from '../../../clients/redis/event-writer.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { TrafficEvent, TrafficSink } from '../../../stack/contract/traffic.ts';
import type { SentinelOptions } from '../options.ts';
import { connectMaster, TIMEOUT_MS } from './master.ts';

/** @throws E_NOT_READY when there is no master now. */
export async function openSink(
  input: ServiceInput<SentinelOptions>,
  commandsOf: (event: TrafficEvent) => readonly RedisCommand[],
): Promise<TrafficSink> {
  disconnect(await connectMaster(input));
  return createEventWriter({ connect: () => connectMaster(input), commandsOf, timeoutMs: TIMEOUT_MS });
}
