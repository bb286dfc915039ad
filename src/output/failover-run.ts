import type { ReportedRange } from '../failover/lost-ranges.ts';
import type { RunReport } from '../failover/run-report.ts';
import { counted } from '../lib/counted.ts';
import { type ClientTable, clientTable } from './failover-clients.ts';
import { recoveryRows } from './failover-recovery.ts';
import { paint, type Tone } from './paint.ts';
import { table } from './table.ts';
import { padEnd, padStart, widthOf } from './width.ts';

export const TONES: Readonly<Record<RunReport['verdict'], Tone>> = {
  pass: 'green',
  fail: 'red',
  inconclusive: 'yellow',
};

/** One run whole: its timeline and its figures. */
export function runText(run: RunReport, name = run.scenario): string {
  const title = `${paint('bold', name)}  ${run.oldMaster} -> ${run.newMaster ?? 'no agreed master'}`;
  const beside = run.clients === undefined ? [] : [clientsText(clientTable(run))];
  return [title, timelineText(run), figuresText(run), ...beside].join('\n\n');
}

function clientsText({ heads, rows }: ClientTable): string {
  const columns = heads.map((title, index) => ({
    title,
    cell: (row: readonly string[]) => row[index] ?? '',
    ...(index > 0 && { align: 'right' as const }),
  }));
  return table(columns, rows).replace(/^/gm, '  ');
}

function timelineText({ timeline, newMaster, switches, arbiter, detectionMs, ...run }: RunReport): string {
  const moments: readonly (readonly [number | null, string])[] = [
    [0, faultText(run)],
    [timeline.detectedMs, `detected by the first ${arbiter} (configured: after ${detectionMs} ms)`],
    [timeline.agreedMs, 'agreed that the master is down'],
    [timeline.electedMs, 'leader elected'],
    [timeline.promotedMs, 'replica promoted'],
    [timeline.switchedMs, `first ${arbiter} names the new master`],
    [
      timeline.firstWriteMs,
      `first write acknowledged by ${switches === 1 ? (newMaster ?? 'a new master') : 'a new master'}`,
    ],
  ];
  const known = moments.flatMap(([at, what]) => (at === null ? [] : [[`${Math.round(at)} ms`, what] as const]));
  const width = Math.max(...known.map(([at]) => widthOf(at)));
  return known.map(([at, what]) => `  ${padStart(at, width)}  ${what}`).join('\n');
}

type Fault = Pick<RunReport, 'faultSeenBy' | 'faultWithinMs' | 'faultEffectMs'>;

/** Who has seen that the fault took effect; undefined when nobody has. */
export function faultSeenText({ faultSeenBy, faultWithinMs, faultEffectMs }: Fault): string | undefined {
  if (faultSeenBy === null) return undefined;
  const when = faultEffectMs === null ? '' : ` after ${faultEffectMs} ms`;
  return `seen by ${faultSeenBy}${when}, to within ${faultWithinMs} ms`;
}

function faultText(run: Fault & Pick<RunReport, 'fault'>): string {
  const seen = faultSeenText(run);
  return seen === undefined ? run.fault : `${run.fault} (${seen})`;
}

function figuresText(run: RunReport): string {
  const { thresholds } = run;
  const rows: readonly (readonly [string, string])[] = [
    ['write outage', `${outageText(run)}; at most ${thresholds.maxOutageMs} ms allowed`],
    ...predictedRows(run),
    ['longest gap', `${Math.round(run.longestGapMs)} ms between two acknowledged writes`],
    ['writes', `${run.sent} at ${rateText(run)}: ${run.acked} acked, ${run.failed} failed, ${unknownText(run)}`],
    ['lost', `${lostText(run)}; at most ${thresholds.maxLost} allowed`],
    ...run.lostRanges.map((range) => ['', rangeText(range)] as const),
    ...(run.remedies ?? []).map((remedy) => ['', remedy] as const),
    ...countRow('phantom', run.phantom),
    ...countRow('duplicates', run.duplicates),
    ...countRow('misclassified', run.misclassified),
    ['master changes', String(run.switches)],
    ...behindRows(run),
    ...twoMastersRow(run),
    ...recoveryRows(run),
    ['event loop lag', `${Math.round(run.eventLoopLagMaxMs)} ms at most, ${counted(run.late, 'write')} late`],
    ['every write', run.historyFile],
  ];
  const width = Math.max(...rows.map(([name]) => widthOf(name)));
  return rows.map(([name, value]) => `  ${padEnd(name, width)}  ${value}`).join('\n');
}

export function outageText({ outageMs, resolutionMs }: RunReport): string {
  if (outageMs === null) return 'not over: no write was acknowledged in the end';
  return `${Math.round(outageMs)} ms ± ${Math.ceil(resolutionMs)} ms`;
}

/** What the model says, and which part took longer than it says. */
function predictedRows({ predicted }: RunReport): readonly (readonly [string, string])[] {
  if (predicted === null) return [];
  const { lowMs, highMs, longer } = predicted;
  return [['by the model', `${lowMs} to ${highMs} ms`], ...longer.map((part) => ['', `longer: ${part}`] as const)];
}

/** What a fault loses by its nature does not count against the limit. */
export function lostText({ lost, lostUnexplained }: RunReport): string {
  if (lost === null || lostUnexplained === null) return 'not known: the final read failed';
  return lostUnexplained === lost ? String(lost) : `${lost}, ${lostUnexplained} beyond what the fault explains`;
}

function rateText({ sentRatePerS, ratePerS }: RunReport): string {
  return sentRatePerS === null ? `${ratePerS}/s asked for` : `${sentRatePerS}/s (${ratePerS}/s asked for)`;
}

function unknownText({ unknown, recovered }: RunReport): string {
  return recovered === null || unknown === 0 ? `${unknown} unknown` : `${unknown} unknown (${recovered} applied)`;
}

/** Which other replica had more when one was promoted. */
function behindRows({ promoted = [] }: RunReport): readonly (readonly [string, string])[] {
  return promoted.flatMap(({ node, behind }) =>
    behind === null ? [] : [['promoted', `${node}, ${behind.bytes} bytes behind ${behind.node}`] as const],
  );
}

function twoMastersRow({ twoMastersMs, twoMastersWithinMs }: RunReport): readonly (readonly [string, string])[] {
  if (twoMastersMs === null || twoMastersMs === 0) return [];
  return [['two masters', `for ${Math.round(twoMastersMs)} ms ± ${twoMastersWithinMs} ms`]];
}

function rangeText({ from, to, node, firstMs, lastMs, phase }: ReportedRange): string {
  const values = from === to ? `value ${from}` : `values ${from} to ${to} (${to - from + 1})`;
  const times = from === to ? Math.round(firstMs) : `${Math.round(firstMs)} to ${Math.round(lastMs)}`;
  return `${values}, acknowledged by ${node} ${times} ms after the fault, ${phase}`;
}

/** These are only worth a line when something is wrong. */
function countRow(name: string, count: number | null): readonly (readonly [string, string])[] {
  return count === null || count === 0 ? [] : [[name, String(count)]];
}
