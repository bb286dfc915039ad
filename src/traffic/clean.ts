/** Takes the events of a run out of the stores of its profile again, and reads back what is left. */
import { errorText, StackctlError } from '../errors.ts';
import { step } from '../lib/events.ts';
import { serviceOf } from '../stack/contract/model.ts';
import type { Cleaning, StoreCapability, TrafficRun, TrafficStore } from '../stack/contract/traffic.ts';
import { askedOf } from './asking.ts';
import { applies } from './check-profile.ts';
import { planOf } from './operations.ts';
import { fillSettings } from './plan-for.ts';
import { whyNoProof } from './proof.ts';
import type { SeedInput } from './seed-input.ts';
import { fieldsOf } from './target.ts';

export interface CleanInput extends Pick<SeedInput, 'stack' | 'profile' | 'refuse' | 'emit' | 'signal'> {
  readonly runId: string;
}

export interface FoundStore {
  readonly store: string;
  /** Events of the run that are there. */
  readonly found: number;
  /** Why they are not deleted; null: they are. */
  readonly refused: string | null;
  /** What else the run wrote there, and is not deleted; null: nothing. */
  readonly stays: string | null;
}

export interface CleanedStore extends FoundStore {
  readonly gone: number;
  /** Null: it could not be read back. */
  readonly left: number | null;
  /** What went wrong, in words. */
  readonly error: string | null;
}

export interface CleanReport {
  readonly profile: string;
  readonly run: string;
  readonly stores: readonly CleanedStore[];
  /** No store of the profile has an event of the run any more. */
  readonly clean: boolean;
}

interface Target {
  readonly service: string;
  readonly capability: StoreCapability;
  readonly cleaning: Exclude<Cleaning, { readonly type: 'keepsNothing' }>;
  readonly settings: unknown;
  readonly path: readonly PropertyKey[];
}

/**
 * What is there of the run.
 * @throws E_USAGE where nothing of it could be deleted; E_PROFILE_INVALID when a service says that the profile cannot be right;
 * E_NOT_READY when one cannot be asked. Nothing was deleted then.
 */
export async function findRun(input: CleanInput): Promise<readonly FoundStore[]> {
  refuseAll(input, targetsOf(input));
  return countRun(input);
}

/** How many events of the run each store has that keeps them. @throws as `findRun`, but for what cannot be deleted. */
export async function countRun(input: CleanInput): Promise<readonly FoundStore[]> {
  const targets = targetsOf(input);
  await check(input, targets);
  const found: FoundStore[] = [];
  for (const target of targets) found.push(await asked(input, target, (store) => foundIn(input, target, store)));
  return found;
}

/** Deletes it, store by store. One that fails keeps no other one from being cleaned. @param found by `findRun`. */
export async function cleanRun(input: CleanInput, found: readonly FoundStore[]): Promise<CleanReport> {
  const { profile, runId, emit } = input;
  const stores: CleanedStore[] = [];
  for (const [index, target] of targetsOf(input).entries()) {
    const before = found[index];
    if (before === undefined) continue;
    const title = `take run ${runId} out of ${before.store}`;
    const cleaned = await step(
      emit,
      { id: `clean:${before.store}:${index}`, title },
      () => cleanOne(input, target, before),
      endOf,
    );
    stores.push(cleaned);
  }
  return { profile: profile.profile, run: runId, stores, clean: stores.every(({ left }) => left === 0) };
}

const endOf = ({ left, gone, error }: CleanedStore) =>
  ({ state: left === 0 ? 'done' : 'failed', detail: error ?? `${gone} gone, ${left} left` }) as const;

async function cleanOne(input: CleanInput, target: Target, before: FoundStore): Promise<CleanedStore> {
  const { cleaning } = target;
  let error = before.refused;
  if (cleaning.type === 'deletes' && before.found > 0) {
    error = await cleaning.delete(serviceInput(input, target), runOf(input)).then(() => null, errorText);
    input.signal.throwIfAborted();
  }
  try {
    // Through a connection of its own: what the server has, not what it said.
    const left = await asked(input, target, (store) => countOf(input, store));
    return { ...before, gone: before.found - left, left, error: left === 0 ? null : error };
  } catch (unread) {
    input.signal.throwIfAborted();
    return { ...before, gone: 0, left: null, error: `it could not be read back: ${errorText(unread)}` };
  }
}

/** Stores that a run with this stack is read back from; a channel keeps nothing. */
function targetsOf({ profile, stack }: CleanInput): readonly Target[] {
  return profile.stores.flatMap((spec, index): readonly Target[] => {
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

function refuseAll({ profile: { profile }, runId }: CleanInput, targets: readonly Target[]): void {
  const refusals = targets.flatMap(({ service, cleaning }) =>
    cleaning.type === 'cannot' ? [{ service, ...cleaning }] : [],
  );
  if (refusals.length < targets.length) return;
  const [first] = refusals;
  const whys = refusals.map(({ service, why }) => `${service}: ${why}`);
  throw new StackctlError(
    'E_USAGE',
    first === undefined
      ? `the profile ${profile} has no store, for these values of the stack, that keeps events`
      : `run ${runId} of ${profile} cannot be taken out again: ${whys.join('; ')}`,
    { hint: `Nothing was deleted. ${first?.next ?? 'Name the profile of the run with --profile.'}` },
  );
}

/** What the profile names is there: a table that is not has no events either, and that is no answer. */
async function check(input: CleanInput, targets: readonly Target[]): Promise<void> {
  const { refuse } = input;
  const mistakes = await Promise.all(
    targets.map(async (target) => {
      const { capability, settings, path, service } = target;
      const found = await inWords(input, service, async () =>
        capability.check?.(serviceInput(input, target), settings, runOf(input)),
      );
      return (found ?? []).map((mistake) => ({ ...mistake, path: [...path, ...mistake.path] }));
    }),
  );
  if (mistakes.flat().length > 0) throw refuse(mistakes.flat());
}

async function asked<T>(input: CleanInput, target: Target, use: (store: TrafficStore) => Promise<T>): Promise<T> {
  return inWords(input, target.service, async () => {
    const store = await target.capability.open(serviceInput(input, target), target.settings, runOf(input));
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  });
}

function inWords<T>({ signal }: CleanInput, service: string, use: () => Promise<T>): Promise<T> {
  return askedOf({ service, what: 'about the run', sure: '', signal }, use);
}

async function foundIn(input: CleanInput, { cleaning }: Target, store: TrafficStore): Promise<FoundStore> {
  const found = await countOf(input, store);
  return cleaning.type === 'cannot'
    ? { store: store.name, found, refused: cleaning.why, stays: null }
    : { store: store.name, found, refused: null, stays: cleaning.stays ?? null };
}

/** Different ones, wherever they are. */
async function countOf({ signal }: CleanInput, store: TrafficStore): Promise<number> {
  const { found } = await (store.readAll ?? store.read)(signal);
  let count = 0;
  for (const _ of found.from(0)) count += 1;
  return count;
}

function serviceInput({ stack }: CleanInput, { service }: Target) {
  return { stack, service: serviceOf(stack, service) };
}

/** A run that has ended: of its times nothing is known. */
function runOf({ runId, profile, signal }: CleanInput): TrafficRun {
  return { runId, oldestMs: 0, ...fieldsOf(planOf(profile), () => true), signal };
}
