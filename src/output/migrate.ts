import { byNumber } from '../lib/by-number.ts';
import { formatDuration } from '../lib/duration.ts';
import type { DeclaredStatus } from '../migrate/declared.ts';
import type { Unanswered } from '../migrate/in-order.ts';
import type { MigrateOutlook, MigratePlan, MigrateReport, MigrateStatus, RehearsalReport } from '../migrate/report.ts';
import type { Shown } from '../migrate/status.ts';
import { declaredRows } from './migrate-declared.ts';
import type { Row } from './migrate-row.ts';
import { paint } from './paint.ts';
import { table } from './table.ts';

/** What `migrate up` has done, one section per service. */
export function migrateReportText(reports: readonly MigrateReport[]): string {
  return sections(reports, ({ applied, unavailable }) => [
    ...applied.map(({ name, durationMs }) => `${paint('green', 'applied')} ${name} in ${formatDuration(durationMs)}`),
    ...unavailable.map(({ name, reason }) => `${paint('yellow', 'left out')} ${name}: ${reason}`),
    ...(applied.length === 0 ? [unavailable.length === 0 ? 'up to date' : 'nothing else is pending'] : []),
  ]);
}

/** What `migrate up --dry-run` would do. */
export function migratePlanText(plans: readonly MigratePlan[]): string {
  const words = {
    apply: 'apply',
    applyElse: 'apply the else part of',
    leaveOut: 'leave out',
    refuse: 'refuse',
  } as const;
  return sections(plans, ({ steps }) => {
    const lines = steps.flatMap(({ name, action, reason, transactional, statements }) => {
      const how = transactional ? 'in one transaction' : 'without a transaction';
      const isRun = action === 'apply' || action === 'applyElse';
      const head = isRun ? `${name} (${reason}, ${how})` : `${name}: ${reason}`;
      const shown = isRun ? statements.map((text) => indented(`${text};`)) : [];
      return [`${words[action]} ${head}`, ...shown];
    });
    return lines.length === 0 ? ['nothing to do'] : lines;
  });
}

/** What `migrate up --dry-run=rollback` has tried. */
export function rehearsalText(reports: readonly RehearsalReport[]): string {
  return sections(reports, ({ rehearsed, unavailable, left, durationMs }) => [
    ...rehearsed.map((name) => `${paint('green', 'ran')} ${name}`),
    ...(rehearsed.length === 0 ? [] : [`all of it rolled back, in ${formatDuration(durationMs)}`]),
    ...unavailable.map(({ name, reason }) => `${paint('yellow', 'left out')} ${name}: ${reason}`),
    ...left.map((name) => `${paint('yellow', 'not tried')} ${name}`),
    ...(left.length === 0
      ? []
      : [`${left[0]} runs without a transaction: it and what follows it cannot be rolled back`]),
    ...(rehearsed.length + left.length === 0 ? ['nothing is pending'] : []),
  ]);
}

/** The services that were not come to, because one before them failed. */
export function notTriedText(services: readonly string[]): string {
  if (services.length === 0) return '';
  return `${paint('yellow', 'not tried')}: ${services.join(', ')} (the run ends with the first service that fails)`;
}

/** The services of which nothing is known. */
export function unansweredText(services: readonly Unanswered[]): string {
  return services.map(({ service, message }) => `${paint('red', service)}: ${message}`).join('\n');
}

/** What `up --dry-run` says of the schemas, below the instances: one line for each thing that would be done. */
export function migrateOutlookText(outlooks: readonly MigrateOutlook[]): string {
  return outlooks.flatMap(outlookLines).join('\n');
}

function outlookLines(outlook: MigrateOutlook): readonly string[] {
  const { service } = outlook;
  if (!outlook.asked) {
    const { reason, files } = outlook;
    if (files.length === 0) return [];
    return [`migrate ${service} once it is ready: what is not applied yet of ${files.join(', ')} (${reason})`];
  }
  if (outlook.drifted.length > 0) return outlook.drifted.map(({ reason }) => `refuse to migrate ${service}: ${reason}`);
  const verbs = {
    apply: 'migrate',
    applyElse: 'migrate without what is missing',
    leaveOut: 'leave out of',
    refuse: 'refuse to migrate',
  } as const;
  const lines = outlook.steps.map(({ name, action, reason }) => `${verbs[action]} ${service}: ${name} (${reason})`);
  return lines.length === 0 ? [`keep the schema of ${service}: nothing is pending`] : lines;
}

