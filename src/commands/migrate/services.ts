import { type Command, InvalidArgumentError } from 'commander';
import { StackctlError } from '../../errors.ts';
import { deadline } from '../../lib/poll.ts';
import { type DeclaringService, declaringServices } from '../../migrate/declared.ts';
import { type MigratedService, readMigrations } from '../../migrate/folder.ts';
import { type Target, targetsInOrder } from '../../migrate/in-order.ts';
import { type KnownFiles, openKnownFiles } from '../../migrate/known-files.ts';
import { type Service, type Stack, serviceOf } from '../../stack/contract/model.ts';
import type { CommandContext } from '../line/command.ts';
import { timeoutOption } from '../line/options.ts';
import type { OpenSession } from '../session/session.ts';
import { noMigrations } from './no-migrations.ts';

/** The arguments and the deadline that every action on the services of a project has. */
export function onServices(command: Command): Command {
  return command
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .argument('[services...]', 'only these services; without any, all that have migrations')
    .addOption(timeoutOption("longest wait for each service; without it, the stack's readiness.timeout"));
}

/** What `--verbose` adds. */
export const VERBOSE =
  'also name the settings for applications (of the server, the database, the role) that do not bind the files';

/** Aborts at the end of `--timeout`, or of the time that the stack has to become ready. */
export function migrationDeadline({ global, signal }: CommandContext, { stack }: OpenSession): AbortSignal {
  return deadline(global.timeoutMs ?? stack.readiness.timeoutMs, signal);
}

/**
 * The services that have migrations, all or those that words name.
 * @throws E_INSTANCE_NOT_FOUND for a word that is none of them, E_MIGRATION_INVALID.
 */
export function migratedServices(
  stack: Stack,
  words: readonly string[],
  known?: KnownFiles,
): readonly MigratedService[] {
  const names = stack.migrations.map(({ service }) => service);
  const unknown = words.find((word) => !names.includes(word));
  if (unknown !== undefined) throw noMigrations(stack, unknown);
  return readMigrations(stack, words.length === 0 ? undefined : words, known);
}

/** As `migratedServices`, all of them found to run. @throws E_NOT_RUNNING and what `migratedServices` throws. */
export async function runningServices(
  session: OpenSession,
  words: readonly string[],
): Promise<readonly MigratedService[]> {
  const known = openKnownFiles(session.paths.knownMigrations);
  const chosen = migratedServices(session.stack, words, known);
  await known.save();
  await refuseStopped(session, chosen);
  return chosen;
}

async function refuseStopped(
  { stack, runtime }: OpenSession,
  chosen: readonly { readonly service: Service }[],
): Promise<void> {
  const running = (await runtime.observe()).filter(({ state }) => state === 'running').map(({ name }) => name);
  const runs = ({ service }: { readonly service: Service }): boolean =>
    serviceOf(stack, service.name).instances.some(({ name }) => running.includes(name));
  const error = stoppedError(stack.name, namesOf(chosen.filter((one) => !runs(one))), namesOf(chosen.filter(runs)));
  if (error !== undefined) throw error;
}

function namesOf(all: readonly { readonly service: Service }[]): readonly string[] {
  return all.map(({ service }) => service.name);
}

/** Undefined: all of them run. Pure. */
export function stoppedError(
  stack: string,
  stopped: readonly string[],
  running: readonly string[],
): StackctlError | undefined {
  if (stopped.length === 0) return undefined;
  const start = 'Start what is missing: stackctl up';
  return new StackctlError('E_NOT_RUNNING', `${stopped.join(', ')} ${stopped.length === 1 ? 'does' : 'do'} not run`, {
    hint: running.length === 0 ? start : `${start}. Or name what runs, behind the stack: ${stack} ${running.join(' ')}`,
  });
}

/**
 * The services that have migrations and those that declare what is inside them, all or those that words name, all of them
 * found to run. @throws as `runningServices`.
 */
export async function runningTargets(
  session: OpenSession,
  words: readonly string[],
): Promise<{ readonly migrated: readonly MigratedService[]; readonly declaring: readonly DeclaringService[] }> {
  const known = declaringServices(session.stack);
  const isNamed = (name: string): boolean => words.length === 0 || words.includes(name);
  const declaring = known.filter(({ service }) => isNamed(service.name));
  const rest = words.filter((word) => !known.some(({ service }) => service.name === word));
  const migrated = words.length > 0 && rest.length === 0 ? [] : await runningServices(session, rest);
  await refuseStopped(session, declaring);
  return { migrated, declaring };
}

/** As `runningTargets`, in the order in which they are worked through. */
export async function runningInOrder(session: OpenSession, words: readonly string[]): Promise<readonly Target[]> {
  const { migrated, declaring } = await runningTargets(session, words);
  return targetsInOrder(session.stack, declaring, migrated);
}

/** An action on one service, for the command that names it. */
export interface OneService {
  /** The words before the stack, e.g. `migrate baseline 1`. */
  readonly command: string;
  /** What needs others comes before them. */
  readonly lastFirst?: true;
}

/**
 * The one service that an action is about.
 * @throws E_USAGE naming the services when there are several, and what `runningServices` throws.
 */
export async function runningService(
  session: OpenSession,
  words: readonly string[],
  { command, lastFirst }: OneService,
): Promise<MigratedService> {
  const found = await runningServices(session, words);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const inOrder = found.map(({ service }) => service.name);
  const [first, ...names] = lastFirst ? inOrder.toReversed() : inOrder;
  const { name } = session.stack;
  if (first === undefined) throw new StackctlError('E_USAGE', `${name} has no migrations`);
  const all = [first, ...names].join(', ');
  throw new StackctlError('E_USAGE', `which service? ${all} have migrations`, {
    hint: `${lastFirst ? 'One at a time, in this order' : 'Name it'}: stackctl ${command} ${name} ${first}`,
  });
}

/** A version as a user types it: `7`, `0007` or the name of its file. @throws InvalidArgumentError */
export function version(text: string): bigint {
  const digits = /^\d+(?=$|_)/.exec(text)?.[0];
  if (digits === undefined) throw new InvalidArgumentError('Give the number that a file begins with, e.g. 0007.');
  return BigInt(digits);
}
