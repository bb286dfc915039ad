/** Which project of a folder a command means, found by names and records alone: no stack has to be right for it. */

import { join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { readTextIfThere } from '../lib/files.ts';
import { findStack, hasStack, stackAt } from '../stack/load/catalog.ts';
import { parseYaml } from '../stack/source/yaml-source.ts';
import type { Config } from './config.ts';
import { type NotFound, notFound } from './no-project.ts';
import { originOf } from './origin.ts';
import { projectPaths } from './paths.ts';
import { isInUse, type ProjectRecord, projectsIn, readRecord } from './record.ts';

export interface SelectInput {
  readonly cwd: string;
  /** Real path of the project's folder. */
  readonly folder: string;
  readonly config: Config;
  readonly stackRef: string | undefined;
  readonly templatesFolder: string;
  /** `existing`: a project that was brought up before. */
  readonly need: 'existing' | 'any';
  /** The user's list of projects. */
  readonly registry: string;
}

export interface Selection {
  readonly missing?: never;
  /** Undefined when its stack.yaml has no readable name: then the whole stack has to be read. */
  readonly name: string | undefined;
  readonly record: ProjectRecord | undefined;
  /** The stack that was named; undefined: the one on record. */
  readonly stackFolder: string | undefined;
}

/**
 * A stack that is named (argument, STACKCTL_STACK, `stack:`) decides; without one a project that is named does, and
 * without that the folder's only project.
 * @throws E_PROJECT_AMBIGUOUS, E_STACK_NOT_FOUND, E_STATE_UNREADABLE, E_USAGE.
 */
export async function selectProject(input: SelectInput): Promise<Selection | NotFound> {
  const name = await projectWithoutStack(input);
  if (typeof name === 'object') return name;
  if (name !== undefined) return { name, record: await recordOf(name, input), stackFolder: undefined };
  const wanted = await wantedStack(input);
  return input.need === 'any' ? forStack(wanted, input) : existingOf(wanted, input);
}

/** Name of the project that is meant when nothing names a stack: the named one, or the only one. */
async function projectWithoutStack(input: SelectInput): Promise<string | undefined | NotFound> {
  const { stackRef, config, folder } = input;
  if (stackRef !== undefined) return undefined;
  if (config.name !== undefined) {
    if ((await recordOf(config.name.value, input)) !== undefined) return config.name.value;
    if (config.stack !== undefined) return undefined;
    return notFound(input, config.name.value, await projectsIn(folder));
  }
  if (config.stack !== undefined) return undefined;
  const names = await projectsIn(folder);
  if (names.length === 0) return notFound(input, undefined, names);
  return onlyOne(names, input);
}

/** It is ambiguous only when several projects are in use. @throws E_PROJECT_AMBIGUOUS */
async function onlyOne(names: readonly string[], input: SelectInput): Promise<string> {
  const inUse = names.length === 1 ? names : await inUseAmong(names, input);
  const [only, ...others] = inUse.length === 0 ? names : inUse;
  if (only === undefined) throw new Error('a choice among no projects');
  if (others.length > 0) throw ambiguous([only, ...others], input.folder);
  return only;
}

/** Copies of another project do not count: they are no project of their own yet. */
async function inUseAmong(names: readonly string[], input: SelectInput): Promise<readonly string[]> {
  const { folder, registry } = input;
  const inUse = await Promise.all(
    names.map(async (name) => {
      const record = await recordOf(name, input);
      if (record === undefined || !(await isInUse(record, projectPaths(folder, name)))) return false;
      return (await originOf({ folder, name }, record, registry)).type !== 'copy';
    }),
  );
  return names.filter((_, index) => inUse[index]);
}

interface WantedStack {
  readonly ref: string;
  readonly base: string;
  /** Undefined: the command line. */
  readonly origin: string | undefined;
  readonly folder: string;
  /** Undefined where there is no stack.yaml, or one without a name. */
  readonly name: string | undefined;
  /** stackctl.yaml is about this stack; one that names another stack does not count. */
  readonly configApplies: boolean;
}

async function wantedStack({ stackRef, config, cwd, templatesFolder }: SelectInput): Promise<WantedStack> {
  const ref = stackRef ?? config.stack?.value;
  if (ref === undefined) throw new Error('a project was selected without a stack');
  const base = stackRef === undefined ? config.stackBase : cwd;
  const found = await stackAt(ref, templatesFolder, base);
  const name = found.name ?? (await nameIn(found.folder));
  const origin = stackRef === undefined ? config.stack?.origin : undefined;
  return { ref, base, origin, folder: found.folder, name, configApplies: appliesTo(config, { ...found, name }) };
}

/** The name in stack.yaml, also when other parts of it are wrong. */
async function nameIn(folder: string): Promise<string | undefined> {
  const text = await readTextIfThere(join(folder, 'stack.yaml'));
  const value = text === undefined ? undefined : parseYaml(text, 'stack.yaml').value;
  const name: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'stack') : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** A stackctl.yaml that names another stack does not apply to this one. */
export function appliesTo(
  { stack, stackBase }: Config,
  { name, folder }: { readonly name: string | undefined; readonly folder: string },
): boolean {
  const value = stack?.value;
  return value === undefined || value === name || join(stackBase, value) === folder || value === folder;
}

/** The project that `up` makes or goes on with. */
async function forStack(wanted: WantedStack, input: SelectInput): Promise<Selection> {
  if (!(await hasStack(wanted.folder))) await findStack(wanted.ref, input.templatesFolder, wanted.base, wanted.origin);
  const name = givenName(wanted, input) ?? wanted.name;
  if (name === undefined) return { name, record: undefined, stackFolder: wanted.folder };
  const record = await recordOf(name, input);
  if (record !== undefined) refuseOther(record, wanted);
  return { name, record, stackFolder: wanted.folder };
}

/** The project that was brought up with this stack, also when the stack no longer exists. */
async function existingOf(wanted: WantedStack, input: SelectInput): Promise<Selection | NotFound> {
  const given = givenName(wanted, input);
  const name = given ?? (await projectOf(wanted, input));
  const record = name === undefined ? undefined : await recordOf(name, input);
  const stackFolder = (await hasStack(wanted.folder)) ? wanted.folder : undefined;
  if (record !== undefined && name !== undefined) {
    if (stackFolder !== undefined) refuseOther(record, wanted);
    return { name, record, stackFolder };
  }
  if (stackFolder === undefined) await findStack(wanted.ref, input.templatesFolder, wanted.base, wanted.origin);
  return notFound(input, name ?? wanted.name, await projectsIn(input.folder));
}

async function projectOf({ name, folder }: WantedStack, input: SelectInput): Promise<string | undefined> {
  const names = await projectsIn(input.folder);
  const records = await Promise.all(names.map((one) => recordOf(one, input)));
  const isOfIt = (record: ProjectRecord | undefined): boolean =>
    record !== undefined && (name === undefined ? record.stackFolder === folder : record.stack === name);
  const matching = names.filter((_, index) => isOfIt(records[index]));
  if (name !== undefined && matching.includes(name)) return name;
  return matching.length === 0 ? name : onlyOne(matching, input);
}

function givenName({ configApplies }: WantedStack, { config: { name } }: SelectInput): string | undefined {
  const isFromFile = name?.origin !== '--project' && name?.origin !== 'STACKCTL_PROJECT';
  return configApplies || !isFromFile ? name?.value : undefined;
}

async function recordOf(name: string, { folder }: SelectInput): Promise<ProjectRecord | undefined> {
  return readRecord(projectPaths(folder, name));
}

function refuseOther(record: ProjectRecord, { name: stack }: WantedStack): void {
  if (stack === undefined || record.stack === stack) return;
  throw new StackctlError('E_USAGE', `project "${record.name}" runs the stack ${record.stack}, not ${stack}`, {
    hint: `Give the new project a name of its own: --project ${stack}. Or remove the old one: stackctl clean --project ${record.name}.`,
    details: { project: record.name, stack: record.stack, wanted: stack },
  });
}

function ambiguous(projects: readonly string[], folder: string): StackctlError {
  return new StackctlError('E_PROJECT_AMBIGUOUS', `several projects live in ${folder}: ${projects.join(', ')}`, {
    hint: `Say which one with --project, e.g. --project ${projects[0]}.`,
    details: { projects, folder },
  });
}
