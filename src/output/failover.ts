import type { ListedScenario, Refused } from '../failover/choose.ts';
import type { FailoverReport } from '../failover/failover-test.ts';
import type { RunReport } from '../failover/run-report.ts';
import type { Interval } from '../failover/statistics.ts';
import type { ClientSummary, OutageSummary, ScenarioSummary } from '../failover/summary.ts';
import { counted } from '../lib/counted.ts';
import { outageText, runText, TONES } from './failover-run.ts';
import { paint } from './paint.ts';
import { padEnd, widthOf } from './width.ts';

/** More runs than this are shown by a line each, and whole only where they did not pass. */
const SHOWN_WHOLE = 4;

/**
 * What `failover-test` prints: per scenario a timeline and the figures, at the end one line with the verdict. Of many, or of
 * repeated scenarios, a line for each run, the whole of those that did not pass, and what the repeated ones show together.
 */
export function failoverText(report: FailoverReport): string {
  if (report.isSelfTest === true) return selfTestText(report);
  const { verdict, runs, summaries, baseline, refused = [], unfinished = [], seed } = report;
  const names = runNames(runs);
  const isWhole = summaries === undefined && runs.length <= SHOWN_WHOLE;
  const shown = runs.flatMap((run, index) => (isWhole || run.verdict !== 'pass' ? [runText(run, names[index])] : []));
  return [
    ...(isWhole ? [] : [runLines(runs, names)]),
    ...shown,
    ...(summaries ?? []).map(summaryText),
    ...(baseline === undefined ? [] : [baselineLines(baseline)]),
    ...(unfinished.length === 0 ? [] : [`Not carried through:\n\n${reasonLines(unfinished)}`]),
    ...(refused.length === 0 ? [] : [refusedLines(refused)]),
    ...(seed === undefined || isWhole ? [] : [`The same moments and choices again: --seed ${seed}`]),
    verdictText(verdict, isWhole ? saidOfEach(runs) : saidOfMany(runs, summaries), { refused, unfinished }),
  ].join('\n\n');
}

/** Each known-bad set-up with what the test found. */
function selfTestText({ verdict, runs, refused = [], unfinished = [] }: FailoverReport): string {
  const names = runNames(runs);
  const rows = runs.map((run, index) => [
    names[index] ?? '',
    run.verdict === 'fail' ? paint('green', 'found') : paint('red', `not found: ${run.verdict}`),
    run.reasons.join('; '),
  ]);
  const found = runs.filter((run) => run.verdict === 'fail').length;
  return [
    columns(rows),
    ...(unfinished.length === 0 ? [] : [`Not carried through:\n\n${reasonLines(unfinished)}`]),
    ...(refused.length === 0 ? [] : [refusedLines(refused)]),
    verdictText(verdict, [`${found} of ${counted(runs.length, 'known-bad set-up')} found`], { refused, unfinished }),
  ].join('\n\n');
}

function baselineLines({ worse, notCompared }: NonNullable<FailoverReport['baseline']>): string {
  const said = [...worse, ...notCompared];
  if (said.length === 0) return 'Nothing is worse than in the baseline, beyond what chance explains.';
  return `Beside the baseline:\n\n${columns(said.map((text) => [text]))}`;
}

function refusedLines(refused: readonly Refused[]): string {
  return `Not tried here:\n\n${reasonLines(refused)}`;
}

function reasonLines(left: readonly Refused[]): string {
  return columns(left.map(({ scenario, reason }) => [scenario, reason]));
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
    ['lost', lossText({ ...summary, runs })],
    ...(summary.clients ?? []).flatMap((client) => [
      [client.name, client.outage === null ? 'in no run over' : outageSummaryText(client.outage)],
      ['', lossText({ ...client, runs })],
    ]),
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

function lossText({
  lost,
  acked,
  runs,
  readRuns,
  runsWithLoss,
  lossShare,
}: Omit<ClientSummary, 'name' | 'outage'> & { readonly runs: number }): string {
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

function verdictText(
  verdict: RunReport['verdict'],
  ofRuns: readonly string[],
  { refused, unfinished }: Readonly<Record<'refused' | 'unfinished', readonly Refused[]>>,
): string {
  const word = paint(TONES[verdict], verdict.toUpperCase());
  const counts = Object.entries({ refused, unfinished }).filter(([, left]) => left.length > 0);
  const said = [...ofRuns, ...counts.map(([what, left]) => `${left.length} ${what}`)];
  return said.length === 0 ? `VERDICT ${word}` : `VERDICT ${word}: ${said.join('; ')}`;
}

function saidOfEach(runs: readonly RunReport[]): readonly string[] {
  return runs.length === 1 ? (runs[0]?.reasons ?? []) : runs.map(briefly);
}

function saidOfMany(runs: readonly RunReport[], summaries: readonly ScenarioSummary[] | undefined): readonly string[] {
  if (summaries !== undefined) {
    return summaries.map((summary) => `${summary.scenario} ${summary.verdicts.pass} of ${summary.runs} passed`);
  }
  const count = (wanted: RunReport['verdict']): number => runs.filter(({ verdict }) => verdict === wanted).length;
  return [`${count('pass')} passed, ${count('fail')} failed, ${count('inconclusive')} inconclusive`];
}

function briefly({ scenario, verdict, reasons }: RunReport): string {
  return reasons.length === 0 ? `${scenario} ${verdict}` : `${scenario} ${verdict} (${reasons.join('; ')})`;
}

/** What `failover-test --list` prints: `*` for those of the short check. */
export function scenariosText(scenarios: readonly ListedScenario[]): string {
  const rows = scenarios.map(({ name, summary, sets, refusal }) => [
    sets.includes('quick') ? '*' : ' ',
    name,
    refusal === null ? summary : `${paint('yellow', 'refused')}: ${refusal}`,
  ]);
  const alone = scenarios.filter(({ sets }) => sets.includes('known-bad')).map(({ name }) => name);
  const but = alone.length === 0 ? '' : ` but ${alone.join(', ')}, which have to fail: --self-test`;
  return `${columns(rows)}\n\n* a part of --quick; --full tries all${but}`;
}
