/** The stores that keep events of a run, asked after it has ended. */
import type { IdTally } from '../stack/contract/id-tally.ts';
import { serviceOf } from '../stack/contract/model.ts';
import type { Cleaning, StoreCapability, TrafficRun, TrafficStore } from '../stack/contract/traffic.ts';
import { askedOf } from './asking.ts';
import { applies } from './check-profile.ts';
import { planOf } from './operations.ts';
import { fillSettings } from './plan-for.ts';
import { whyNoProof } from './proof.ts';
import type { SeedInput } from './seed-input.ts';
import { fieldsOf } from './target.ts';

export interface RunInput extends Pick<SeedInput, 'stack' | 'profile' | 'refuse' | 'emit' | 'signal'> {
  readonly runId: string;
}

export interface RunStore {
  readonly service: string;
  readonly capability: StoreCapability;
  readonly cleaning: Exclude<Cleaning, { readonly type: 'keepsNothing' }>;
  readonly settings: unknown;
  readonly path: readonly PropertyKey[];
}

/** What a store holds of a run. */
export interface StoredRun {
  readonly store: string;
  readonly service: string;
  /** Its events, wherever they are. */
  readonly found: IdTally;
}

/**
 * Which events of the run are in each store that keeps them.
 * @throws E_PROFILE_INVALID when a service says that the profile cannot be right; E_NOT_READY when one cannot be asked.
 */
export async function readRun(input: RunInput): Promise<readonly StoredRun[]> {
  const stores = runStoresOf(input);
  await checkStores(input, stores);
  const read: StoredRun[] = [];
  for (const one of stores) {
    const { service } = one;
    const held = await askStore(input, one, async (store) => ({
      store: store.name,
      found: await eventsIn(store, input.signal),
    }));
    read.push({ service, ...held });
  }
  return read;
}

/** Those that a run with this stack is read back from; a channel keeps nothing. */
export function runStoresOf({ profile, stack }: RunInput): readonly RunStore[] {
  return profile.stores.flatMap((spec, index): readonly RunStore[] => {
    if (!applies(spec.when, stack) || whyNoProof(spec, stack, 1) !== undefined) return [];
    const capability = serviceOf(stack, spec.service).kind.traffic?.store;
    if (capability === undefined) throw new Error(`the profile ${profile.profile} was not checked: stores.${index}`);
    const settings = fillSettings(spec.settings, stack);
    const cleaning = capability.clean?.(settings) ?? UNKNOWN;
    if (cleaning.type === 'keepsNothing') return [];
    return [{ service: spec.service, capability, cleaning, settings, path: ['stores', index, 'settings'] }];
  });
}

const UNKNOWN = { type: 'cannot', why: 'its kind has no way to delete events', next: 'Delete them by hand.' } as const;

/** What the profile names is there: a table that is not has no events either, and that is no answer. @throws as `readRun`. */
export async function checkStores(input: RunInput, stores: readonly RunStore[]): Promise<void> {
  const mistakes = await Promise.all(
    stores.map(async (store) => {
      const { capability, settings, path, service } = store;
      const found = await inWords(input, service, async () =>
        capability.check?.(serviceInput(input, store), settings, endedRun(input)),
      );
      return (found ?? []).map((mistake) => ({ ...mistake, path: [...path, ...mistake.path] }));
    }),
  );
  if (mistakes.flat().length > 0) throw input.refuse(mistakes.flat());
}

/** @throws E_NOT_READY when it cannot be asked. */
export async function askStore<T>(
  input: RunInput,
  one: RunStore,
  use: (store: TrafficStore) => Promise<T>,
): Promise<T> {
  return inWords(input, one.service, async () => {
    const store = await one.capability.open(serviceInput(input, one), one.settings, endedRun(input));
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  });
}

function inWords<T>({ signal }: RunInput, service: string, use: () => Promise<T>): Promise<T> {
  return askedOf({ service, what: 'about the run', sure: '', signal }, use);
}

export async function eventsIn(store: TrafficStore, signal: AbortSignal): Promise<IdTally> {
  return (await (store.readAll ?? store.read)(signal)).found;
}

export function serviceInput({ stack }: RunInput, { service }: RunStore) {
  return { stack, service: serviceOf(stack, service) };
}

/** Of its times nothing is known. */
export function endedRun({ runId, profile, signal }: RunInput): TrafficRun {
  return { runId, oldestMs: 0, ...fieldsOf(planOf(profile), () => true), signal };
}
