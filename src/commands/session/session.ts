import { join } from 'node:path';
import { EXIT, StackctlError } from '../../errors.ts';
import { heal } from '../../lifecycle/heal.ts';
import type { RecordSession, Session } from '../../lifecycle/session.ts';
import { isHeld, readFaults } from '../../project/fault-journal.ts';
import { type OpenedProject, openLocated } from '../../project/open.ts';
import {
  type Instance,
  instancesOf,
  type ProjectIdentity,
  type Service,
  type Stack,
} from '../../stack/contract/model.ts';
import type { Runtime } from '../../stack/contract/runtime.ts';
import { builtInStacks, hasStack } from '../../stack/load/catalog.ts';
import type { CommandContext, Passthrough } from '../line/command.ts';
import type { SessionContext } from './context.ts';
import { noSuchInstance } from './instance-names.ts';
import { type LocatedProject, locateExisting, openInput, underLock, withLock } from './open.ts';
import { withRuntime } from './record-session.ts';

/** A verb's arguments: the stack, if the first one names one, and the rest (services, instances). */
export interface Words {
  readonly stackRef: string | undefined;
  readonly rest: readonly string[];
}

/** Whether the first argument is a stack (a built-in name or a folder with a stack.yaml) or already a service. */
export async function splitWords(context: SessionContext, args: readonly string[]): Promise<Words> {
  const [first, ...rest] = args;
  if (first === undefined) return { stackRef: undefined, rest: [] };
  const isPath = /[/\\]/.test(first);
  const names = await builtInStacks(context.templatesFolder);
  const isStack = isPath || names.includes(first) || (await hasStack(join(context.cwd, first)));
  return isStack ? { stackRef: first, rest } : { stackRef: undefined, rest: args };
}

export interface OpenSession extends Session {
  readonly project: OpenedProject;
  readonly identity: ProjectIdentity;
}

/** Runs `use` with an existing project and its runtime, and closes the runtime. Takes no lock: for verbs that change nothing. */
export async function withSession<T>(
  context: SessionContext,
  stackRef: string | undefined,
  use: (session: OpenSession) => Promise<T>,
): Promise<T> {
  return opened(context, stackRef, await locateExisting(context, stackRef), use);
}

/**
 * As `withSession`, for verbs that change something: opened under the project's lock, and after undoing faults that a
 * killed run left behind.
 */
export async function withLockedSession<T>(
  context: SessionContext,
  stackRef: string | undefined,
  verb: string,
  use: (session: OpenSession) => Promise<T>,
): Promise<T> {
  return underLock(context, stackRef, verb, (located) =>
    opened(context, stackRef, located, async (session) => {
      const { runtime, stack, paths, emit } = session;
      await heal({ runtime, stack, faults: paths.faults, emit, leavesHeld: true });
      return use(session);
    }),
  );
}

async function opened<T>(
  context: SessionContext,
  stackRef: string | undefined,
  located: LocatedProject,
  use: (session: OpenSession) => Promise<T>,
): Promise<T> {
  const project = await openLocated(located, openInput(context, stackRef, 'existing'));
  return withRuntime(context, located, (session) => use({ ...session, project, stack: project.stack }));
}

/**
 * Undoes faults that a killed run left behind, for verbs that change nothing. A fault that cannot be undone, or that
 * belongs to another stackctl that holds the lock, becomes a warning: the verb still answers.
 */
export async function healLeftovers({ runtime, stack, paths, emit }: RecordSession): Promise<void> {
  const faults = (await readFaults(paths.faults)).filter((entry) => !isHeld(entry));
  if (faults.length === 0) return;
  try {
    await withLock(paths, 'heal', () => heal({ runtime, stack, faults: paths.faults, emit, leavesHeld: true }));
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    const list = faults.map(({ fault, instance }) => `${fault} of ${instance}`).join(', ');
    emit({ type: 'warning', text: `a fault is in place: ${list} (${error.message})` });
  }
}

/** Exit code of a verb that runs until it is interrupted: that is its normal end and needs no error message. */
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
  throw noSuchInstance(stack, [...stack.services.map(({ name }) => name), ...all.map(({ name }) => name)], word);
}
