import { openBulk } from '../../../clients/redis/bulk-connection.ts';
import {
  createEventWriter,
  type RedisCommand,
  type WriteEvent,
  writeCommands,
} from '../../../clients/redis/event-writer.ts';
import { createReplayWriter } from '../../../clients/redis/replay-writer.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { ReplaySink, TrafficSink } from '../../../stack/contract/traffic.ts';
import type { TrafficEvent } from '../../../stack/contract/traffic-event.ts';
import { memberTarget } from '../group.ts';
import type { SentinelOptions } from '../options.ts';
import { findMaster, TIMEOUT_MS } from './master.ts';

/** @throws E_NOT_READY when there is no master now. */
export async function openSink(
  input: ServiceInput<SentinelOptions>,
  commandsOf: (event: TrafficEvent) => readonly RedisCommand[],
): Promise<TrafficSink> {
  const connect = await connector(input);
  const write: WriteEvent = (event, add) => writeCommands(commandsOf(event), add);
  return createEventWriter({ connect, write, timeoutMs: TIMEOUT_MS });
}

/** Recorded commands, to the master that the Sentinels name. @throws E_NOT_READY when there is no master now. */
export async function openReplay(input: ServiceInput<SentinelOptions>): Promise<ReplaySink> {
  return createReplayWriter({ connect: await connector(input), timeoutMs: TIMEOUT_MS });
}

async function connector(input: ServiceInput<SentinelOptions>) {
  await findMaster(input);
  return async () => openBulk(memberTarget(input, await findMaster(input), TIMEOUT_MS));
}
