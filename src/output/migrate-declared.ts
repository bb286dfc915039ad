import type { DeclaredStatus } from '../migrate/declared.ts';
import type { DeclaredOutlook } from '../migrate/outlook.ts';
import type { DeclaredChange, DeclaredItem } from '../stack/contract/declared.ts';
import type { Row } from './migrate-row.ts';
import { paint } from './paint.ts';

/** Rows of the table of `migrate status`, below those of the files. */
export function declaredRows({ service, items }: DeclaredStatus): readonly Row[] {
  return items.map(({ type, name, state, changes }) => ({
    service,
    name: `${type} ${name}`,
    ...STATES[state],
    at: '-',
    took: '-',
    why: state === 'drifted' ? changes.map(changeText).join('; ') : '',
  }));
}

const STATES = {
  inSync: { state: 'in sync', tone: 'green' },
  missing: { state: 'missing', tone: 'yellow' },
  drifted: { state: 'drifted', tone: 'red' },
} as const;

function changeText({ text, remark, fix }: DeclaredChange): string {
  return `${text}${remark === undefined ? '' : ` (${remark})`}: ${fix}`;
}

/** What `migrate up --dry-run` would do. */
export function declaredPlanText(all: readonly DeclaredStatus[]): string {
  return sections(all, planLines);
}

/** What `migrate up --dry-run=rollback` has had the server check. */
export function declaredRehearsalText(all: readonly DeclaredStatus[]): string {
  return sections(all, planLines, ['checked by the server, nothing was changed']);
}

function planLines({ type, name, state, changes }: DeclaredItem): readonly string[] {
  return changes.map((change) => {
    const { step, allowed, remark } = change;
    if (!allowed) return `leave ${type} ${name}: ${changeText(change)}`;
    if (state === 'missing') return `make ${type} ${name} (${step})`;
    return `change ${type} ${name}: ${step}${remark === undefined ? '' : ` (${remark})`}`;
  });
}

/** What `up --dry-run` says: `up` makes what is missing, and leaves what differs to `migrate up`. */
export function declaredOutlookText(outlooks: readonly DeclaredOutlook[]): string {
  return outlooks.flatMap(outlookLines).join('\n');
}

function outlookLines(outlook: DeclaredOutlook): readonly string[] {
  const { service } = outlook;
  if (!outlook.asked)
    return [`make in ${service} once it is ready: what is missing of ${outlook.names.join(', ')} (${outlook.reason})`];
  const lines = outlook.items.flatMap(({ type, name, state, changes }) =>
    changes.map((change) =>
      state === 'missing'
        ? `make in ${service}: ${type} ${name} (${change.step})`
        : `leave in ${service}: ${type} ${name}: ${changeText(change)}`,
    ),
  );
  return lines.length === 0 ? [`keep what is declared in ${service}: all of it is there`] : lines;
}

/** What `migrate up` has done. */
export function declaredReportText(all: readonly DeclaredStatus[]): string {
  return sections(all, ({ type, name, state, changes }) =>
    changes.map((change) => {
      const { step, allowed, remark } = change;
      if (!allowed) return `${paint('yellow', 'left')} ${type} ${name}: ${changeText(change)}`;
      if (state === 'missing') return `${paint('green', 'made')} ${type} ${name} (${step})`;
      return `${paint('green', 'changed')} ${type} ${name}: ${step}${remark === undefined ? '' : ` (${remark})`}`;
    }),
  );
}

/** @param end below the lines of a service with any. */
function sections(
  all: readonly DeclaredStatus[],
  linesOf: (item: DeclaredItem) => readonly string[],
  end: readonly string[] = [],
): string {
  return all
    .map(({ service, items }) => {
      const lines = items.flatMap(linesOf);
      const shown = lines.length === 0 ? ['as declared'] : [...lines, ...end];
      return [paint('bold', service), ...shown.map((line) => `  ${line}`)].join('\n');
    })
    .join('\n');
}
