import type { RedisCommand } from '../../../clients/redis/event-writer.ts';
import type { TrafficRun } from '../../../stack/contract/traffic.ts';
import { createPerRun } from '../../_shared/redis/per-run.ts';

type Run = Pick<TrafficRun, 'runId' | 'signal'>;

/** The words behind the names of the commands of a run, which are keys or may be. */
const writtenBy = createPerRun(() => new Set<string>());

/** From here on `keysWrittenBy` knows what a run writes itself. */
export function noteWritten(run: Run): (commands: readonly RedisCommand[]) => void {
  const keys = writtenBy(run);
  return (commands) => {
    for (const [, key] of commands) if (key !== undefined) keys.add(key);
  };
}

/** Those that are like a pattern with one star; none, where another service writes for the run. */
export function keysWrittenBy(run: Run, pattern: string): readonly Buffer[] {
  const [before = '', after = ''] = pattern.split('*');
  const found: string[] = [];
  for (const key of writtenBy(run))
    if (key.length >= before.length + after.length && key.startsWith(before) && key.endsWith(after)) found.push(key);
  return found.toSorted().map((key) => Buffer.from(key));
}
