import { formatDuration } from '../lib/duration.ts';
import type { PhaseReport, SmokeReport } from '../smoke/phases.ts';
import { paint } from './paint.ts';
import { table } from './table.ts';

/** What `smoke` prints: a line for each phase, why one did not pass, and one line with the verdict. */
export function smokeText(report: SmokeReport): string {
  const whys = report.phases.flatMap((phase) => [...whyText(phase), ...warningText(phase)]);
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

/** What was seen in it, why it is no pass, and its warnings. */
export function phaseTexts(phase: PhaseReport): readonly string[] {
  const reasons = phase.verdict === 'skipped' ? [] : phase.reasons;
  return [phaseDetail(phase), ...reasons, ...(phase.warnings ?? [])].filter((text) => text !== '');
}

/** What was seen in it, or why nothing was. */
export function phaseDetail({ verdict, seen, reasons }: PhaseReport): string {
  return verdict === 'skipped' ? (reasons[0] ?? '') : seen;
}

function whyText({ phase, verdict, reasons }: PhaseReport): readonly string[] {
  return verdict === 'skipped' ? [] : reasons.map((reason) => `${phase}: ${reason}`);
}

function warningText({ phase, warnings = [] }: PhaseReport): readonly string[] {
  return warnings.map((warning) => `${paint('yellow', 'warning')} ${phase}: ${warning}`);
}

function verdictLine({ verdict, stack, durationMs, phases }: SmokeReport): string {
  const passed = phases.filter((phase) => phase.verdict === 'pass').length;
  const skipped = phases.filter((phase) => phase.verdict === 'skipped').length;
  const counts = `${passed} of ${phases.length} phases passed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
  const word = paint(COLOURS[verdict], verdict.toUpperCase());
  return `${word}  ${stack}: ${counts}, in ${formatDuration(durationMs)}`;
}
