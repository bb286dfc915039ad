import type { RedisCommand } from '../../../clients/redis/event-writer.ts';
import type { TrafficRun } from '../../../stack/contract/traffic.ts';

/** The words behind the names of the commands of a run, which are keys or may be. */
const written = new WeakMap<TrafficRun, Set<string>>();

/** From here on `keysWrittenBy` knows what a run writes itself. */
export function noteWritten(run: TrafficRun): (commands: readonly RedisCommand[]) => void {
  const keys = new Set<string>();
  written.set(run, keys);
  return (commands) => {
    for (const [, key] of commands) if (key !== undefined) keys.add(key);
  };
}

/** None, where another service writes for it. */
export function keysWrittenBy(run: TrafficRun): readonly Buffer[] {
  return [...(written.get(run) ?? [])].toSorted().map((key) => Buffer.from(key));
}
