/** The verdict over a run, from its ledger and what the stores hold. Pure. */

import { type CacheReport, cacheOf } from './cache-report.ts';
import { type Counts, countsOf } from './ledger.ts';
import { type MeasuredRun, measuredOf, measuredRun } from './measured-run.ts';
import type { TrafficPlan } from './operations.ts';
import { readBackOf, unacknowledged, unread } from './read-routes.ts';
import { createRefusals, type Refusal } from './refusals.ts';
import type { RunLanes, SinkLane } from './run-lanes.ts';
import type { Ended } from './sending.ts';
import { type StoreAnswer, type StoreReport, storeFaults, storeFigures, storeReport } from './store-report.ts';
import type { Threshold } from './thresholds.ts';

export interface TrafficReport extends Counts, MeasuredRun {
  readonly profile: string;
  readonly seed: number;
  /** Beginning of the id of every event. */
  readonly run: string;
  /** Where timestamps started. */
  readonly epoch: string;
  /** Events that were wanted; `events` is smaller after an interrupt. Null: as many as there was time for. */
  readonly count: number | null;
  /** Different events that were sent. `asked` counts each as often as there are sinks for it. */
  readonly events: number;
  readonly ended: Ended;
  /** Events that were sent once more, as the profile says. */
  readonly repeated: number;
  /** Events that were sent again because nobody had acknowledged them, each as often as it was. 0 without `--retry`. */
  readonly retries: number;
  /** What became of the events of each operation, and of each sink; the counts above are of all sinks together. */
  readonly operations: readonly OperationReport[];
  readonly sinks: readonly SinkReport[];
  readonly stores: readonly StoreReport[];
  /** What the answers say about a cache, of all sinks together; null: the profile asks none of them. */
  readonly cache: CacheReport | null;
  readonly refusals: readonly SinkRefusal[];
  /** Acknowledged ones that a store had to hold which is proof and was read back. */
  readonly readBack: number;
  readonly interrupted: boolean;
  /** Every acknowledged event was read back once, and nothing else. */
  readonly verified: boolean;
  /**
   * `fail`: a store contradicts what was acknowledged, or a threshold was not met; `inconclusive`: no store could show whether it
   * does, or a threshold had nothing to be held against.
   */
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** Why the verdict is no pass. What is wrong comes first, then what could not be seen. */
  readonly reasons: readonly string[];
}

export interface OperationReport extends Counts {
  readonly operation: string;
  /** Who was sent them. */
  readonly sink: string;
}

export interface SinkReport extends Counts, Omit<MeasuredRun, 'thresholds'> {
  readonly sink: string;
  readonly service: string;
  readonly repeated: number;
  /** Null: the profile does not ask the answers. */
  readonly cache: CacheReport | null;
}

export interface SinkRefusal extends Refusal {
  readonly sink: string;
}

export interface ReportInput {
  readonly profile: string;
  readonly seed: number;
  readonly runId: string;
  readonly epochMs: number;
  readonly count: number | undefined;
  readonly durationMs: number;
  readonly ended: Ended;
  readonly plan: TrafficPlan;
  readonly lanes: Pick<RunLanes, 'ledgers' | 'measure' | 'sinks'>;
  readonly ratePerS: number | undefined;
  readonly thresholds: readonly Threshold[];
  readonly interrupted: boolean;
  readonly answers: readonly StoreAnswer[];
}

