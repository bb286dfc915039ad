import { counted } from '../lib/counted.ts';
import type { TrafficReport } from '../traffic/report.ts';

const SHOWN = 5;

/** Why events were not acknowledged, a line for each of the most frequent reasons. */
export function refusalLines({ refusals, sinks }: Pick<TrafficReport, 'refusals' | 'sinks'>): readonly string[] {
  const others = refusals.slice(SHOWN);
  return [
    ...refusals.slice(0, SHOWN).map(({ sink, outcome, reason, count }) => {
      return `${count} ${outcome}${sinks.length > 1 ? ` by ${sink}` : ''}: ${reason}`;
    }),
    ...(others.length === 0 ? [] : [moreText(others)]),
  ];
}

function moreText(others: TrafficReport['refusals']): string {
  const count = others.reduce((sum, one) => sum + one.count, 0);
  return `${count} for ${counted(others.length, 'other reason')}: all of them with --json`;
}
