/** Takes the events of a run out of the stores of its profile again, and reads back what is left. */
import { errorText, StackctlError } from '../errors.ts';
import { step } from '../lib/events.ts';
import { distinctIn } from '../stack/contract/id-tally.ts';
import type { TrafficStore } from '../stack/contract/traffic.ts';
import {
  askStore,
  checkStores,
  endedRun,
  eventsIn,
  type RunInput,
  type RunStore,
  runStoresOf,
  serviceInput,
} from './run-stores.ts';

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

/**
 * What is there of the run.
 * @throws E_USAGE where nothing of it could be deleted; E_PROFILE_INVALID when a service says that the profile cannot be right;
 * E_NOT_READY when one cannot be asked. Nothing was deleted then.
 */
export async function findRun(input: RunInput): Promise<readonly FoundStore[]> {
  const targets = runStoresOf(input);
  refuseAll(input, targets);
  await checkStores(input, targets);
  const found: FoundStore[] = [];
  for (const target of targets) found.push(await askStore(input, target, (store) => foundIn(input, target, store)));
  return found;
}

/** Deletes it, store by store. One that fails keeps no other one from being cleaned. @param found by `findRun`. */
export async function cleanRun(input: RunInput, found: readonly FoundStore[]): Promise<CleanReport> {
  const { profile, runId, emit } = input;
  const stores: CleanedStore[] = [];
  for (const [index, target] of runStoresOf(input).entries()) {
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

async function cleanOne(input: RunInput, target: RunStore, before: FoundStore): Promise<CleanedStore> {
  const { cleaning } = target;
  let error = before.refused;
  if (cleaning.type === 'deletes' && before.found > 0) {
    error = await cleaning.delete(serviceInput(input, target), endedRun(input)).then(() => null, errorText);
    input.signal.throwIfAborted();
  }
  try {
    // Through a connection of its own: what the server has, not what it said.
    const left = await askStore(input, target, (store) => countOf(input, store));
    return { ...before, gone: before.found - left, left, error: left === 0 ? null : error };
  } catch (unread) {
    input.signal.throwIfAborted();
    return { ...before, gone: 0, left: null, error: `it could not be read back: ${errorText(unread)}` };
  }
}

function refuseAll({ profile: { profile }, runId }: RunInput, targets: readonly RunStore[]): void {
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

async function foundIn(input: RunInput, { cleaning }: RunStore, store: TrafficStore): Promise<FoundStore> {
  const found = await countOf(input, store);
  return cleaning.type === 'cannot'
    ? { store: store.name, found, refused: cleaning.why, stays: null }
    : { store: store.name, found, refused: null, stays: cleaning.stays ?? null };
}

async function countOf({ signal }: RunInput, store: TrafficStore): Promise<number> {
  return distinctIn(await eventsIn(store, signal));
}
