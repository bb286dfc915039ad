import type { DeclaredStatus } from '../migrate/declared.ts';
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
  return sections(all, ({ type, name, state, changes }) =>
    changes.map((change) => {
      const { step, allowed, remark } = change;
      if (!allowed) return `leave ${type} ${name}: ${changeText(change)}`;
      if (state === 'missing') return `make ${type} ${name} (${step})`;
      return `change ${type} ${name}: ${step}${remark === undefined ? '' : ` (${remark})`}`;
    }),
  );
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

function sections(all: readonly DeclaredStatus[], linesOf: (item: DeclaredItem) => readonly string[]): string {
  return all
    .map(({ service, items }) => {
      const lines = items.flatMap(linesOf);
      const shown = lines.length === 0 ? ['as declared'] : lines;
      return [paint('bold', service), ...shown.map((line) => `  ${line}`)].join('\n');
    })
    .join('\n');
}
