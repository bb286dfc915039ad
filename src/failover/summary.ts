import { defined } from '../lib/defined.ts';
import type { RunReport } from './run-report.ts';
import { type Interval, median, medianInterval, mostWithoutOne, percentile, shareInterval } from './statistics.ts';
import { tenth } from './tenth.ts';
import type { Verdict } from './verdict.ts';

/** What the repeated runs of one scenario say together. Intervals have a confidence of 95 %. */
export interface ScenarioSummary {
  readonly scenario: string;
  readonly runs: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** How often it passes, from the runs that could be judged; null: none could. */
  readonly passShare: Interval | null;
  /** Null: in no run it was over. */
  readonly outage: OutageSummary | null;
  /** Of the runs whose final read succeeded, as what was lost of them. */
  readonly acked: number;
  readonly lost: number;
  /** Runs whose final read succeeded. */
  readonly readRuns: number;
  readonly runsWithLoss: number;
  /** How often a run loses something; null: it is not known of any. */
  readonly lossShare: Interval | null;
  /** Of applications' clients, by their names; absent when none was judged. */
  readonly clients?: readonly ClientSummary[];
}

/** What the repeated runs say of an application's client. */
export interface ClientSummary extends Pick<ScenarioSummary, (typeof OF_WRITES)[number]> {
  readonly name: string;
}

const OF_WRITES = ['outage', 'acked', 'lost', 'readRuns', 'runsWithLoss', 'lossShare'] as const;

/** In milliseconds, to a tenth. */
export interface OutageSummary {
  /** Runs in which it was over. */
  readonly runs: number;
  readonly medianMs: number;
  /** Null for fewer than six runs. */
  readonly medianIntervalMs: Interval | null;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** The coarsest of the runs. */
  readonly resolutionMs: number;
}

/** One for each scenario, in the order of the first runs. Pure. */
export function summaries(runs: readonly RunReport[]): readonly ScenarioSummary[] {
  const scenarios = [...new Set(runs.map(({ scenario }) => scenario))];
  return scenarios.map((name) =>
    summaryOf(
      name,
      runs.filter(({ scenario }) => scenario === name),
    ),
  );
}

function summaryOf(scenario: string, runs: readonly RunReport[]): ScenarioSummary {
  const count = (verdict: Verdict): number => runs.filter((run) => run.verdict === verdict).length;
  const verdicts = { pass: count('pass'), fail: count('fail'), inconclusive: count('inconclusive') };
  const judged = verdicts.pass + verdicts.fail;
  return {
    scenario,
    runs: runs.length,
    verdicts,
    passShare: judged === 0 ? null : shareInterval(verdicts.pass, judged),
    ...writesOf(runs),
    ...defined({ clients: clientsOf(runs) }),
  };
}

function clientsOf(runs: readonly RunReport[]): readonly ClientSummary[] | undefined {
  const all = runs.flatMap(({ clients = [] }) => clients);
  if (all.length === 0) return undefined;
  const names = [...new Set(all.map(({ name }) => name))];
  return names.map((name) => ({ name, ...writesOf(all.filter((client) => client.name === name)) }));
}

type WriterRun = Pick<RunReport, 'outageMs' | 'resolutionMs' | 'acked' | 'lost'>;

function writesOf(runs: readonly WriterRun[]): Omit<ClientSummary, 'name'> {
  const read = runs.flatMap(({ acked, lost }) => (lost === null ? [] : [{ acked, lost }]));
  const runsWithLoss = read.filter(({ lost }) => lost > 0).length;
  const sum = (field: 'acked' | 'lost'): number => read.reduce((total, run) => total + run[field], 0);
  return {
    outage: outageOf(runs),
    acked: sum('acked'),
    lost: sum('lost'),
    readRuns: read.length,
    runsWithLoss,
    lossShare: read.length === 0 ? null : lossShare(runsWithLoss, read.length),
  };
}

/** Where none was lost, only how often it can happen at most is asked: one side, which is the rule of three. */
function lossShare(count: number, total: number): Interval {
  return count === 0 ? { low: 0, high: mostWithoutOne(total) } : shareInterval(count, total);
}

function outageOf(runs: readonly WriterRun[]): OutageSummary | null {
  const over = runs.flatMap(({ outageMs, resolutionMs }) => (outageMs === null ? [] : [{ outageMs, resolutionMs }]));
  if (over.length === 0) return null;
  const values = over.map(({ outageMs }) => outageMs);
  return {
    runs: values.length,
    medianMs: tenth(median(values)),
    medianIntervalMs: medianInterval(values) ?? null,
    p95Ms: percentile(values, 0.95),
    maxMs: Math.max(...values),
    resolutionMs: Math.max(...over.map(({ resolutionMs }) => resolutionMs)),
  };
}
