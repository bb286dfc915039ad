import type { LintReport } from '../migrate/report.ts';
import { paint } from './paint.ts';

/** One paragraph for each finding: where, which rule, what happens, what to write instead. */
export function lintText(reports: readonly LintReport[]): string {
  if (reports.length === 0) return 'no migrations';
  const found = reports.flatMap(({ findings }) =>
    findings.map(({ path, line, column, rule, level, message, instead }) =>
      [
        `${path}:${line}:${column} ${paint(level === 'error' ? 'red' : 'yellow', rule)}`,
        `  ${message}`,
        `  instead: ${instead}`,
      ].join('\n'),
    ),
  );
  const totals = reports.map(({ service, files, findings }) => {
    return `${service}: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in ${files} ${files === 1 ? 'file' : 'files'}`;
  });
  return [...found, totals.join('\n')].join('\n');
}
