import { counted } from '../lib/counted.ts';
import { formatDuration } from '../lib/duration.ts';
import type { RecordReport } from '../traffic/record/record-report.ts';
import { paint } from './paint.ts';

/** What `seed record` prints: what is in the file, and what is not and why. */
export function recordText(report: RecordReport): string {
  const { file, service, format, at, recorded, durationMs, ended, bytes } = report;
  const what = format === 'monitor' ? 'command' : 'request';
  return [
    `${paint('bold', file)}  ${format}, ${service} at ${at}`,
    `  ${counted(recorded, what)} in ${formatDuration(durationMs)}, ${counted(bytes, 'byte')}; ended: ${ENDS[ended]}`,
    ...lines(report).map((line) => `  ${line}`),
    ...(recorded === 0
      ? []
      : [`Send it again: stackctl seed replay ${file}${format === 'monitor' ? '' : ` --service ${service}`}`]),
  ].join('\n');
}

const ENDS: Readonly<Record<RecordReport['ended'], string>> = {
  count: '--count',
  duration: '--duration',
  stopped: 'stopped',
  lost: 'what was recorded went away',
};

function lines(report: RecordReport): readonly string[] {
  const { withoutCredentials, bodiesNotRecorded, unanswered, outOfOrder, missed, unfinished, format } = report;
  const told: readonly (readonly [number, string])[] = [
    [
      withoutCredentials,
      format === 'monitor' ? 'left out: they hold a password' : 'without the credentials they came with',
    ],
    [bodiesNotRecorded, 'whose body is not recorded: too large, cut off, or not read'],
    [unanswered, 'that got no answer'],
    [outOfOrder, 'behind later ones, which did not wait for their answer'],
    [unfinished, 'left out: they were not answered when the recording ended'],
    [missed, 'left out: they came faster than they could be written'],
  ];
  return told.flatMap(([count, text]) => (count === 0 ? [] : [`${count} ${text}`]));
}
