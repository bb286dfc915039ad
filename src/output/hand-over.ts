import type { HandOverReport } from '../failover/hand-over.ts';
import { paint } from './paint.ts';
import { padEnd, widthOf } from './width.ts';

/** What `failover` prints. */
export function handOverText({ mode, from, primary, resyncs, figures }: HandOverReport): string {
  const rows: readonly (readonly [string, string])[] = [
    ...(figures === null
      ? [['measured', 'nothing (--no-measure)'] as const]
      : [
          [
            'write gap',
            `${Math.round(figures.gapMs)} ms at most between two acknowledged writes (resolution ${Math.ceil(figures.resolutionMs)} ms)`,
          ] as const,
          [
            'writes',
            `${figures.sent} at ${figures.ratePerS}/s: ${figures.acked} acked, ${figures.failed} failed, ${figures.unknown} unknown`,
          ] as const,
          ['lost', String(figures.lost)] as const,
          ...figures.lostRanges.map(
            (range) => ['', `values ${range.from} to ${range.to}, acknowledged by ${range.node}`] as const,
          ),
        ]),
    ...(resyncs === undefined
      ? []
      : [['replicas', `${resyncs.partial} got what they had missed, ${resyncs.full} a full copy`] as const]),
  ];
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  const title = `${paint('bold', mode)}  ${from} -> ${primary.instance}, epoch ${primary.epoch}`;
  return [title, '', ...rows.map(([name, value]) => `  ${padEnd(name, width)}  ${value}`)].join('\n');
}
