import { counted } from '../lib/counted.ts';
import { formatDuration } from '../lib/duration.ts';
import type { ReplayReport } from '../traffic/replay/replay-report.ts';
import type { LeftOut } from '../traffic/replay/tally.ts';
import { paint } from './paint.ts';
import { thresholdsText, timesText } from './run-figures.ts';

/** What `seed replay` prints: what was sent, what was not and why, the times, and one line with the verdict. */
export function replayText(report: ReplayReport): string {
  return [sentText(report), ...timesText(report), ...thresholdsText(report.thresholds), verdictLine(report)].join(
    '\n\n',
  );
}

function sentText(report: ReplayReport): string {
  const { file, service, speed, asked, acked, rejected, unknown, durationMs, ratePerS, recording, refusals } = report;
  const { format, rounds, outOfOrder, largestStepBackMs, gapsLimited, limitedByMs, leftOut, cutOffLines } = recording;
  const recorded = speed === 'max' ? ' without waits' : ` at ${speed} times its speed`;
  const pace = format === 'vegeta' ? '' : recorded;
  return [
    `${paint('bold', file === '-' ? 'standard input' : file)}  ${format}, to ${service}${pace}${rounds > 1 ? `, ${rounds} rounds` : ''}`,
    `  ${asked} sent in ${formatDuration(durationMs)} (${ratePerS}/s acknowledged): ${acked} acked, ${rejected} rejected, ${unknown} unknown`,
    ...(report.achievedPercent === null ? [] : [`  the pace was kept to ${report.achievedPercent} %`]),
    ...(outOfOrder === 0
      ? []
      : [`  ${outOfOrder} out of order, by up to ${formatDuration(largestStepBackMs)}: sent with the one before`]),
    ...(gapsLimited === 0
      ? []
      : [`  ${counted(gapsLimited, 'pause')} shortened, by ${formatDuration(limitedByMs)} together`]),
    ...(cutOffLines === 0 ? [] : ['  the last line is cut off, and was not sent']),
    ...(recording.withoutCredentials === 0
      ? []
      : [`  ${recording.withoutCredentials} without the credentials they were recorded with`]),
    ...leftOutLines(leftOut),
    ...refusals.slice(0, 5).map(({ outcome, reason, count }) => `  ${count} ${outcome}: ${reason}`),
  ].join('\n');
}

const REASONS: Readonly<Record<LeftOut['reason'], string>> = {
  script: 'run by a script, which is replayed itself',
  connection: 'about its own connection',
  administration: 'administers the server',
  blocking: 'would wait and hold up the others',
  notHttp: 'no request of HTTP',
  cached: "answered by the browser's cache",
  bodyNotRecorded: 'its body was not recorded',
  notSelected: 'outside of --from and --to',
};

function leftOutLines(leftOut: readonly LeftOut[]): readonly string[] {
  return leftOut.map(
    ({ reason, name, count }) => `  ${count} left out${name === '' ? '' : ` (${name})`}: ${REASONS[reason]}`,
  );
}

function verdictLine({ verdict, acked, asked, reasons }: ReplayReport): string {
  if (verdict === 'pass')
    return `${paint('green', 'REPLAYED')}: ${acked} of ${asked} acknowledged; nothing was read back, for recorded requests carry no ids`;
  return `${verdict === 'fail' ? paint('red', 'FAILED') : paint('yellow', 'INCONCLUSIVE')}: ${reasons.join('; ')}`;
}
