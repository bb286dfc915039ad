import type { HandOverReport } from '../failover/hand-over.ts';
import type { HandOverFigures } from '../failover/hand-over-figures.ts';
import { paint } from './paint.ts';
import { padEnd, widthOf } from './width.ts';

type Row = readonly [name: string, value: string];

/** What `failover` prints. */
export function handOverText({ mode, from, primary, resyncs, figures }: HandOverReport): string {
  const title = `${paint('bold', mode)}  ${from} -> ${primary.instance}, epoch ${primary.epoch}`;
  const replicas: readonly Row[] =
    resyncs === undefined
      ? []
      : [['replicas', `${resyncs.partial} got what they had missed, ${resyncs.full} a full copy`]];
  const rows = figures === null ? [['measured', 'nothing (--no-measure)'] as const] : figureRows(figures);
  return [title, '', ...lines([...rows, ...replicas])].join('\n');
}

/** A text, and below it what the change has cost a client that writes meanwhile. */
export function withFigures(text: string, figures: HandOverFigures | null): string {
  return figures === null ? text : `${text}\n\n${lines(figureRows(figures)).join('\n')}`;
}

function figureRows({ gapMs, resolutionMs, lost, lostRanges, ...writes }: HandOverFigures): readonly Row[] {
  const outcomes = `${writes.acked} acked, ${writes.failed} failed, ${writes.unknown} unknown`;
  const wrong = { phantom: writes.phantom, duplicates: writes.duplicates, misclassified: writes.misclassified };
  return [
    ['write gap', `${Math.round(gapMs)} ms ± ${Math.ceil(resolutionMs)} ms between two acknowledged writes at worst`],
    ['writes', `${writes.sent} at ${writes.ratePerS}/s: ${outcomes}`],
    ['lost', String(lost)],
    ...lostRanges.map(({ from, to, node }): Row => ['', `values ${from} to ${to}, acknowledged by ${node}`]),
    ...Object.entries(wrong).flatMap(([name, count]): readonly Row[] => (count === 0 ? [] : [[name, String(count)]])),
  ];
}

function lines(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  return rows.map(([name, value]) => `  ${padEnd(name, width)}  ${value}`);
}
