import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, StackctlError, systemCode } from '../errors.ts';
import { readFaults } from '../lib/fault-journal.ts';
import { takeLock } from '../lib/lock.ts';
import { heal } from '../lifecycle/heal.ts';
import type { Session } from '../lifecycle/session.ts';
import { builtInStacks, hasStack } from '../stack/catalog.ts';
import { type Instance, instancesOf, type Service, type Stack } from '../stack/model.ts';
import { type OpenedProject, openProject } from '../stack/open.ts';
import { loadRuntime } from '../stack/plugins.ts';
import { makeProjectFolder, type ProjectRecord } from '../stack/record.ts';
import type { Runtime } from '../stack/runtime.ts';
import { suggest } from '../stack/suggest.ts';
import type { CommandContext, Passthrough } from './command.ts';

/** A verb's arguments: the stack, if the first one names one, and the rest (services, instances). */
export interface Words {
  readonly stackRef: string | undefined;
  readonly rest: readonly string[];
}

/** Whether the first argument is a stack (a built-in name or a folder with a stack.yaml) or already a service. */
export async function splitWords(context: CommandContext, args: readonly string[]): Promise<Words> {
  const [first, ...rest] = args;
  if (first === undefined) return { stackRef: undefined, rest: [] };
  const isPath = /[/\\]/.test(first);
  const names = await builtInStacks(context.templatesFolder);
  const isStack = isPath || names.includes(first) || (await hasStack(join(context.cwd, first)));
  return isStack ? { stackRef: first, rest } : { stackRef: undefined, rest: args };
}

/** Opens the project that a verb means, and tells its warnings. */
export async function open(
  context: CommandContext,
  stackRef: string | undefined,
  need: 'existing' | 'any',
): Promise<OpenedProject> {
  const { cwd, env, global, emit, templatesFolder } = context;
  const project = await openProject({ cwd, env, global, stackRef, templatesFolder, need });
  if (need === 'any') for (const text of project.warnings) emit({ type: 'warning', text });
  return project;
}

export interface OpenSession extends Session {
  readonly project: OpenedProject;
}

/** Runs `use` with an existing project and its runtime, and closes the runtime. Takes no lock: for verbs that look. */
export async function withSession<T>(
  context: CommandContext,
  stackRef: string | undefined,
  use: (session: OpenSession) => Promise<T>,
): Promise<T> {
  const project = await open(context, stackRef, 'existing');
  const record = requireRecord(project);
  const runtime = await (await loadRuntime(record.runtime)).open({
    projectId: project.identity.id,
    paths: project.paths,
    env: context.env,
  });
  try {
    const { paths } = project;
    const { emit, signal } = context;
    return await use({ project, record, paths, runtime, stack: project.resolve(record.runtime), emit, signal });
  } finally {
    await runtime.close();
  }
}

/** Runs `use` with the runtimes that the project was on before this one: data may still be there. */
export async function withOtherRuntimes<T>(
  { env }: CommandContext,
  { project, record }: OpenSession,
  use: (runtimes: readonly Runtime[]) => Promise<T>,
): Promise<T> {
  const names = record.runtimesUsed.filter((name) => name !== record.runtime);
  const input = { projectId: project.identity.id, paths: project.paths, env };
  const runtimes = await Promise.all(names.map(async (name) => (await loadRuntime(name)).open(input)));
  try {
    return await use(runtimes);
  } finally {
    for (const runtime of runtimes) await runtime.close();
  }
}

/**
 * As `withSession`, for verbs that change something: under the project's lock, and after undoing faults that a killed
 * run left behind.
 */
export async function withLockedSession<T>(
  context: CommandContext,
  stackRef: string | undefined,
  verb: string,
  use: (session: OpenSession) => Promise<T>,
): Promise<T> {
  return withSession(context, stackRef, (session) =>
    withLock(session.project, verb, async () => {
      await heal({ runtime: session.runtime, faults: session.paths.faults, emit: session.emit });
      return use(session);
    }),
  );
}

