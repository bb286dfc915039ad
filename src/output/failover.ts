import type { FailoverReport, RunReport } from '../failover/report.ts';
import { counted } from '../lib/counted.ts';
import { paint, type Tone } from './paint.ts';
import { padEnd, padStart, widthOf } from './width.ts';

/** What `failover-test` prints: per scenario a timeline and the figures, at the end one line with the verdict. */
export function failoverText({ verdict, runs }: FailoverReport): string {
  return [...runs.map(runText), verdictLine(verdict, runs)].join('\n\n');
}

const TONES: Readonly<Record<RunReport['verdict'], Tone>> = { pass: 'green', fail: 'red', inconclusive: 'yellow' };

function runText(run: RunReport): string {
  const title = `${paint('bold', run.scenario)}  ${run.oldMaster} -> ${run.newMaster ?? 'no agreed master'}`;
  return [title, timelineText(run), figuresText(run)].join('\n\n');
}

function timelineText({ timeline, oldMaster, newMaster, arbiter, detectionMs }: RunReport): string {
  const moments: readonly (readonly [number | null, string])[] = [
    [0, `fault at ${oldMaster}`],
    [timeline.detectedMs, `detected by the first ${arbiter} (configured: after ${detectionMs} ms)`],
    [timeline.agreedMs, 'agreed that the master is down'],
    [timeline.electedMs, 'leader elected'],
    [timeline.promotedMs, 'replica promoted'],
    [timeline.switchedMs, `first ${arbiter} names the new master`],
    [timeline.firstWriteMs, `first write acknowledged by ${newMaster ?? 'a new master'}`],
  ];
  const known = moments.flatMap(([at, what]) => (at === null ? [] : [[`${Math.round(at)} ms`, what] as const]));
  const width = Math.max(...known.map(([at]) => widthOf(at)));
  return known.map(([at, what]) => `  ${padStart(at, width)}  ${what}`).join('\n');
}

function figuresText(run: RunReport): string {
  const { thresholds } = run;
  const rows: readonly (readonly [string, string])[] = [
    ['write outage', `${outageText(run)}; at most ${thresholds.maxOutageMs} ms allowed`],
    ['longest gap', `${Math.round(run.longestGapMs)} ms between two acknowledged writes`],
    ['writes', `${run.sent} at ${rateText(run)}: ${run.acked} acked, ${run.failed} failed, ${unknownText(run)}`],
    ['lost', `${run.lost ?? 'not known: the final read failed'}; at most ${thresholds.maxLost} allowed`],
    ...run.lostRanges.map(({ from, to, node }) => ['', `${rangeText(from, to)}, acknowledged by ${node}`] as const),
    ...countRow('phantom', run.phantom),
    ...countRow('duplicates', run.duplicates),
    ...countRow('misclassified', run.misclassified),
    ['master changes', String(run.switches)],
    ['event loop lag', `${Math.round(run.eventLoopLagMaxMs)} ms at most, ${counted(run.late, 'write')} late`],
    ['every write', run.historyFile],
  ];
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  return rows.map(([name, value]) => `  ${padEnd(name, width)}  ${value}`).join('\n');
}

function outageText({ outageMs, resolutionMs }: RunReport): string {
  if (outageMs === null) return 'not over: no write was acknowledged by a new master';
  return `${Math.round(outageMs)} ms ± ${Math.ceil(resolutionMs)} ms`;
}

function rateText({ sentRatePerS, ratePerS }: RunReport): string {
  return sentRatePerS === null ? `${ratePerS}/s asked for` : `${sentRatePerS}/s (${ratePerS}/s asked for)`;
}

function unknownText({ unknown, recovered }: RunReport): string {
  return recovered === null || unknown === 0 ? `${unknown} unknown` : `${unknown} unknown (${recovered} applied)`;
}

function rangeText(from: number, to: number): string {
  return from === to ? `value ${from}` : `values ${from} to ${to} (${to - from + 1})`;
}

/** These are only worth a line when something is wrong. */
function countRow(name: string, count: number | null): readonly (readonly [string, string])[] {
  return count === null || count === 0 ? [] : [[name, String(count)]];
}

function verdictLine(verdict: RunReport['verdict'], runs: readonly RunReport[]): string {
  const said = runs.length === 1 ? (runs[0]?.reasons ?? []) : runs.map(briefly);
  const word = paint(TONES[verdict], verdict.toUpperCase());
  return said.length === 0 ? `VERDICT ${word}` : `VERDICT ${word}: ${said.join('; ')}`;
}

function briefly({ scenario, verdict, reasons }: RunReport): string {
  return reasons.length === 0 ? `${scenario} ${verdict}` : `${scenario} ${verdict} (${reasons.join('; ')})`;
}
