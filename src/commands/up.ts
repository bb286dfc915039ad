import { join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { buildPrograms, type ProgramSource } from '../lifecycle/build-programs.ts';
import { chooseRuntime } from '../lifecycle/choose-runtime.ts';
import { explainLeftOut } from '../lifecycle/migrations-left-out.ts';
import { formatPlan } from '../lifecycle/plan.ts';
import { parseScaleTarget, refuseUnsafeCounts } from '../lifecycle/scale-plan.ts';
import { type StatusView, statusView } from '../lifecycle/status.ts';
import { up as bringUp, partOf, type UpInput, type UpResult } from '../lifecycle/up.ts';
import type { MigratedService } from '../migrate/folder.ts';
import { migrateOutlookText } from '../output/migrate.ts';
import { statusText } from '../output/status.ts';
import type { Service, Stack } from '../stack/model.ts';
import { needsOf } from '../stack/needs.ts';
import { type OpenedProject, RECORDED } from '../stack/open.ts';
import { loadRuntime, runtimeNames } from '../stack/plugins.ts';
import type { PortMode } from '../stack/ports.ts';
import { registryFolder } from '../stack/registry.ts';
import type { StackNeeds } from '../stack/runtime.ts';
import type { CommandContext, CommandModule, CommandResult } from './command.ts';
import { listOption, option, READY_LIMIT, timeoutOption } from './options.ts';
import { open, splitWords, withLock } from './session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'a built-in stack or a folder with a stack.yaml; without it, the project of this folder')
    .argument('[services...]', 'only these services; without any, all')
    .addOption(
      option({
        flags: '--ports <mode>',
        description:
          'when a port is taken: auto moves to the next free one, strict fails; without it, moves only where another stackctl project has it',
        parse: String,
        choices: ['auto', 'strict'],
      }),
    )
    .addOption(listOption('--scale <service=n>', 'number of instances of a service, e.g. backend=3'))
    .option('--build', 'build the programs of the stack again, all or those of the services named')
    .option('--no-cache', 'with --build: without the layers of earlier builds')
    .option('--no-migrate', 'leave pending migrations to stackctl migrate')
    .option('--dry-run', 'print what would be done and why, and stop')
    .addOption(timeoutOption(READY_LIMIT));
};

export const run: CommandModule['run'] = async (context, args, flags) => {
  const { stackRef, rest } = await splitWords(context, args);
  const project = await open(context, stackRef, 'any');
  const targets = (flags.scale as readonly string[]).map(parseScaleTarget);
  if (targets.length > 0) refuseUnsafeCounts(resolveAny(project), targets);
  if (flags.cache === false && flags.build !== true) {
    throw new StackctlError('E_USAGE', '--no-cache says how to build, and nothing is built without --build', {
      hint: 'stackctl up --build --no-cache',
    });
  }
  const counts = Object.fromEntries(targets.map(({ service, count }) => [service, count]));
  const options: StartOptions = {
    services: rest,
    counts,
    portMode: portMode(flags.ports),
    dryRun: flags.dryRun === true,
    build: { rebuild: new Set(flags.build === true ? buildable(project, rest) : []), cache: flags.cache !== false },
    migrate: flags.migrate !== false,
  };
  if (options.dryRun) return dryRunResult(context, await start(context, project, options), options.migrate);
  return withLock(project, 'up', async () => {
    await buildPrograms(programsOf(project, options.build.rebuild), context);
    return upResult(await start(context, await reopen(context, stackRef), options));
  });
};

/** Services with a program of their own among those that were named; none named: all. */
function buildable({ loaded }: OpenedProject, named: readonly string[]): readonly string[] {
  const programs = [...loaded.outline.services].filter(([, { build }]) => build !== undefined).map(([name]) => name);
  return named.length === 0 ? programs : programs.filter((name) => named.includes(name));
}

function programsOf({ loaded }: OpenedProject, services: ReadonlySet<string>): readonly ProgramSource[] {
  return [...loaded.outline.services].flatMap(([service, { build }]) =>
    build !== undefined && services.has(service) ? [{ service, folder: join(loaded.folder, build) }] : [],
  );
}

export interface StartOptions {
  readonly services: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly portMode: PortMode;
  readonly dryRun: boolean;
  readonly build: UpInput['build'];
  /** Apply pending migrations. */
  readonly migrate: boolean;
}

/** What these services need from the machine; a name that is no service is refused later. */
function neededBy(project: OpenedProject, services: readonly string[]): StackNeeds {
  if (services.length === 0) return project.needs;
  const stack = resolveAny(project);
  const known = services.filter((name) => stack.services.some((service) => service.name === name));
  return known.length === 0 ? project.needs : needsOf(partOf(stack, known));
}

/** For what is the same on every runtime. */
function resolveAny({ resolve, runtime }: OpenedProject): Stack {
  return resolve(runtime.value === 'docker' ? 'docker' : 'process');
}

