import { formatDuration } from '../lib/duration.ts';
import type { PhaseReport, SmokeReport } from '../smoke/phases.ts';
import { paint } from './paint.ts';
import { table } from './table.ts';

/** What `smoke` prints: a line for each phase, why one did not pass, and one line with the verdict. */
export function smokeText(report: SmokeReport): string {
  const whys = report.phases.filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive').flatMap(whyText);
  return [table(COLUMNS, report.phases), ...(whys.length === 0 ? [] : [whys.join('\n')]), verdictLine(report)].join(
    '\n\n',
  );
}

const COLUMNS = [
  { title: 'phase', cell: ({ phase }: PhaseReport) => phase },
  { title: 'verdict', cell: ({ verdict }: PhaseReport) => paint(COLOURS[verdict], verdict) },
  { title: 'took', cell: ({ durationMs }: PhaseReport) => formatDuration(durationMs), align: 'right' },
  { title: 'seen', cell: phaseDetail },
] as const;

const COLOURS = { pass: 'green', fail: 'red', inconclusive: 'yellow', skipped: 'dim' } as const;

/** What was seen in it, or why nothing was. */
export function phaseDetail({ verdict, seen, reasons }: PhaseReport): string {
  return verdict === 'skipped' ? (reasons[0] ?? '') : seen;
}

function whyText({ phase, reasons }: PhaseReport): readonly string[] {
  return reasons.map((reason) => `${phase}: ${reason}`);
}

function verdictLine({ verdict, stack, durationMs, phases }: SmokeReport): string {
  const passed = phases.filter((phase) => phase.verdict === 'pass').length;
  const skipped = phases.filter((phase) => phase.verdict === 'skipped').length;
  const counts = `${passed} of ${phases.length} phases passed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
  const word = paint(COLOURS[verdict], verdict.toUpperCase());
  return `${word}  ${stack}: ${counts}, in ${formatDuration(durationMs)}`;
}
