import { HistogramLogWriter } from 'hdr-histogram-js';
import type { Interval } from './series.ts';

/**
 * The response times of a run, interval by interval, as the tools of HdrHistogram read them (log format 1.3, values in microseconds).
 * @param startedMs Unix time at which the run began.
 */
export function hdrLog(intervals: readonly Interval[], startedMs: number): string {
  let text = '';
  const writer = new HistogramLogWriter((line) => {
    text += line;
  });
  writer.outputLogFormatVersion();
  writer.outputComment(
    `[StartTime: ${(startedMs / 1000).toFixed(3)} (seconds since epoch), ${new Date(startedMs).toISOString()}]`,
  );
  writer.outputLegend();
  for (const { startMs, lengthMs, times } of intervals) {
    if (times.count > 0) writer.outputIntervalHistogram(times.histogram, startMs / 1000, (startMs + lengthMs) / 1000);
  }
  return text;
}