/** Runs `use` while no other stackctl changes this project. @throws E_LOCKED */
export async function withLock<T>(project: OpenedProject, verb: string, use: () => Promise<T>): Promise<T> {
  await makeProjectFolder(project.paths);
  const release = await takeLock(project.paths.lock, `stackctl ${verb}`);
  try {
    return await use();
  } finally {
    await release();
    await removeIfEmpty(project.paths.root);
  }
}

/** A first `up` that was refused leaves no trace of the project. */
async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) throw error;
  }
}

/**
 * Undoes faults that a killed run left behind, for verbs that look. What cannot be undone, or is the doing of another
 * stackctl that holds the lock, is named: looking must not fail for it.
 */
export async function healLeftovers({ project, runtime, paths, emit }: OpenSession): Promise<void> {
  const faults = await readFaults(paths.faults);
  if (faults.length === 0) return;
  try {
    await withLock(project, 'heal', () => heal({ runtime, faults: paths.faults, emit }));
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    const list = faults.map(({ fault, instance }) => `${fault} of ${instance}`).join(', ');
    emit({ type: 'warning', text: `a fault is in place: ${list} (${error.message})` });
  }
}

/** Exit code of a verb that goes on until it is interrupted: that is its normal end and needs no error message. */
export function interruptCode({ aborted, reason }: AbortSignal): number {
  return aborted && reason instanceof StackctlError ? reason.exitCode : EXIT.ok;
}

/** Runs a program at an instance with the streams of this command. */
export async function runProgram(
  { interactive: tty, stdin, stdout, stderr, signal }: CommandContext,
  runtime: Runtime,
  { instance, argv, environment }: ProgramAt,
): Promise<Passthrough> {
  const exitCode = await runtime.exec(instance.name, argv, { environment, tty, stdin, stdout, stderr, signal });
  return { exitCode };
}

export interface ProgramAt {
  readonly instance: Pick<Instance, 'name'>;
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
}

/** Arguments for a program that is run: the `--` that ends stackctl's own options is not one of them. */
export function programWords(words: readonly string[]): readonly string[] {
  return words[0] === '--' ? words.slice(1) : words;
}

function requireRecord({ record, identity }: OpenedProject): ProjectRecord {
  if (record !== undefined) return record;
  throw new StackctlError('E_PROJECT_NOT_FOUND', `the project ${identity.name} was never brought up`, {
    hint: 'stackctl up',
  });
}

/**
 * Instances that words name: an instance (`redis-2`) or a service (all of its). No words: all.
 * @throws E_INSTANCE_NOT_FOUND with a suggestion.
 */
export function selectInstances(stack: Stack, words: readonly string[]): readonly Instance[] {
  const all = instancesOf(stack);
  if (words.length === 0) return all;
  const chosen = new Set(words.flatMap((word) => matching(stack, all, word)));
  return all.filter((instance) => chosen.has(instance));
}

/** The services of the instances that words name, each with those instances only. */
export function selectServices(stack: Stack, words: readonly string[]): readonly Service[] {
  const chosen = new Set(selectInstances(stack, words));
  return stack.services
    .map((service) => ({ ...service, instances: service.instances.filter((instance) => chosen.has(instance)) }))
    .filter(({ instances }) => instances.length > 0);
}

function matching(stack: Stack, all: readonly Instance[], word: string): readonly Instance[] {
  const found = all.filter(({ name, service }) => name === word || service === word);
  if (found.length > 0) return found;
  const names = [...stack.services.map(({ name }) => name), ...all.map(({ name }) => name)];
  const near = suggest(word, names);
  throw new StackctlError(
    'E_INSTANCE_NOT_FOUND',
    `the project ${stack.project.name} has no service or instance "${word}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    { hint: `It has: ${names.join(', ')}.`, details: { name: word, known: names } },
  );
}
