import { StackctlError } from '../errors.ts';
import { chooseRuntime } from '../lifecycle/choose-runtime.ts';
import { formatPlan } from '../lifecycle/plan.ts';
import { parseScaleTarget } from '../lifecycle/scale-plan.ts';
import { type StatusView, statusView } from '../lifecycle/status.ts';
import { up as bringUp, type UpResult } from '../lifecycle/up.ts';
import { statusText } from '../output/status.ts';
import { type OpenedProject, RECORDED } from '../stack/open.ts';
import { loadRuntime, runtimeNames } from '../stack/plugins.ts';
import type { PortMode } from '../stack/ports.ts';
import { registryFolder } from '../stack/registry.ts';
import type { CommandContext, CommandModule, CommandResult } from './command.ts';
import { open, splitWords, withLock } from './session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'built-in stack or folder with a stack.yaml; default: the project of this folder')
    .argument('[services...]', 'only these services')
    .option('--ports <mode>', 'when a port is taken: auto (move), strict (never move)', 'default')
    .option('--scale <service=n>', 'number of instances of a service (repeatable)', collect, [])
    .option('--build', 'rebuild the images of services that are built from source')
    .option('--dry-run', 'print what would be done and why, and stop');
};

export const run: CommandModule['run'] = async (context, args, flags) => {
  const { stackRef, rest } = await splitWords(context, args);
  const project = await open(context, stackRef, 'any');
  const counts = Object.fromEntries(
    (flags.scale as readonly string[]).map(parseScaleTarget).map(({ service, count }) => [service, count]),
  );
  const options = { services: rest, counts, portMode: portMode(flags.ports), dryRun: flags.dryRun === true };
  if (options.dryRun) return dryRunResult(await start(context, project, options));
  return withLock(project, 'up', async () => upResult(await start(context, await reopen(context, stackRef), options)));
};

export interface StartOptions {
  readonly services: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly portMode: PortMode;
  readonly dryRun: boolean;
}

/** Chooses the runtime, says which and why, and brings the project up. */
export async function start(context: CommandContext, project: OpenedProject, options: StartOptions): Promise<UpResult> {
  const { env, emit, signal, global } = context;
  const { paths, identity } = project;
  const choice = await chooseRuntime({
    // What is only on record was not asked for.
    asked: project.runtime.origin === RECORDED ? 'auto' : project.runtime.value,
    recorded: project.record,
    candidates: runtimeNames(),
    availability: async (name) => (await loadRuntime(name)).availability(project.needs, env, { pull: !options.dryRun }),
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
      timeoutMs: global.timeoutMs,
      registry: registryFolder(env),
      command: 'stackctl up',
      now: () => new Date(),
      emit,
      signal,
    });
  } finally {
    await runtime.close();
  }
}

/** What was read before the lock was held may have been changed by its last holder. */
function reopen(context: CommandContext, stackRef: string | undefined): Promise<OpenedProject> {
  return open({ ...context, emit: () => undefined }, stackRef, 'any');
}

function upResult({ stack, plan, report }: UpResult): CommandResult {
  if (report === undefined) throw new Error('up ended without a report');
  const view = existing(statusView(stack, report));
  return { data: { ...view, steps: plan.steps }, text: statusText(view) };
}

/** Without the instances of services that were not asked for and never started. */
function existing(view: StatusView): StatusView {
  const instances = view.instances.filter(({ health }) => health !== 'missing');
  return { ...view, instances, healthy: instances.every(({ health }) => health === 'healthy') };
}

function dryRunResult({ stack, plan }: UpResult): CommandResult {
  const data = { project: stack.project.name, stack: stack.name, runtime: stack.runtime, ...plan };
  return { data, text: formatPlan(plan) };
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function portMode(value: unknown): PortMode {
  if (value === 'default' || value === 'auto' || value === 'strict') return value;
  throw new StackctlError('E_USAGE', `--ports takes auto or strict, not "${String(value)}"`);
}
