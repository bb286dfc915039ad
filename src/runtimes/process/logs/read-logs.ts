import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceFolders } from '../../../programs/supervisor/protocol/instance-files.ts';
import type { LogLine, LogOptions } from '../../../stack/contract/runtime-options.ts';
import { type LogReader, openLog } from './follow-file.ts';
import { mergeByTime } from './merge.ts';
import { lineSelector } from './select.ts';

const ROTATED = 2;
const LOOK_EVERY_MS = 100;

interface Followed {
  readonly reader: LogReader;
  readonly select: (text: string) => LogLine | undefined;
}

/** Past lines of the instances in the order of time, then new ones as they come. Ends without an error on abort. */
export async function* readLogs(
  instances: readonly InstanceFolders[],
  { follow, since, tail, timeOf, signal }: LogOptions,
): AsyncGenerator<LogLine> {
  const followed = instances.map(({ name, logFile }) => {
    return { reader: openLog(logFile, ROTATED), select: lineSelector(name, since, timeOf) };
  });
  const past = await Promise.all(followed.map((log) => linesOf(log, !follow)));
  yield* mergeByTime(past.map((lines) => (tail === undefined ? lines : lines.slice(Math.max(0, lines.length - tail)))));
  // What comes from now on is new, whatever time of day the server writes in front of it.
  const following = followed.map((log, index) => ({
    ...log,
    select: lineSelector(instances[index]?.name ?? '', undefined, timeOf),
  }));
  while (follow && !signal.aborted) {
    const news = await Promise.all(following.map((log) => linesOf(log, false)));
    yield* mergeByTime(news);
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** The end of a log, for an error that has to show why. */
export async function lastLines({ logFile }: InstanceFolders, count: number): Promise<readonly string[]> {
  const reader = openLog(logFile, 0);
  const lines = await reader.next();
  return [...lines, reader.rest()].filter((line) => line !== '').slice(-count);
}

async function linesOf({ reader, select }: Followed, complete: boolean): Promise<readonly LogLine[]> {
  const lines = await reader.next();
  const last = complete && reader.rest() !== '' ? [reader.rest()] : [];
  return [...lines, ...last].flatMap((text) => select(text) ?? []);
}
