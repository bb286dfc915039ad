/** What a run keeps of each of its sinks while it sends. */
import type { TrafficSink } from '../stack/contract/traffic.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createMeasure, type Measure, measureBoth } from './measure/measure.ts';
import type { Events, SinkPlan, TrafficPlan } from './operations.ts';
import { createRepeats, type Lane, type Repeats } from './sending.ts';
import { countsOf } from './store-routes.ts';

export interface RunLanes {
  readonly lanes: readonly Lane[];
  readonly lanesOf: (sequence: number) => readonly number[];
  /** One for each route of the plan. */
  readonly ledgers: readonly Ledger[];
  /** Of all sinks together; where there is one, it is that one's. */
  readonly measure: Measure;
  readonly sinks: readonly SinkLane[];
}

/** What became of the events of one sink. */
export interface SinkLane {
  readonly plan: SinkPlan;
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
  readonly targets: readonly TrafficSink[];
  readonly seed: number;
  /** Instead of what the profile says, for each sink. */
  readonly concurrency: number | undefined;
}

export function createLanes({ plan, events, targets, seed, concurrency }: LanesInput): RunLanes {
  const ledgers = plan.routes.map(() => createLedger());
  const limits = plan.sinks.map(({ inFlight }) => concurrency ?? inFlight);
  const measure = createMeasure(limits.reduce((sum, limit) => sum + limit, 0));
  const sinks = plan.sinks.map((sink, index): SinkLane => {
    const own = ledgers.filter((_, route) => plan.routes[route]?.sink === index);
    const repeats = createRepeats(sink.repeat, seed);
    const inFlight = limits[index] ?? sink.inFlight;
    return {
      plan: sink,
      ledgers: own,
      measure: plan.sinks.length === 1 ? measure : createMeasure(inFlight),
      repeats,
      inFlight,
    };
  });
  const lanes = targets.map((sink, index) => laneOf(index, sink, { plan, events, ledgers, measure, sinks }));
  // The places of the sinks of each operation.
  const lanesOf = plan.operations.map((_, operation) =>
    plan.routes.filter((route) => route.operation === operation).map(({ sink }) => sink),
  );
  const { operationOf } = events;
  return { lanes, lanesOf: (sequence) => lanesOf[operationOf(sequence)] ?? [], ledgers, measure, sinks };
}

type Parts = Pick<LanesInput, 'plan' | 'events'> & Pick<RunLanes, 'ledgers' | 'measure' | 'sinks'>;

function laneOf(index: number, sink: TrafficSink, { plan, events, ledgers, measure, sinks }: Parts): Lane {
  const own = sinks[index];
  if (own === undefined) throw new Error(`the plan has no sink ${index}`);
  const routes = plan.routes.flatMap(({ sink: other, operation }, route) =>
    other === index ? [{ operation, route }] : [],
  );
  const routeOf = new Map(routes.map(({ operation, route }) => [operation, route]));
  const { operationOf, of } = events;
  const [first = 0] = routeOf.values();
  const at =
    plan.operations.length === 1 ? () => first : (sequence: number) => routeOf.get(operationOf(sequence)) ?? first;
  return {
    sink,
    eventAt: (sequence) => of[at(sequence)]?.(sequence) ?? noRoute(sequence),
    record: (sequence, outcome) => ledgers[at(sequence)]?.record(sequence, outcome),
    measure: sinks.length === 1 ? measure : measureBoth(measure, own.measure),
    repeats: own.repeats,
    batch: own.plan.batch,
    inFlight: own.inFlight,
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
