/** A smoke check for those who look at it later: JUnit, a page, GitHub. Pure. */
import { defined } from '../lib/defined.ts';
import { formatDuration } from '../lib/duration.ts';
import type { PhaseReport, SmokeReport } from '../smoke/phases.ts';
import { type JunitCase, junitText } from './junit.ts';
import { documentOf, verdictMarkup } from './page/document.ts';
import { escaped, tableMarkup } from './page/markup.ts';
import { phaseTexts } from './smoke.ts';

export function smokeJunit({ stack, project, startedAt, durationMs, phases }: SmokeReport): string {
  const cases = phases.map((phase): JunitCase => {
    const problem = problemOf(phase);
    const output = phase.warnings?.join('\n');
    return { name: phase.phase, seconds: phase.durationMs / 1000, ...defined({ problem, output }) };
  });
  const properties = { project, durationMs };
  return junitText('stackctl smoke', [{ name: `smoke ${stack}`, timestamp: startedAt, properties, cases }]);
}

function problemOf({ verdict, reasons }: PhaseReport): JunitCase['problem'] {
  const message = reasons.join('\n');
  if (verdict === 'pass') return undefined;
  return { type: ({ fail: 'failure', inconclusive: 'error', skipped: 'skipped' } as const)[verdict], message };
}

export function smokePage(report: SmokeReport, madeBy: string): string {
  const { stack, verdict, startedAt, durationMs, phases } = report;
  const rows = phases.map((phase) => [
    ...[phase.phase, phase.verdict, formatDuration(phase.durationMs)],
    phaseTexts(phase).join(' · '),
  ]);
  return documentOf({
    title: `smoke ${stack}`,
    header: [
      `<h1>smoke ${escaped(stack)} ${verdictMarkup(verdict)}</h1>`,
      `<p>${escaped(startedAt)}, ${escaped(formatDuration(durationMs))}, ${escaped(madeBy)}</p>`,
    ],
    main: [tableMarkup(['phase', 'verdict', 'took', 'seen'], rows)],
  });
}

/** For the summary of a step: a table in Markdown. */
export function smokeMarkdown(report: SmokeReport): string {
  const rows = report.phases.map((phase) => {
    const cells = [phase.phase, phase.verdict, formatDuration(phase.durationMs), phaseTexts(phase).join('; ')];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
  });
  const title = `### stackctl smoke ${report.stack}: ${report.verdict}`;
  return [title, '', '| phase | verdict | took | seen |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/**
 * Commands to the runner of GitHub Actions, which shows them at the place that they name:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function smokeAnnotations({ phases }: Pick<SmokeReport, 'phases'>): readonly string[] {
  return phases.flatMap(({ phase, verdict, reasons, warnings = [] }) => {
    const title = `stackctl smoke: ${phase}`;
    const level = verdict === 'fail' ? 'error' : 'warning';
    const isBad = verdict === 'fail' || verdict === 'inconclusive';
    return [
      ...(isBad ? reasons : []).map((reason) => annotation(level, title, reason)),
      ...warnings.map((warning) => annotation('warning', title, warning)),
    ];
  });
}

const PLACE = /(?:^|\s)([^\s:]+\.(?:ya?ml|sql|conf|tmpl)):(\d+)(?::(\d+))?/;

/** @param text may name a file with its line. */
export function annotation(level: 'error' | 'warning', title: string, text: string): string {
  const [, file, line, column] = PLACE.exec(text) ?? [];
  const properties = {
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { col: column }),
    title,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  return `::${level} ${list.join(',')}::${data(text)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
