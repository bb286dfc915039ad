/** Which project of a folder a command means, and which stack that is. */

import { join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { type FoundStack, findStack, hasStack } from './catalog.ts';
import type { Config } from './config.ts';
import { displayPath } from './display-path.ts';
import { type LoadedStack, loadSpec } from './load-spec.ts';
import { projectPaths } from './paths.ts';
import type { PluginSource } from './plugins.ts';
import { type ProjectRecord, projectsIn, readRecord } from './record.ts';

export interface SelectInput {
  readonly cwd: string;
  /** Real path of the project's folder. */
  readonly folder: string;
  readonly config: Config;
  readonly stackRef: string | undefined;
  readonly templatesFolder: string;
  /** `existing`: a project that was brought up before. */
  readonly need: 'existing' | 'any';
  readonly plugins: Pick<PluginSource, 'kindNames' | 'loadKind'>;
}

export interface Selection {
  readonly name: string;
  readonly record: ProjectRecord | undefined;
  readonly loaded: LoadedStack;
  /** `values:` of stackctl.yaml are meant for this stack. */
  readonly configApplies: boolean;
}

/**
 * A stack that is named (argument, STACKCTL_STACK, `stack:`) decides; without one a project that is named does, and
 * without that the folder's only project.
 * @throws E_PROJECT_NOT_FOUND, E_PROJECT_AMBIGUOUS, E_STACK_NOT_FOUND, E_STACK_INVALID, E_USAGE.
 */
export async function selectProject(input: SelectInput): Promise<Selection> {
  const recorded = await recordedProject(input);
  if (recorded !== undefined) return fromRecord(recorded, input);
  const loaded = await load(await wantedStack(input), input);
  const configApplies = appliesTo(loaded, input);
  const name = await nameFor(loaded.spec.stack, configApplies, input);
  const record = await readRecord(projectPaths(input.folder, name));
  if (record !== undefined && record.stack !== loaded.spec.stack) throw otherStack(record, loaded.spec.stack);
  if (record === undefined && input.need === 'existing') throw notFound(input, name, await projectsIn(input.folder));
  return { name, record, loaded, configApplies };
}

/** The project that is meant when the command line names no stack: the named one, or the only one. */
async function recordedProject(input: SelectInput): Promise<ProjectRecord | undefined> {
  const { stackRef, config, folder } = input;
  if (stackRef !== undefined) return undefined;
  if (config.name !== undefined) {
    const named = await readRecord(projectPaths(folder, config.name.value));
    if (named !== undefined || config.stack !== undefined) return named;
    throw notFound(input, config.name.value, await projectsIn(folder));
  }
  if (config.stack !== undefined) return undefined;
  const names = await projectsIn(folder);
  const [only] = names;
  if (only === undefined) throw notFound(input, undefined, names);
  if (names.length > 1) throw ambiguous(names, folder);
  return readRecord(projectPaths(folder, only));
}

async function fromRecord(record: ProjectRecord, input: SelectInput): Promise<Selection> {
  // The folder of a built-in stack moves when stackctl is installed anew.
  const found = (await hasStack(record.stackFolder))
    ? { folder: record.stackFolder }
    : await findStack(record.stack, input.templatesFolder, input.folder);
  const loaded = await load(found, input);
  return { name: record.name, record, loaded, configApplies: appliesTo(loaded, input) };
}

async function wantedStack({ stackRef, config, cwd, templatesFolder }: SelectInput): Promise<FoundStack> {
  if (stackRef !== undefined) return findStack(stackRef, templatesFolder, cwd);
  if (config.stack !== undefined) return findStack(config.stack.value, templatesFolder, config.stackBase);
  throw new Error('a project was selected without a stack');
}

async function load({ folder }: Pick<FoundStack, 'folder'>, { cwd, plugins }: SelectInput): Promise<LoadedStack> {
  return loadSpec({ folder, displayName: displayPath(join(folder, 'stack.yaml'), cwd), plugins });
}

/** A stackctl.yaml that names another stack says nothing about this one. */
function appliesTo({ spec, folder }: LoadedStack, { config }: SelectInput): boolean {
  const stack = config.stack?.value;
  return stack === undefined || stack === spec.stack || join(config.stackBase, stack) === folder || stack === folder;
}

async function nameFor(stack: string, configApplies: boolean, input: SelectInput): Promise<string> {
  const { config, folder, need } = input;
  const isFromFile = config.name?.origin !== '--project' && config.name?.origin !== 'STACKCTL_PROJECT';
  if (config.name !== undefined && (configApplies || !isFromFile)) return config.name.value;
  if (need === 'any') return stack;
  const names = await projectsIn(folder);
  if (names.includes(stack)) return stack;
  const records = await Promise.all(names.map((name) => readRecord(projectPaths(folder, name))));
  const [only, ...others] = names.filter((_, index) => records[index]?.stack === stack);
  if (only !== undefined && others.length > 0) throw ambiguous([only, ...others], folder);
  return only ?? stack;
}

function ambiguous(projects: readonly string[], folder: string): StackctlError {
  return new StackctlError('E_PROJECT_AMBIGUOUS', `several projects live in ${folder}: ${projects.join(', ')}`, {
    hint: `Say which one with --project, e.g. --project ${projects[0]}.`,
    details: { projects, folder },
  });
}

function notFound({ folder }: SelectInput, name: string | undefined, projects: readonly string[]): StackctlError {
  const what = name === undefined ? `there is no project in ${folder}` : `there is no project "${name}" in ${folder}`;
  const others = projects.length === 0 ? '' : ` Projects here: ${projects.join(', ')}.`;
  return new StackctlError('E_PROJECT_NOT_FOUND', what, {
    hint: `Run: stackctl up <stack> (stackctl templates lists the built-in ones).${others} Projects in other folders: stackctl ls.`,
    details: { folder, projects, ...(name === undefined ? {} : { project: name }) },
  });
}

function otherStack(record: ProjectRecord, stack: string): StackctlError {
  return new StackctlError('E_USAGE', `project "${record.name}" runs the stack ${record.stack}, not ${stack}`, {
    hint: `Give the new project a name of its own: --project ${stack}. Or remove the old one: stackctl clean --project ${record.name}.`,
    details: { project: record.name, stack: record.stack, wanted: stack },
  });
}
