import type { LogLine, LogOptions } from '../../../stack/contract/runtime-options.ts';
import { timeOfLine } from './log-time.ts';

/** Turns the lines of one log, in their order, into log lines; undefined for what `since` leaves out. */
export function lineSelector(
  instance: string,
  since: Date | undefined,
  timeOf: LogOptions['timeOf'],
): (text: string) => LogLine | undefined {
  let keeping = since === undefined;
  return (text) => {
    const at = timeOfLine(text) ?? timeOf?.(instance, text);
    // A line without a time (a stack trace, a banner) belongs to the line before it.
    if (since !== undefined && at !== undefined) keeping = at.getTime() >= since.getTime();
    return keeping ? { instance, at: at?.toISOString(), text } : undefined;
  };
}
