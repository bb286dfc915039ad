import type { SchemaDifference } from '../migrate/schema-diff.ts';
import type { ShadowReport } from '../migrate/shadow.ts';
import type { VerifyReport } from '../migrate/verify.ts';
import { paint } from './paint.ts';

/** What `migrate verify` has found, one section per service. */
export function verifyText(reports: readonly VerifyReport[]): string {
  if (reports.length === 0) return 'no migrations';
  return reports
    .map((report) => [paint('bold', report.service), ...linesOf(report).map(indented)].join('\n'))
    .join('\n');
}

function linesOf({ files, drifted, unsound, pending, checks, shadow }: VerifyReport): readonly string[] {
  const failed = checks.filter(({ reason }) => reason !== null);
  return [
    ...drifted.map(({ name, reason }) => `${bad('drifted')} ${name}: ${reason}`),
    ...unsound.map(({ name, reason }) => `${bad('not valid')} ${name}: ${reason}`),
    ...(drifted.length === 0 ? [`${good('checksums')} of ${counted(files, 'file')} as they were applied`] : []),
    ...(failed.length === 0 && checks.length > 0
      ? [`${good('checks')} ${counted(checks.length, 'statement')} ${checks.length === 1 ? 'holds' : 'hold'}`]
      : []),
    ...failed.map(
      ({ path, line, reason, statement }) => `${bad('check')} ${path}:${line}: ${reason}\n${indented(statement)}`,
    ),
    ...(pending.length === 0 ? [] : [`${paint('yellow', 'pending')} ${pending.join(', ')}`]),
    ...(shadow === null ? [] : shadowLines(shadow)),
  ];
}

function shadowLines({ applied, differences }: ShadowReport): readonly string[] {
  const what = `${counted(applied.length, 'file')} applied to an empty database`;
  if (differences.length === 0) return [`${good('schema')} the same as ${what}`];
  return [
    `${bad('schema')} not the same as ${what}: - is what the files make, + what is there`,
    ...differences.map(differenceText),
  ];
}

/** `missing index public.orders_at` and the lines that differ. */
function differenceText({ type, name, state, diff }: SchemaDifference): string {
  return `${paint('yellow', state)} ${type} ${name}\n${indented(diff)}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function good(text: string): string {
  return paint('green', text);
}

function bad(text: string): string {
  return paint('red', text);
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : `  ${line}`))
    .join('\n');
}
