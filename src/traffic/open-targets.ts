/** The services that a run talks to: asked whether what the profile says of them is so, then opened. */
import { errorText, StackctlError } from '../errors.ts';
import type { ServiceInput } from '../stack/contract/model.ts';
import { type Stack, serviceOf } from '../stack/contract/model.ts';
import type {
  SinkCapability,
  StoreCapability,
  TrafficCapability,
  TrafficRun,
  TrafficSink,
  TrafficStore,
} from '../stack/contract/traffic.ts';
import type { Mistake } from '../stack/source/zod-problems.ts';
import { applies, fillSettings } from './check-profile.ts';
import type { TrafficProfile } from './profile-schema.ts';
import { forgetsAt, whyNoProof } from './proof.ts';
import type { StoreAnswer } from './store-report.ts';

export interface OpenStore {
  readonly store: TrafficStore;
  /** Why it is no proof of a run of so many events; undefined: it can be. */
  whyNoProof(count: number): string | undefined;
  readonly settleMs: number;
  readonly forgets: ReturnType<typeof forgetsAt>;
}

export interface Targets {
  /** What the report says about the stores that are not asked. */
  readonly unfit: readonly StoreAnswer[];
  readonly sink: TrafficSink;
  readonly stores: readonly OpenStore[];
  /** Never throws. */
  close(): Promise<void>;
}

export interface Wanted {
  readonly profile: TrafficProfile;
  readonly stack: Stack;
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
  const { profile, stack, count, epochMs } = wanted;
  const chosen = profile.stores
    .map((spec, index) => ({ spec, path: ['stores', index, 'settings'] }))
    .filter(({ spec }) => applies(spec.when, stack))
    .map((store) => ({ ...store, why: whyNoProof(store.spec, stack, count ?? 1) }));
  const stores = chosen
    .filter(({ why }) => why === undefined)
    .map(({ spec, path }) => ({ spec, ...targetOf(wanted, spec, path, (traffic) => traffic?.store) }));
  const sink = targetOf(wanted, profile.send, ['send', 'settings'], (traffic) => traffic?.sink);
  const mistakes = (await Promise.all([...stores, sink].map((target) => check(target, run)))).flat();
  if (mistakes.length > 0) throw wanted.refuse(mistakes);

  const opened: OpenStore[] = [];
  const close = async (): Promise<void> => void (await Promise.allSettled(opened.map(({ store }) => store.close())));
  try {
    for (const { spec, capability, input, settings } of stores) {
      const store = await capability.open(input, settings, run);
      opened.push({
        store,
        whyNoProof: (events) => whyNoProof(spec, stack, events),
        settleMs: spec.settle,
        forgets: forgetsAt(spec, profile, stack, epochMs),
      });
    }
    const openSink = await sink.capability.open(sink.input, sink.settings, run);
    const unfit = chosen.flatMap(({ spec: { service }, why }): StoreAnswer[] =>
      why === undefined ? [] : [{ name: service, guarantee: 'stored', answer: { type: 'unfit', why } }],
    );
    const closeAll = async (): Promise<void> => void (await Promise.allSettled([openSink.close(), close()]));
    return { unfit, stores: opened, sink: openSink, close: closeAll };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Only what events are sent to. @throws as `openTargets`. */
export async function openSink(wanted: Omit<Wanted, 'count' | 'epochMs'>, run: TrafficRun): Promise<TrafficSink> {
  const sink = targetOf(wanted, wanted.profile.send, ['send', 'settings'], (traffic) => traffic?.sink);
  const mistakes = await check(sink, run);
  if (mistakes.length > 0) throw wanted.refuse(mistakes);
  return sink.capability.open(sink.input, sink.settings, run);
}

interface Target<Capability> {
  readonly capability: Capability;
  readonly input: ServiceInput;
  readonly settings: unknown;
  /** Of the settings in the profile. */
  readonly path: readonly PropertyKey[];
}

function targetOf<Capability>(
  { stack, profile: { profile: name } }: Pick<Wanted, 'stack' | 'profile'>,
  named: { readonly service: string; readonly settings: Readonly<Record<string, unknown>> },
  path: readonly PropertyKey[],
  choose: (traffic: TrafficCapability | undefined) => Capability | undefined,
): Target<Capability> {
  const service = serviceOf(stack, named.service);
  const capability = choose(service.kind.traffic);
  if (capability === undefined) throw new Error(`the profile ${name} was not checked: ${path.join('.')}`);
  return { capability, input: { stack, service }, settings: fillSettings(named.settings, stack), path };
}

async function check(
  { capability, input, settings, path }: Target<SinkCapability | StoreCapability>,
  run: TrafficRun,
): Promise<readonly Mistake[]> {
  try {
    const mistakes = (await capability.check?.(input, settings, run)) ?? [];
    return mistakes.map((mistake) => ({ ...mistake, path: [...path, ...mistake.path] }));
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof StackctlError) throw error;
    const { name } = input.service;
    const text = errorText(error);
    throw new StackctlError('E_NOT_READY', `${name} cannot be asked about what the profile says of it: ${text}`, {
      hint: `Nothing was sent. See \`stackctl status\` and \`stackctl logs ${name}\`.`,
      details: { service: name },
      cause: error,
    });
  }
}