/** The most applied files that are all shown, and how many of the newest are shown of more than that. */
export const SHOWN: Shown = { most: 40, newest: 20 };

/** The table of `migrate status`, and below it why something is not as it should be. Of many applied files the newest. */
export function migrateStatusText(
  all: readonly MigrateStatus[],
  declared: readonly DeclaredStatus[] = [],
  most = SHOWN.most,
): string {
  const services = all.map((one) => (one.applied.length > most ? newestOf(one) : one));
  const rows = [...services.flatMap(rowsOf), ...declared.flatMap(declaredRows)];
  if (rows.length === 0) return 'no migrations';
  const columns = [
    { title: 'service', cell: ({ service }: Row) => service },
    { title: 'migration', cell: ({ name }: Row) => name },
    { title: 'state', cell: ({ state, tone }: Row) => paint(tone, state) },
    { title: 'applied at', cell: ({ at }: Row) => at },
    { title: 'took', cell: ({ took }: Row) => took, align: 'right' as const },
  ];
  const reasons = [
    ...rows.flatMap(({ name, why, tone }) => (why === '' ? [] : [`${paint(tone, name)}: ${why}`])),
    ...services.flatMap(({ unsound }) => unsound.map(unsoundText)),
    ...services.flatMap(({ service, olderApplied = 0 }) =>
      olderApplied > 0 ? [`${service}: ${olderApplied} older files are applied too (--all)`] : [],
    ),
  ];
  return [table(columns, rows), ...(reasons.length === 0 ? [] : [reasons.join('\n')])].join('\n\n');
}

function newestOf(status: MigrateStatus): MigrateStatus {
  const applied = status.applied.slice(-SHOWN.newest);
  return { ...status, applied, olderApplied: status.applied.length - applied.length };
}

function unsoundText({ name, reason, fix }: MigrateStatus['unsound'][number]): string {
  return `${paint('red', name)} ${reason}${fix === null ? '' : `: ${fix}`}`;
}

/** By name, which begins with the version: the order in which they run. A drifted one is not shown as applied too. */
function rowsOf({ service, applied, pending, invalid, unavailable, drifted }: MigrateStatus): readonly Row[] {
  const bad = new Set(drifted.map(({ name }) => name));
  const none = { service, at: '-', took: '-', why: '' };
  const rows: readonly Row[] = [
    ...applied.map(({ name, state, appliedAt, durationMs }) => {
      return {
        ...none,
        name,
        state,
        tone: 'green',
        at: appliedAt,
        took: formatDuration(durationMs),
      } as const;
    }),
    ...pending.map(({ name, reason, next }) => {
      const state = next === null ? `pending (${reason})` : 'taken back in part';
      const why = next === null ? '' : `${reason}. ${next}`;
      return { ...none, name, state, tone: 'yellow', why } as const;
    }),
  ];
  return [
    ...rows.filter(({ name }) => !bad.has(name)),
    ...unavailable.map(({ name, reason }) => {
      return { ...none, name, state: 'not available', tone: 'yellow', why: reason } as const;
    }),
    ...invalid.map(({ name, problems }) => {
      return { ...none, name, state: 'pending (wrong)', tone: 'red', why: problems.join('; ') } as const;
    }),
    ...drifted.map(({ name, reason }) => ({ ...none, name, state: 'drifted', tone: 'red', why: reason }) as const),
  ].toSorted((a, b) => byNumber(a.name, b.name));
}

function sections<T extends { readonly service: string }>(
  all: readonly T[],
  linesOf: (one: T) => readonly string[],
): string {
  if (all.length === 0) return 'no migrations';
  return all.map((one) => [paint('bold', one.service), ...linesOf(one).map(indented)].join('\n')).join('\n');
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
