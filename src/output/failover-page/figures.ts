import type { RunReport } from '../../failover/run-report.ts';
import { recoveryRows } from '../failover-recovery.ts';
import { faultSeenText, lostText, outageText } from '../failover-run.ts';
import type { Cell } from '../page/markup.ts';

/** The figures of a run, each with what it says. */
export function figures(run: RunReport): readonly (readonly Cell[])[] {
  const { timeline, thresholds } = run;
  const ms = (value: number | null): string => (value === null ? '–' : `${Math.round(value)} ms`);
  const seen = faultSeenText(run);
  return [
    ['fault', `${run.fault} at ${run.faultAt}${seen === undefined ? '' : `, ${seen}`}`],
    ['write outage', `${outageText(run)}; at most ${thresholds.maxOutageMs} ms allowed`],
    ['by the model', predictedText(run)],
    ['longest gap', ms(run.longestGapMs)],
    ['writes', `${run.acked} acked, ${run.failed} failed, ${run.unknown} unknown of ${run.sent} (${run.ratePerS}/s)`],
    ['lost', `${lostText(run)}; at most ${thresholds.maxLost} allowed`],
    [
      'phantom, duplicate, misclassified',
      [run.phantom, run.duplicates, run.misclassified].map((n) => n ?? '–').join(', '),
    ],
    [
      'master',
      `${run.oldMaster} → ${run.newMaster ?? 'not agreed'}, ${run.switches} ${run.switches === 1 ? 'change' : 'changes'}`,
    ],
    ['two masters', run.twoMastersMs === null ? '–' : `${ms(run.twoMastersMs)} ± ${run.twoMastersWithinMs} ms`],
    ...recoveryRows(run),
    ['detected', `${ms(timeline.detectedMs)} (configured: after ${run.detectionMs} ms)`],
    ['agreed, elected, promoted', [timeline.agreedMs, timeline.electedMs, timeline.promotedMs].map(ms).join(', ')],
    [`first ${run.arbiter} names the new master`, ms(timeline.switchedMs)],
    ['first write on a new master', ms(timeline.firstWriteMs)],
    [
      'errors',
      Object.entries(run.errors)
        .map(([error, count]) => `${error}: ${count}`)
        .join('; ') || 'none',
    ],
    ['every write', run.historyFile],
  ];
}

function predictedText({ predicted }: RunReport): string {
  if (predicted === null) return '–';
  const { lowMs, highMs, longer } = predicted;
  return [`${lowMs} to ${highMs} ms`, ...longer].join('; ');
}
