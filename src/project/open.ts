import { join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import type { Profile, ProjectIdentity, ResolvedValue, Stack } from '../stack/contract/model.ts';
import type { StackNeeds } from '../stack/contract/needs.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import { builtInPlugins, factsOf, runtimes } from '../stack/contract/plugins.ts';
import type { RuntimeFacts, RuntimeName } from '../stack/contract/runtime-facts.ts';
import { needsOf } from '../stack/derived/needs.ts';
import { hasStack } from '../stack/load/catalog.ts';
import { loadSpec } from '../stack/load/load-spec.ts';
import type { LoadedStack } from '../stack/load/loaded-stack.ts';
import { wantedNetworkName } from '../stack/load/network.ts';
import { portWishes } from '../stack/load/port-wishes.ts';
import { type Decisions, type Resolution, resolved, type StackInput } from '../stack/load/resolution.ts';
import { tryResolve } from '../stack/load/resolve.ts';
import { requireRunnable } from '../stack/load/runnable.ts';
import type { PortWish } from '../stack/ports/ports.ts';
import { displayPath } from '../stack/source/display-path.ts';
import { BUILT_IN } from '../stack/values/values.ts';
import type { Config, RuntimeChoice, Setting } from './config.ts';
import type { KeptValues } from './kept-values.ts';
import { type Located, locateProject } from './locate.ts';
import type { OpenInput } from './open-input.ts';
import { refuseProblems, valuesOf } from './open-values.ts';
import { copied } from './origin.ts';
import { ownRecord } from './own-record.ts';
import type { ProjectRecord } from './record.ts';

/** A project before anything is done with it: everything that is known without asking a runtime. */
export interface OpenedProject {
  readonly identity: ProjectIdentity;
  readonly paths: ProjectPaths;
  /** Undefined before the first `up`. */
  readonly record: ProjectRecord | undefined;
  readonly config: Config;
  readonly loaded: LoadedStack;
  readonly values: readonly ResolvedValue[];
  /** Flag, variable or file; without one, what the project was brought up with. */
  readonly runtime: Setting<RuntimeChoice>;
  readonly profile: Setting<Profile>;
  /** As it was brought up, on the runtime that `assumedRuntime` says. */
  readonly stack: Stack;
  readonly needs: StackNeeds;
  /** What `up` has to keep so that later commands see the same values. */
  readonly keep: KeptValues;
  /** Name of the Docker network that the stack asks for. */
  readonly networkName: string;
  /** Legal values that are known to hurt, each with the reason. */
  readonly warnings: readonly string[];
  /**
   * @param decisions by default those of the record. @param services see `requireRunnable`; by default all. @throws E_VALUE_INVALID, E_STACK_INVALID
   */
  readonly resolve: (runtime: RuntimeName, decisions?: Decisions, services?: readonly string[]) => Stack;
  readonly portWishes: (counts?: Readonly<Record<string, number>>) => readonly PortWish[];
}

/**
 * The entry of every verb that works on a project. Reads files, writes none.
 * @throws what `locateProject` and `openLocated` throw.
 */
export async function openProject(input: OpenInput): Promise<OpenedProject> {
  return openLocated(await locateProject(input), input);
}

/**
 * Reads the stack of a project that was located. A copy of another project is opened as the project that `up` would
 * make of it.
 * @throws E_CONFIG_INVALID, E_STACK_NOT_FOUND, E_STACK_INVALID, E_VALUE_INVALID, E_PROJECT_NOT_FOUND, E_PROJECT_COPIED,
 *   E_STATE_UNREADABLE.
 */
export async function openLocated(located: Located, input: OpenInput): Promise<OpenedProject> {
  requireOwn(located, input.need);
  const loaded = await load(located, input);
  const { config, identity, paths, origin } = located;
  const record = located.record && origin.type === 'copy' ? ownRecord(located.record, identity.id) : located.record;
  const profile = orRecorded(config.profile, record?.profile);
  const { values, keep, problems, warnings } = await valuesOf({
    input,
    config,
    loaded,
    record,
    paths,
    profile: profile.value,
  });
  const stack: StackInput = { loaded, values, profile: profile.value, identity };
  const tryOut = (runtime: RuntimeFacts, decisions: Decisions | undefined = record): Resolution =>
    tryResolve({ ...stack, runtime, ...defined({ decisions }) });
  const runtime = orRecorded(config.runtime, record?.runtime);
  const first = tryOut(assumedRuntime(runtime.value, record?.runtime, input));
  refuseProblems({ loaded, settings: located.problems, values: problems, resolution: first });
  const assumed = resolved(first);
  return {
    identity,
    paths,
    record,
    config,
    loaded,
    values,
    runtime,
    profile,
    stack: assumed,
    needs: needsOf(assumed),
    keep,
    networkName: wantedNetworkName(stack),
    warnings: [...warnings, ...adviceOf(assumed)],
    resolve: (name, decisions, services) =>
      requireRunnable(resolved(tryOut(factsOf(name), decisions)), loaded, services),
    portWishes: (counts = record?.counts) => portWishes(stack, counts),
  };
}

/** Only what is here and what was made here can be worked on. @throws E_PROJECT_NOT_FOUND, E_PROJECT_COPIED */
export function requireOwn({ identity, record, origin }: Located, need: OpenInput['need']): void {
  if (need === 'any') return;
  if (record === undefined) {
    throw new StackctlError('E_PROJECT_NOT_FOUND', `the project ${identity.name} was never brought up`, {
      hint: 'stackctl up',
    });
  }
  if (origin.type === 'copy') throw copied(identity, record, origin.of);
}

/**
 * The runtime of a project that was brought up is on record; before that it is the one that is asked for. Where none was
 * chosen yet, one is assumed, here and nowhere else, for questions whose answer does not depend on it. A command that
 * starts something chooses (lifecycle/choose-runtime.ts).
 */
function assumedRuntime(
  asked: RuntimeChoice,
  recorded: RuntimeName | undefined,
  { need, unchosen = 'needsLeast' }: Pick<OpenInput, 'need' | 'unchosen'>,
): RuntimeFacts {
  if (need === 'existing' && recorded !== undefined) return factsOf(recorded);
  if (asked !== 'auto') return factsOf(asked);
  const fits = ({ rendersCompose, startsFrom }: RuntimeFacts): boolean =>
    unchosen === 'forCompose' ? rendersCompose : startsFrom === 'binary';
  const assumed = runtimes().find(fits) ?? runtimes()[0];
  if (assumed === undefined) throw new Error('there is no runtime');
  return assumed;
}

async function load({ stackFolder, record, identity }: Located, input: OpenInput): Promise<LoadedStack> {
  const { cwd, plugins = builtInPlugins } = input;
  if (!(await hasStack(stackFolder))) {
    const name = record?.stack ?? identity.name;
    throw new StackctlError('E_STACK_NOT_FOUND', `there is no stack.yaml in ${stackFolder}, the stack ${name}`, {
      hint: `The project ${identity.name} was brought up with it: restore the folder, or name the one where it is now, e.g. stackctl up ./${name}.`,
      details: { stack: name, folder: stackFolder },
    });
  }
  return loadSpec({
    folder: stackFolder,
    displayName: displayPath(join(stackFolder, 'stack.yaml'), cwd),
    plugins,
  });
}

/** Legal values that are known to hurt, in the words of the kinds. */
export function adviceOf(stack: Stack): readonly string[] {
  return stack.services.flatMap((service) => (service.kind.advise?.({ stack, service }) ?? []).map(({ text }) => text));
}

/** Origin of a setting that only the project's record has. */
export const RECORDED = 'project record';

/** What the user says now counts; what he does not say stays as the project was brought up. */
function orRecorded<T>(setting: Setting<T>, recorded: T | undefined): Setting<T> {
  return setting.origin === BUILT_IN && recorded !== undefined ? { value: recorded, origin: RECORDED } : setting;
}
