import type { LogLine } from '../../../stack/contract/runtime-options.ts';

/**
 * Lines of several logs in the order of their times. The order within one log is never changed: a line without a time
 * goes right behind the line before it.
 */
export function mergeByTime(logs: readonly (readonly LogLine[])[]): readonly LogLine[] {
  return logs
    .flatMap(withTimes)
    .sort((a, b) => a.at - b.at)
    .map(({ line }) => line);
}

function withTimes(lines: readonly LogLine[]): readonly { readonly at: number; readonly line: LogLine }[] {
  let at = Number.NEGATIVE_INFINITY;
  return lines.map((line) => {
    if (line.at !== undefined) at = Math.max(at, Date.parse(line.at));
    return { at, line };
  });
}
