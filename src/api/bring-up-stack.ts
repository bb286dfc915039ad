import { resolve } from 'node:path';
import type { SessionContext } from '../commands/session/context.ts';
import { openInput } from '../commands/session/open.ts';
import { startProject } from '../commands/session/start-project.ts';
import { errorText } from '../errors.ts';
import type { Emit } from '../lib/events.ts';
import type { UpResult } from '../lifecycle/up.ts';
import { locateProject } from '../project/locate.ts';
import type { OpenedProject } from '../project/open.ts';
import { claimOwned, endAbandoned, ownersFolder, refuseForeign } from '../project/owners.ts';
import type { Stack } from '../stack/contract/model.ts';
import { withObservedAddresses } from '../stack/derived/observed-addresses.ts';
import { interruptible } from './calls.ts';
import { contextOf, emitterFor, templates } from './context.ts';
import { endOwned } from './end-project.ts';
import type { GivenOptions } from './given-options.ts';
import { type Hold, holding, letGo } from './hold-project.ts';
import { makePlace, type Place, preparePlace, removePlace, stackFrom } from './place.ts';
import { runningStack } from './running-stack.ts';
import type { RunningStack } from './types.ts';

/** See `up` in api.ts. */
export async function bringUpStack(stack: string, options: GivenOptions): Promise<RunningStack> {
  return interruptible(options.signal, new AbortController(), async (signal) => {
    const emit = emitterFor(options.onEvent);
    const place = await makePlace(options);
    return upIn(place, { stack: await stackFrom(stack, options, templates()), options, emit, signal });
  });
}

interface Wanted {
  readonly stack: string;
  readonly options: GivenOptions;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Owned first, then started: at no instant is there something that nobody would end. */
async function upIn(place: Place, wanted: Wanted): Promise<RunningStack> {
  const { stack, options, emit } = wanted;
  const { env, keep = false } = options;
  const context = contextFor(place, wanted);
  const list = ownersFolder(env);
  const located = place.temporary ? undefined : await locateProject(openInput(context, stack, 'any'));
  if (located !== undefined) await refuseForeign(located.identity, located.paths);
  const name = located?.identity.name ?? null;
  const claim = await claimOwned(list, { ...place, name, keep }, new Date());
  const hold: Hold = { claim, place, name, keep, env, emit };
  // Where that fails, whatever is there is somebody else's.
  await preparePlace(place).catch(async (error: unknown) => {
    await claim.release();
    throw error;
  });
  // Beside the start: what is left of others has no say in what this one is.
  const clearing = endAbandoned(
    list,
    (owned) => endOwned(owned, env, emit),
    (owned, error) =>
      emit({ type: 'warning', text: `not ended: what is left in ${owned.folder}: ${errorText(error)}` }),
  ).catch((error: unknown) => emit({ type: 'warning', text: errorText(error) }));
  try {
    const whileHeld = place.temporary ? undefined : holding(hold);
    const { result } = await startProject(context, stack, { ...startOptions(options), whileHeld });
    if (!place.temporary) await claim.hold(keep);
    return runningStack(asReached(result), { options, place, keep, emit, release: claim.release });
  } catch (error) {
    // Whatever it was: nobody gets hold of what has been started.
    await letGo(hold);
    await removePlace(place);
    throw error;
  } finally {
    await clearing;
  }
}

/** With the addresses at which the servers were found to be healthy: some are chosen by the runtime. */
function asReached({ stack, report }: UpResult): Stack {
  return withObservedAddresses(
    stack,
    (report?.instances ?? []).flatMap(({ observed }) => (observed === undefined ? [] : [observed])),
  );
}

function contextFor({ folder }: Place, { options, emit, signal }: Wanted): SessionContext {
  const { env, cwd, name, runtime, values = {}, valuesFiles = [], timeoutMs } = options;
  const flags = {
    runtime,
    set: Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`])),
    values: valuesFiles.map((file) => resolve(cwd, file)),
    timeoutMs,
  };
  return contextOf({ folder, project: name, env, emit, signal, flags });
}

function startOptions({ services = [], scale = {}, ports, values = {}, migrate = true }: GivenOptions) {
  return {
    services,
    targets: Object.entries(scale).map(([service, count]) => ({ service, count })),
    portMode: 'auto',
    portsFrom: (project: OpenedProject) =>
      ports === 'stack' || (ports === undefined && namesPort(project, values)) ? undefined : somePort(),
    ...{ dryRun: false, build: false, cache: true, migrate, measure: false },
  } as const;
}

function namesPort({ values: known }: Pick<Stack, 'values'>, given: Readonly<Record<string, unknown>>): boolean {
  return known.some(({ name, type }) => type === 'port' && given[name] !== undefined);
}

/** Above what servers usually listen on and below what systems give to outgoing connections, and seldom where another one begins. */
function somePort(): number {
  return 15_000 + Math.floor(Math.random() * 15_000);
}
