/** What a run keeps of each of its sinks while it sends. */
import type { TrafficSink } from '../stack/contract/traffic.ts';
import { countsOf, createLedger, type Ledger } from './ledger.ts';
import { createMeasure, type Measure, measureBoth } from './measure/measure.ts';
import type { Events, SinkPlan, TrafficPlan } from './operations.ts';
import type { RetryingSink } from './retry.ts';
import type { Heard } from './seed-input.ts';
import { createRepeats, type Lane, type Repeats } from './sending.ts';

export interface RunLanes {
  readonly lanes: readonly Lane[];
  readonly lanesOf: (sequence: number) => readonly number[];
  /** One for each route of the plan. */
  readonly ledgers: readonly Ledger[];
  /** Of all sinks together; where there is one, it is that one's. */
  readonly measure: Measure;
  readonly sinks: readonly SinkLane[];
}

/** A sink, and how often something was sent to it again, where that is done. */
export type SentTo = TrafficSink & Partial<Pick<RetryingSink, 'retries'>>;

/** What became of the events of one sink. */
export interface SinkLane {
  readonly plan: SinkPlan;
  readonly sink: SentTo;
  readonly ledgers: readonly Ledger[];
  readonly measure: Measure;
  readonly repeats: Repeats;
  /** Batches that may be on their way at the same time. */
  readonly inFlight: number;
}

export interface LanesInput {
  readonly plan: TrafficPlan;
  readonly events: Events;
  /** In the order of the plan. */
  readonly targets: readonly SentTo[];
  readonly seed: number;
  /** Instead of what the profile says, for each sink. */
  readonly concurrency: number | undefined;
  readonly heard?: Heard | undefined;
}

export function createLanes({ plan, events, targets, seed, concurrency, heard }: LanesInput): RunLanes {
  const ledgers = plan.routes.map(() => createLedger());
  const inFlight = plan.sinks.map((own) => concurrency ?? own.inFlight);
  const measure = createMeasure(inFlight.reduce((sum, limit) => sum + limit, 0));
  const sinks = plan.sinks.map((own, index): SinkLane => {
    const sink = targets[index];
    if (sink === undefined) throw new Error(`${own.name} was not opened`);
    const limit = inFlight[index] ?? own.inFlight;
    return {
      ...{ plan: own, sink, inFlight: limit, repeats: createRepeats(own.repeat, seed) },
      ledgers: ledgers.filter((_, route) => plan.routes[route]?.sink === index),
      measure: plan.sinks.length === 1 ? measure : createMeasure(limit),
    };
  });
  const lanes = sinks.map((own, index) => laneOf(own, index, { plan, events, ledgers, measure, heard }));
  // The places of the sinks of each operation.
  const lanesOf = plan.operations.map((_, operation) =>
    plan.routes.filter((route) => route.operation === operation).map(({ sink }) => sink),
  );
  const { operationOf } = events;
  return { lanes, lanesOf: (sequence) => lanesOf[operationOf(sequence)] ?? [], ledgers, measure, sinks };
}

type Run = Pick<LanesInput, 'plan' | 'events' | 'heard'> & Pick<RunLanes, 'ledgers' | 'measure'>;

function laneOf(own: SinkLane, index: number, { plan, events, ledgers, measure, heard }: Run): Lane {
  const routes = plan.routes.flatMap(({ sink, operation }, route) =>
    sink === index ? [[operation, route] as const] : [],
  );
  const routeOf = new Map(routes);
  const { operationOf, of } = events;
  const [first = 0] = routeOf.values();
  const at =
    plan.operations.length === 1 ? () => first : (sequence: number) => routeOf.get(operationOf(sequence)) ?? first;
  return {
    ...{ sink: own.sink, repeats: own.repeats, batch: own.plan.batch, inFlight: own.inFlight },
    eventAt: (sequence) => of[at(sequence)]?.(sequence) ?? noRoute(sequence),
    record: (sequence, outcome) => {
      ledgers[at(sequence)]?.record(sequence, outcome);
      heard?.(sequence, outcome);
    },
    measure: own.measure === measure ? measure : measureBoth(measure, own.measure),
  };
}

function noRoute(sequence: number): never {
  throw new Error(`event ${sequence} has no route`);
}

/** As it is shown while the run goes on. */
export function shownRun({ ledgers, measure, sinks }: RunLanes, now: () => number) {
  const ledgerOf = (own: readonly Ledger[]) => ({
    get counts() {
      return countsOf(own);
    },
  });
  const parts = sinks.map((sink) => ({ name: sink.plan.name, ledger: ledgerOf(sink.ledgers), measure: sink.measure }));
  return { ledger: ledgerOf(ledgers), measure, now, sinks: parts.length > 1 ? parts : [] };
}
