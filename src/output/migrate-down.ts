import { formatDuration } from '../lib/duration.ts';
import type { BaselineReport, RevertPlan, RevertReport } from '../migrate/report.ts';
import { paint } from './paint.ts';

/** What `migrate down --dry-run` would do. */
export function revertPlanText({ service, steps }: RevertPlan): string {
  if (steps.length === 0) return `${service}: nothing to take back`;
  const lines = steps.flatMap(({ name, reason, transactional, statements }) => [
    `  ${reason === null ? 'take back' : 'go on taking back'} ${name} (${[...(reason === null ? [] : [reason]), transactional ? 'in one transaction' : 'without a transaction'].join(', ')})`,
    ...statements.map((text) => `${text};`.replace(/^/gm, '    ')),
  ]);
  return [paint('bold', service), ...lines].join('\n');
}

/** For a confirmation: what goes is named. */
export function revertQuestion({ service, steps }: RevertPlan): string {
  const names = steps.map(({ name }) => name).join(', ');
  return `Take back ${names} of ${service}? What ${steps.length === 1 ? 'its' : 'their'} down part drops is gone.`;
}

export function revertReportText({ service, reverted }: RevertReport): string {
  const lines = reverted.map(
    ({ name, durationMs }) => `  ${paint('green', 'took back')} ${name} in ${formatDuration(durationMs)}`,
  );
  const next = 'stackctl migrate up applies it again, and so does stackctl up without --no-migrate';
  return [paint('bold', service), ...lines, next].join('\n');
}

export function baselineText({ service, baselined }: BaselineReport): string {
  if (baselined.length === 0) return `${service}: all of it is in the ledger already`;
  const lines = baselined.map((name) => `  ${paint('green', 'baselined')} ${name}`);
  return [paint('bold', service), ...lines].join('\n');
}
