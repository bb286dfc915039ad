import type { FailoverReport } from '../failover/failover-test.ts';
import type { RunReport } from '../failover/report.ts';
import type { Interval } from '../failover/statistics.ts';
import type { OutageSummary, ScenarioSummary } from '../failover/summary.ts';
import { counted } from '../lib/counted.ts';
import { paint, type Tone } from './paint.ts';
import { padEnd, padStart, widthOf } from './width.ts';

/**
 * What `failover-test` prints: per scenario a timeline and the figures, at the end one line with the verdict. Of repeated
 * scenarios a line for each run, the whole of those that did not pass, and what all show together.
 */
export function failoverText({ verdict, runs, summaries }: FailoverReport): string {
  if (summaries === undefined) return [...runs.map((run) => runText(run)), verdictLine(verdict, runs)].join('\n\n');
  const names = runNames(runs);
  const unusual = runs.flatMap((run, index) => (run.verdict === 'pass' ? [] : [runText(run, names[index])]));
  return [runLines(runs, names), ...unusual, ...summaries.map(summaryText), verdictOfAll(verdict, summaries)].join(
    '\n\n',
  );
}

/** With its number where the scenario runs more than once. */
export function runNames(runs: readonly Pick<RunReport, 'scenario'>[]): readonly string[] {
  const seen = new Map<string, number>();
  const numbers = runs.map(({ scenario }) => {
    const number = (seen.get(scenario) ?? 0) + 1;
    seen.set(scenario, number);
    return number;
  });
  return runs.map(({ scenario }, index) => (seen.get(scenario) === 1 ? scenario : `${scenario} ${numbers[index]}`));
}

const TONES: Readonly<Record<RunReport['verdict'], Tone>> = { pass: 'green', fail: 'red', inconclusive: 'yellow' };

function runText(run: RunReport, name = run.scenario): string {
  const title = `${paint('bold', name)}  ${run.oldMaster} -> ${run.newMaster ?? 'no agreed master'}`;
  return [title, timelineText(run), figuresText(run)].join('\n\n');
}

function runLines(runs: readonly RunReport[], names: readonly string[]): string {
  const rows = runs.map((run, index) => [
    names[index] ?? '',
    paint(TONES[run.verdict], run.verdict),
    outageText(run),
    run.lost === null ? 'losses not known' : `${run.lost} of ${run.acked} lost`,
  ]);
  return columns(rows);
}

/** The last column has no end of its own. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : padEnd(cell, widths[column] ?? 0))).join('  ');
  return rows.map((row) => `  ${line(row)}`).join('\n');
}

function summaryText(summary: ScenarioSummary): string {
  const { scenario, runs, verdicts, passShare, outage } = summary;
  const said = [
    `${counted(runs, 'run')}: ${verdicts.pass} passed, ${verdicts.fail} failed, ${verdicts.inconclusive} inconclusive`,
    ...(passShare === null ? [] : [`it passes ${shareText(passShare)} of the time`]),
  ];
  const rows = [
    ['verdicts', said.join('; ')],
    ['write outage', outage === null ? 'in no run over' : outageSummaryText(outage)],
    ['lost', lossText(summary)],
  ];
  return `${paint('bold', scenario)}, with 95 % confidence\n\n${columns(rows)}`;
}

function outageSummaryText({ medianMs, medianIntervalMs, p95Ms, maxMs, resolutionMs }: OutageSummary): string {
  const ms = (value: number): string => `${Math.round(value)} ms`;
  const interval =
    medianIntervalMs === null
      ? 'an interval takes 6 runs'
      : `between ${ms(medianIntervalMs.low)} and ${ms(medianIntervalMs.high)}`;
  return `median ${ms(medianMs)} (${interval}), p95 ${ms(p95Ms)}, max ${ms(maxMs)}; each ± ${Math.ceil(resolutionMs)} ms at most`;
}

function lossText({ lost, acked, runs, readRuns, runsWithLoss, lossShare }: ScenarioSummary): string {
  if (lossShare === null) return 'not known: every final read failed';
  const read = readRuns === runs ? '' : ` (the final read of ${runs - readRuns} failed)`;
  const often =
    runsWithLoss === 0
      ? `in fewer than ${percent(lossShare.high)} of all runs (rule of three: about 3 in ${readRuns})`
      : `in ${shareText(lossShare)} of all runs`;
  return `${lost} of ${acked} acknowledged writes, in ${runsWithLoss} of ${counted(readRuns, 'run')}${read}: ${often}`;
}

function shareText({ low, high }: Interval): string {
  return `${percent(low)} to ${percent(high)}`;
}

/** To a tenth below ten: one in a thousand is not none. */
function percent(share: number): string {
  const value = share * 100;
  return `${value < 10 || value > 90 ? Math.round(value * 10) / 10 : Math.round(value)} %`;
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

function verdictOfAll(verdict: RunReport['verdict'], summaries: readonly ScenarioSummary[]): string {
  const each = summaries.map(({ scenario, runs, verdicts }) => `${scenario} ${verdicts.pass} of ${runs} passed`);
  return `VERDICT ${paint(TONES[verdict], verdict.toUpperCase())}: ${each.join('; ')}`;
}

function briefly({ scenario, verdict, reasons }: RunReport): string {
  return reasons.length === 0 ? `${scenario} ${verdict}` : `${scenario} ${verdict} (${reasons.join('; ')})`;
}
