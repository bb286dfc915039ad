/** The services that a run talks to: asked whether what the profile says of them is so, then opened. */
import type { StackctlError } from '../errors.ts';
import type { StoreCapability, TrafficRun, TrafficSink, TrafficStore } from '../stack/contract/traffic.ts';
import type { Mistake } from '../stack/source/zod-problems.ts';
import { applies } from './check-profile.ts';
import type { TrafficPlan } from './operations.ts';
import type { TrafficProfile } from './profile-schema.ts';
import { forgetsAt, whyNoProof } from './proof.ts';
import type { StoreAnswer } from './store-report.ts';
import { routesOf } from './store-routes.ts';
import { checkTarget, fieldsOf, type Naming, sinkOf, type Target, targetOf } from './target.ts';

export interface OpenStore {
  readonly store: TrafficStore;
  /** Whose acknowledgements it has to keep: places in the routes of the plan. */
  readonly routes: readonly number[];
  /** Why it is no proof of a run of so many events; undefined: it can be. */
  whyNoProof(count: number): string | undefined;
  readonly settleMs: number;
  readonly forgets: ReturnType<typeof forgetsAt>;
}

export interface Targets {
  /** What the report says about the stores that are not asked. */
  readonly unfit: readonly StoreAnswer[];
  /** In the order of the plan. */
  readonly sinks: readonly TrafficSink[];
  readonly stores: readonly OpenStore[];
  /** Never throws. */
  close(): Promise<void>;
}

export interface Wanted extends Naming {
  /** Events of the run; undefined: it is not known yet. */
  readonly count: number | undefined;
  readonly epochMs: number;
  /** The error for mistakes that only servers can see, with their places in the profile. */
  readonly refuse: (mistakes: readonly Mistake[]) => StackctlError;
}

/**
 * @throws the error of `refuse` when a service says that the profile cannot be right; E_NOT_READY when one cannot be
 * reached. Nothing was sent then, and nothing stays open.
 */
export async function openTargets(wanted: Wanted, run: TrafficRun): Promise<Targets> {
  const { profile, plan, stack, count } = wanted;
  const chosen = profile.stores
    .map((spec, index) => ({ spec, path: ['stores', index, 'settings'], routes: checkedRoutes(spec, plan) }))
    .filter(({ spec }) => applies(spec.when, stack))
    .map((store) => ({ ...store, why: whyNoProof(store.spec, stack, count ?? 1) }));
  const stores = chosen
    .filter(({ why }) => why === undefined)
    .map((store) => ({
      ...store,
      ...targetOf(wanted, store.spec, store.path, (traffic) => traffic?.store),
      run: { ...run, ...fieldsOf(plan, (_, index) => store.routes.includes(index)) },
    }));
  const sinks = plan.sinks.map((_, index) => sinkOf(wanted, index, run));
  const mistakes = (await Promise.all([...stores, ...sinks].map(checkTarget))).flat();
  if (mistakes.length > 0) throw wanted.refuse(mistakes);

  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => void (await Promise.allSettled(opened.map((one) => one.close())));
  try {
    const openStores: OpenStore[] = [];
    for (const store of stores) openStores.push(await openStore(wanted, store, opened));
    const openSinks: TrafficSink[] = [];
    for (const sink of sinks)
      openSinks.push(noted(opened, await sink.capability.open(sink.input, sink.settings, sink.run)));
    const unfit = chosen.flatMap(({ spec: { service }, routes, why }): StoreAnswer[] =>
      why === undefined ? [] : [{ name: service, guarantee: 'stored', routes, answer: { type: 'unfit', why } }],
    );
    return { unfit, stores: openStores, sinks: openSinks, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openStore(
  { plan, stack, epochMs }: Wanted,
  {
    spec,
    routes,
    capability,
    input,
    settings,
    run,
  }: Target<StoreCapability> & { readonly spec: TrafficProfile['stores'][number]; readonly routes: readonly number[] },
  opened: { close(): Promise<void> }[],
): Promise<OpenStore> {
  const store = noted(opened, await capability.open(input, settings, run));
  return {
    store,
    routes,
    whyNoProof: (events) => whyNoProof(spec, stack, events),
    settleMs: spec.settle,
    forgets: forgetsAt(spec, drawsOf(plan, routes), stack, epochMs),
  };
}

/** Only one of those that events are sent to. @param index its place in the plan. @throws as `openTargets`. */
export async function openSink(
  wanted: Omit<Wanted, 'count' | 'epochMs'>,
  index: number,
  run: TrafficRun,
): Promise<TrafficSink> {
  const sink = { ...sinkOf(wanted, index, run), run };
  const mistakes = await checkTarget(sink);
  if (mistakes.length > 0) throw wanted.refuse(mistakes);
  return sink.capability.open(sink.input, sink.settings, sink.run);
}

function noted<T extends { close(): Promise<void> }>(opened: { close(): Promise<void> }[], one: T): T {
  opened.push(one);
  return one;
}

function checkedRoutes(spec: TrafficProfile['stores'][number], plan: TrafficPlan): readonly number[] {
  const found = routesOf(spec, plan);
  if ('problem' in found) throw new Error(`the profile was not checked: ${found.problem}`);
  return found.routes;
}

/** Everything that is drawn for the events of each of some routes. */
function drawsOf({ routes, operations }: TrafficPlan, chosen: readonly number[]): readonly TrafficProfile['draw'][] {
  return chosen.map((index) => operations[routes[index]?.operation ?? -1]?.draw ?? {});
}
