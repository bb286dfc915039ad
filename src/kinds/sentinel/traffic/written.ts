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

/** Those that are like a pattern with one star; none, where another service writes for the run. */
export function keysWrittenBy(run: TrafficRun, pattern: string): readonly Buffer[] {
  const [before = '', after = ''] = pattern.split('*');
  const found: string[] = [];
  for (const key of written.get(run) ?? [])
    if (key.length >= before.length + after.length && key.startsWith(before) && key.endsWith(after)) found.push(key);
  return found.toSorted().map((key) => Buffer.from(key));
}