export function reportOf(input: ReportInput): TrafficReport {
  const { count, runId, lanes, plan } = input;
  const whole = measuredLanes(input);
  const { counts } = whole;
  const sent = { plan, ledgers: lanes.ledgers, answers: input.answers };
  const stores = input.answers.map((answer) => storeReport(answer, runId));
  const proofs = input.answers.flatMap(({ guarantee, answer: { type } }, index) => {
    const report = guarantee === 'stored' ? stores[index] : undefined;
    return report === undefined ? [] : [{ report, trouble: type === 'error' ? UNREAD : UNFIT }];
  });
  const faults = proofs.flatMap(({ report }) => storeFaults(report));
  const doubts = [
    ...(input.interrupted ? ['the run was interrupted before everything was sent'] : []),
    ...unacknowledged(sent),
    ...(stores.length === 0 && plan.routes.some(({ hasBody }) => hasBody)
      ? ['the profile has no store for these values of the stack']
      : []),
    ...(stores.length > 0 && proofs.length === 0 ? ['no store could be read back'] : []),
    ...(proofs.length === 0 ? [] : unread(sent)),
    ...proofs.flatMap(({ report: { store, error }, trouble }) =>
      error === null ? [] : [`${store} ${trouble}: ${error}`],
    ),
  ];
  const proven = storeFigures(proofs.map(({ report }) => report));
  const { measured, missed, unmeasured } = measuredRun(whole, input.thresholds, proven);
  const hasFailed = faults.length + missed.length > 0;
  const isDoubtful = doubts.length + unmeasured.length > 0;
  return {
    profile: input.profile,
    seed: input.seed,
    run: runId,
    epoch: new Date(input.epochMs).toISOString(),
    count: count ?? null,
    ended: input.ended,
    events: eventsSent(input),
    repeated: lanes.sinks.reduce((sum, { repeats }) => sum + repeats.count, 0),
    retries: lanes.sinks.reduce((sum, { sink }) => sum + (sink.retries ?? 0), 0),
    ...counts,
    ...measured,
    operations: plan.routes.map(({ operation, sink }, route) => ({
      operation: plan.operations[operation]?.name ?? '',
      sink: plan.sinks[sink]?.name ?? '',
      ...countsOf(lanes.ledgers.slice(route, route + 1)),
    })),
    sinks: sinkReports(input, whole),
    stores,
    cache: cacheOf(lanes.sinks),
    refusals: lanes.sinks.flatMap(refusalsOf).toSorted((a, b) => b.count - a.count),
    readBack: readBackOf(sent),
    interrupted: input.interrupted,
    verified: faults.length + doubts.length === 0 && readBackOf(sent) > 0,
    verdict: hasFailed ? 'fail' : isDoubtful ? 'inconclusive' : 'pass',
    reasons: [...faults, ...missed, ...doubts, ...unmeasured],
  };
}

const UNREAD = 'could not be read back';
const UNFIT = 'cannot verify this run';

/** All sinks together, with each of them where there are several. */
function measuredLanes({ lanes, durationMs, ratePerS }: ReportInput) {
  const parts = lanes.sinks.map(({ plan, ledgers, measure, inFlight }) => ({
    ...{ name: plan.name, counts: countsOf(ledgers), measure, durationMs, ratePerS, inFlight },
  }));
  const inFlight = parts.reduce((sum, part) => sum + part.inFlight, 0);
  const { measure } = lanes;
  return { counts: countsOf(lanes.ledgers), measure, durationMs, ratePerS, inFlight, parts };
}

function sinkReports({ lanes }: ReportInput, { parts }: ReturnType<typeof measuredLanes>): readonly SinkReport[] {
  return lanes.sinks.flatMap((lane, index) => {
    const part = parts[index];
    if (part === undefined) return [];
    const { name, service } = lane.plan;
    const own = { sink: name, service, repeated: lane.repeats.count, cache: cacheOf([lane]) };
    return [{ ...own, ...part.counts, ...measuredOf(part) }];
  });
}

/** An event that is sent to several is one. */
function eventsSent({ plan, lanes }: ReportInput): number {
  return plan.operations.reduce((sum, _, operation) => {
    const own = lanes.ledgers.filter((_, route) => plan.routes[route]?.operation === operation);
    return sum + Math.max(0, ...own.map(({ counts }) => counts.asked));
  }, 0);
}

/** The same reason of several operations is one. */
function refusalsOf({ plan, ledgers }: SinkLane): readonly SinkRefusal[] {
  const together = createRefusals();
  for (const refusal of ledgers.flatMap((ledger) => ledger.refusals())) together.add(refusal);
  return together.all().map((refusal) => ({ sink: plan.name, ...refusal }));
}
