import type { Stack } from '../stack/contract/model.ts';
import type { ObservedInstance, Runtime } from '../stack/contract/runtime.ts';
import type { LogStart } from '../stack/contract/runtime-options.ts';
import { shownLog } from '../stack/derived/shown-log.ts';

const SHOWN = 20;
/** Of these the last ones are shown once those that are the same are told once. */
const READ = 200;
const LIMIT_MS = 3000;

interface Asked {
  readonly stack: Stack;
  readonly runtime: Pick<Runtime, 'lastLines'>;
}

/** Where the logs of a wait begin: at the start of the run that each instance was in when it was first seen. */
export type LogStarts = Map<string, LogStart>;

export function noteStarts(starts: LogStarts, observed: readonly ObservedInstance[]): void {
  for (const one of observed) if (!starts.has(one.name)) starts.set(one.name, one);
}

/** The last 20 lines that an instance has logged since then, for an error message; the same line again is told once, with a count. */
export async function lastLogLines(
  { runtime, stack }: Asked,
  instance: string,
  starts: LogStarts,
): Promise<readonly string[]> {
  const start = starts.get(instance);
  if (start?.startedAt === undefined) return [];
  const lines = await runtime.lastLines(instance, READ, start, AbortSignal.timeout(LIMIT_MS));
  return toldOnce(shownLog(lines, stack)).slice(-SHOWN);
}

/** `a`, `a`, `b` -> `a … (2 times)`, `b`. */
export function toldOnce(lines: readonly string[]): readonly string[] {
  const runs: { readonly line: string; times: number }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.line === line) last.times += 1;
    else runs.push({ line, times: 1 });
  }
  return runs.map(({ line, times }) => (times === 1 ? line : `${line} … (${times} times)`));
}
