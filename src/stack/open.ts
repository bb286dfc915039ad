import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { StackctlError } from '../errors.ts';
import { type Config, invalidConfig, type RuntimeChoice, readConfig, type Setting } from './config.ts';
import { fromEnvironment, fromKept, fromSetFlags, fromValuesFiles } from './given-values.ts';
import { identityOf } from './identity.ts';
import { type Keepsakes, keepsakesOf } from './keepsakes.ts';
import type { LoadedStack } from './load-spec.ts';
import type { Profile, ProjectIdentity, ResolvedValue, RuntimeName, Stack } from './model.ts';
import { needsOf } from './needs.ts';
import { type ProjectPaths, projectPaths } from './paths.ts';
import { builtInPlugins, type PluginSource } from './plugins.ts';
import type { PortWish } from './ports.ts';
import type { Problem } from './problem.ts';
import type { ProjectRecord } from './record.ts';
import { type Decisions, portWishes, resolveStack, type StackInput, wantedNetworkName } from './resolve.ts';
import type { StackNeeds } from './runtime.ts';
import { readSecrets } from './secrets.ts';
import { type Selection, selectProject } from './select-project.ts';
import { BUILT_IN, invalidValues, readValues } from './values.ts';

export interface OpenInput {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly global: {
    readonly project: string | undefined;
    readonly runtime: string | undefined;
    readonly set: readonly string[];
    readonly values: readonly string[];
  };
  /** The stack that the command line names: a built-in one, or a path. */
  readonly stackRef?: string | undefined;
  /** Absolute folder of the built-in stacks. */
  readonly templatesFolder: string;
  /** `existing`: the command is about a project that was brought up before. */
  readonly need: 'existing' | 'any';
  readonly plugins?: PluginSource;
  /** 32 random bytes, for the secrets of profile `production`. */
  readonly random?: () => Buffer;
}

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
  readonly needs: StackNeeds;
  /** What `up` has to keep so that later commands see the same values. */
  readonly keep: Keepsakes;
  /** Name of the Docker network that the stack asks for. */
  readonly networkName: string;
  /** Legal values that are known to hurt, each with the reason. */
  readonly warnings: readonly string[];
  /** @param decisions by default those of the record. @throws E_VALUE_INVALID, E_STACK_INVALID */
  readonly resolve: (runtime: RuntimeName, decisions?: Decisions) => Stack;
  readonly portWishes: (counts?: Readonly<Record<string, number>>) => readonly PortWish[];
}

/**
 * The entry of every verb that works on a project. Reads files, writes none.
 * @throws E_CONFIG_INVALID, E_STACK_NOT_FOUND, E_STACK_INVALID, E_VALUE_INVALID, E_PROJECT_NOT_FOUND,
 *   E_PROJECT_AMBIGUOUS, E_STATE_UNREADABLE, E_USAGE.
 */
export async function openProject(input: OpenInput): Promise<OpenedProject> {
  const { config, problems } = await readConfig({ cwd: input.cwd, env: input.env, flags: input.global });
  if (problems.length === 0) return openWith(config, input);
  // The values can be checked in spite of mistakes elsewhere, so that all are reported at once.
  const further = await openWith(config, input).then(() => [], valueProblems);
  throw invalidConfig([...problems, ...further.filter((one) => !problems.some((other) => isSamePlace(one, other)))]);
}

function valueProblems(error: unknown): readonly Problem[] {
  const isAboutValues = error instanceof StackctlError && error.code === 'E_VALUE_INVALID';
  return isAboutValues ? (error.details.problems as readonly Problem[]) : [];
}

function isSamePlace(a: Problem, b: Problem): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column && a.origin === b.origin;
}

async function openWith(config: Config, input: OpenInput): Promise<OpenedProject> {
  const { cwd, stackRef, plugins = builtInPlugins } = input;
  const folder = await realpath(config.folder ?? cwd);
  const selection = await selectProject({ ...input, folder, config, stackRef, plugins });
  const { name, record, loaded } = selection;
  const paths = projectPaths(folder, name);
  const profile = settle(config.profile, record?.profile);
  const { values, keep, problems } = await valuesOf({ input, config, selection, paths, profile: profile.value });
  const stack: StackInput = { loaded, values, profile: profile.value, identity: identityOf(name, folder) };
  const resolve: OpenedProject['resolve'] = (runtime, decisions = record) =>
    resolveStack({ ...stack, runtime, ...(decisions === undefined ? {} : { decisions }) });
  const runtime = settle(config.runtime, record?.runtime);
  const resolveFirst = () => resolve(runtime.value === 'auto' ? 'process' : runtime.value);
  if (problems.length > 0) {
    // The other values can be checked by their kinds all the same.
    const further = await Promise.resolve()
      .then(resolveFirst)
      .then(() => [], valueProblems);
    throw invalidValues(loaded.spec.stack, [...problems, ...further]);
  }
  const first = resolveFirst();
  return {
    identity: stack.identity,
    paths,
    record,
    config,
    loaded,
    values,
    runtime,
    profile,
    needs: needsOf(first),
    keep,
    networkName: wantedNetworkName(stack),
    warnings: adviceOf(first),
    resolve,
    portWishes: (counts = record?.counts) => portWishes(stack, counts),
  };
}

/** Legal values that are known to hurt, in the words of the kinds. */
export function adviceOf(stack: Stack): readonly string[] {
  return stack.services.flatMap((service) => (service.kind.advise?.({ stack, service }) ?? []).map(({ text }) => text));
}

/** Origin of a setting that only the project's record has. */
export const RECORDED = 'project record';

/** What the user says now counts; what he does not say stays as the project was brought up. */
function settle<T>(setting: Setting<T>, recorded: T | undefined): Setting<T> {
  return setting.origin === BUILT_IN && recorded !== undefined ? { value: recorded, origin: RECORDED } : setting;
}

interface ValuesOfInput {
  readonly input: OpenInput;
  readonly config: Config;
  readonly selection: Selection;
  readonly paths: ProjectPaths;
  readonly profile: Profile;
}

async function valuesOf({ input, config, selection, paths, profile }: ValuesOfInput) {
  const { cwd, env, global, random = () => randomBytes(32) } = input;
  const { record, loaded, configApplies } = selection;
  const secrets = await readSecrets(paths);
  const set = fromSetFlags(global.set);
  const files = await fromValuesFiles(global.values, cwd);
  const flags = [...set.values, ...files.values];
  const kept = { ...record?.keptValues, ...secrets.kept };
  const { values, generated, problems } = readValues({
    stack: loaded.spec.stack,
    specs: loaded.spec.values,
    given: [
      ...flags,
      ...fromEnvironment(Object.keys(loaded.spec.values), env),
      ...fromKept(kept),
      ...(configApplies ? config.values : []),
    ],
    problems: [...set.problems, ...files.problems],
    profile,
    generated: secrets.generated,
    random,
  });
  const flagged = new Set(flags.map(({ name }) => name));
  return {
    values,
    problems,
    keep: keepsakesOf({ values, flagged, kept, generated: { ...secrets.generated, ...generated } }),
  };
}