/** As `up` without any flag. */
export const PLAIN_START: StartOptions = {
  services: [],
  counts: {},
  portMode: 'default',
  dryRun: false,
  build: { rebuild: new Set(), cache: true },
  migrate: true,
};

/** Chooses the runtime, says which and why, and brings the project up. */
export async function start(context: CommandContext, project: OpenedProject, options: StartOptions): Promise<UpResult> {
  const { env, emit, signal, global } = context;
  const { paths, identity } = project;
  const needs = neededBy(project, options.services);
  const migrations = options.migrate ? await readMigrationsOf(resolveAny(project), options.services) : [];
  const choice = await chooseRuntime({
    // What is only on record was not asked for.
    asked: project.runtime.origin === RECORDED ? 'auto' : project.runtime.value,
    recorded: project.record,
    candidates: runtimeNames(),
    availability: async (name) => (await loadRuntime(name)).availability(needs, env, { pull: !options.dryRun }),
  });
  emit({ type: 'note', text: `runtime: ${choice.name} (${choice.reason})` });
  const module = await loadRuntime(choice.name);
  const runtime = await module.open({ projectId: identity.id, paths, env });
  try {
    return await bringUp({
      ...options,
      project,
      runtimeName: choice.name,
      runtime,
      takenNetworks: () => module.takenNetworks(env),
      settle: (stack, service, until) => applyPending(stack, { service, migrations }, { emit, signal: until }),
      timeoutMs: global.timeoutMs,
      registry: registryFolder(env),
      command: 'stackctl up',
      now: () => new Date(),
      emit,
      signal,
    });
  } catch (error) {
    throw options.migrate ? error : explainLeftOut(error, project.resolve(choice.name));
  } finally {
    await runtime.close();
  }
}

/** Before anything is started: a file that is wrong ends the command while nothing was changed. */
async function readMigrationsOf(stack: Stack, services: readonly string[]): Promise<readonly MigratedService[]> {
  const { readMigrations } = await import('../migrate/folder.ts');
  const known = services.filter((name) => stack.services.some((service) => service.name === name));
  return readMigrations(
    stack,
    partOf(stack, known).services.map(({ name }) => name),
  );
}

/** The migrations of a service, once it answers. */
async function applyPending(
  stack: Stack,
  { service, migrations }: { readonly service: Service; readonly migrations: readonly MigratedService[] },
  context: { readonly emit: CommandContext['emit']; readonly signal: AbortSignal },
): Promise<void> {
  const found = migrations.find((migrated) => migrated.service.name === service.name);
  if (found === undefined) return;
  const { runPending } = await import('../migrate/run-pending.ts');
  // The files were read before its addresses were known.
  await runPending(stack, { ...found, service }, context);
}

/** What was read before the lock was held may have been changed by its last holder. */
function reopen(context: CommandContext, stackRef: string | undefined): Promise<OpenedProject> {
  return open({ ...context, emit: () => undefined }, stackRef, 'any');
}

function upResult({ stack, plan, report }: UpResult): CommandResult {
  if (report === undefined) throw new Error('up ended without a report');
  const view = existing(statusView(stack, report));
  const there = new Set(view.services.map(({ name }) => name));
  const notStarted = stack.services.map(({ name }) => name).filter((name) => !there.has(name));
  const rest = notStarted.length === 0 ? [] : [`not started: ${notStarted.join(', ')} (stackctl up starts everything)`];
  return { data: { ...view, steps: plan.steps, notStarted }, text: [statusText(view), ...rest].join('\n\n') };
}

/** Without the instances of services that were not asked for and never started. */
function existing(view: StatusView): StatusView {
  const instances = view.instances.filter(({ health }) => health !== 'missing');
  const services = view.services.filter(({ name }) => instances.some(({ service }) => service === name));
  return { ...view, instances, services, healthy: instances.every(({ health }) => health === 'healthy') };
}

async function dryRunResult(
  { signal }: CommandContext,
  { stack, plan }: UpResult,
  migrate: boolean,
): Promise<CommandResult> {
  const { migrationsAhead } = await import('../migrate/outlook.ts');
  const starting = plan.steps.filter(({ op }) => op !== 'remove').map(({ instance }) => instance);
  const { outlooks, failure } = migrate
    ? await migrationsAhead(stack, { running: plan.unchanged, starting }, signal)
    : { outlooks: [], failure: undefined };
  const data = {
    project: stack.project.name,
    stack: stack.name,
    runtime: stack.runtime,
    ...plan,
    migrations: outlooks,
  };
  const text = [formatPlan(plan), migrateOutlookText(outlooks)].filter((lines) => lines !== '').join('\n');
  return { data, text, ...(failure !== undefined && { failure }) };
}

function portMode(value: unknown = 'default'): PortMode {
  if (value === 'default' || value === 'auto' || value === 'strict') return value;
  throw new StackctlError('E_USAGE', `--ports takes auto or strict, not "${String(value)}"`);
}
