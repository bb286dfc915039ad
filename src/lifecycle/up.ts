import type { HealthReport } from '../health/check.ts';
import type { Emit } from '../lib/events.ts';
import type { OpenedProject } from '../project/open.ts';
import { type ProjectRecord, writeRecord } from '../project/record.ts';
import { projectBefore, recordOf, saveProject } from '../project/save.ts';
import { render } from '../render/render.ts';
import { openReplace, type Replace } from '../render/replace-rendered.ts';
import { instancesOf, type Service, type Stack } from '../stack/contract/model.ts';
import { factsOf } from '../stack/contract/plugins.ts';
import type { ObservedInstance, Runtime, TakenNetworks } from '../stack/contract/runtime.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import type { PrepareOptions } from '../stack/contract/runtime-options.ts';
import { partOf } from '../stack/derived/part-of.ts';
import { isPresent } from '../stack/derived/present.ts';
import { readRenderedHashes } from '../stack/derived/rendered-hashes.ts';
import { moveText } from '../stack/ports/port-conflict.ts';
import type { PortMode } from '../stack/ports/ports.ts';
import { allocate, type JoinNetwork, whileAllocating } from './allocate.ts';
import { apply } from './apply.ts';
import { heal } from './heal.ts';
import { newSecrets } from './new-secrets.ts';
import { isStarting, type Plan, plan } from './plan.ts';
import { findPrimaries, primariesAfter } from './primaries.ts';
import { readPrograms } from './programs.ts';
import { refuseDowngrade } from './refuse-downgrade.ts';
import { rolled } from './rolled.ts';
import { findStale } from './stale.ts';
import { rebuiltNames, wantedNames } from './wanted-names.ts';

export interface UpInput {
  readonly project: OpenedProject;
  readonly runtimeName: RuntimeName;
  readonly runtime: Runtime;
  readonly takenNetworks: () => Promise<TakenNetworks>;
  /** See `AllocateInput.joinNetwork`. */
  readonly joinNetwork?: JoinNetwork | undefined;
  /** Service name -> number of instances, where it differs from what is on record or in the stack. */
  readonly counts: Readonly<Record<string, number>>;
  /** Only these services; empty: all. */
  readonly services: readonly string[];
  readonly portMode: PortMode;
  /** See `AllocateInput.portsFrom`. */
  readonly portsFrom: number | undefined;
  /** Undefined: the stack's own readiness time-out. */
  readonly timeoutMs: number | undefined;
  readonly dryRun: boolean;
  /** What is to be built again, see Runtime.prepare. */
  readonly build: Required<Pick<PrepareOptions, 'rebuild' | 'cache'>>;
  /** Brings what is in a server up to date once it runs (migrations), besides what its kind declares. */
  readonly migrate: (stack: Stack, service: Service, signal: AbortSignal) => Promise<void>;
  /** See `ApplyInput.whileRolling`. */
  readonly whileRolling: (stack: Stack, names: readonly string[], roll: () => Promise<void>) => Promise<void>;
  /** Folder of the user's registry of projects. */
  readonly registry: string;
  /** For the allocation lock. */
  readonly command: string;
  readonly now: () => Date;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

export interface UpResult {
  readonly stack: Stack;
  readonly plan: Plan;
  /** Undefined for a dry run. */
  readonly report: HealthReport | undefined;
}

/**
 * Observe, plan, apply: brings the project to where the stack says it should be, and returns once it is healthy. Running
 * it again is a no-op; running it after a crash of an earlier run converges.
 * @throws E_PORT_IN_USE, E_NOT_READY, E_START_FAILED and what the runtime throws.
 */
export async function up(wanted: UpInput): Promise<UpResult> {
  const { project, runtime, emit, signal } = wanted;
  const { faults } = project.paths;
  if (!wanted.dryRun && project.record !== undefined) await heal({ runtime, stack: project.stack, faults, emit });
  const ready = await getReady(wanted);
  const { stack, plan: steps } = ready;
  if (wanted.dryRun) return { stack, plan: steps, report: undefined };
  const report = await apply({
    stack,
    runtime,
    plan: steps,
    replaceFiles: ready.replaceFiles,
    rolled: ready.rolled,
    whileRolling: (names, roll) => wanted.whileRolling(stack, names, roll),
    timeoutMs: wanted.timeoutMs ?? stack.readiness.timeoutMs,
    provision: async (service, until) => {
      await service.kind.provision?.({ stack, service }, { emit, signal: until });
      await wanted.migrate(stack, service, until);
    },
    emit,
    signal,
  });
  // Also without a step: servers that came back by themselves agree only now.
  const primaries = { ...stack.primaries, ...(await primariesAfter(report, stack, runtime, signal)) };
  await writeRecord(project.paths, { ...ready.record, primaries });
  return { stack: { ...stack, primaries }, plan: steps, report };
}

interface Ready {
  readonly record: ProjectRecord;
  readonly stack: Stack;
  readonly plan: Plan;
  readonly rolled: readonly string[];
  /** Does nothing in a dry run. */
  readonly replaceFiles: Replace;
}

/** Everything before the first step. An error here has changed nothing: the project stays as it was, and a new one does not come into being. */
async function getReady(wanted: UpInput): Promise<Ready> {
  const { project, runtime, registry, emit, signal } = wanted;
  const { paths } = project;
  const before = await projectBefore(project, registry);
  try {
    if (!wanted.dryRun) await runtime.expectStart?.();
    const { record, stack: allocated, observed } = await decide(wanted);
    const primaries = { ...record.primaries, ...(await findPrimaries(allocated, runtime, signal)) };
    const programs = await readPrograms({ ...allocated, primaries }, observed, paths);
    const { stack } = programs;
    const rendered = render(stack);
    for (const text of rendered.warnings) emit({ type: 'warning', text });
    const steps = plan({
      wanted: wantedNames(stack, wanted.services),
      known: instancesOf(stack).map(({ name }) => name),
      hashes: rendered.hashes,
      observed,
      written: await readRenderedHashes(paths),
      programs: programs.causes,
      rebuilt: rebuiltNames(stack, wanted.build.rebuild),
      stale: await findStale(stack, runtime, observed, signal),
      moved: project.record?.movedFrom !== undefined,
    });
    const changing = steps.steps.map(({ instance }) => instance);
    const rolling = rolled({
      stack,
      steps: steps.steps,
      observed,
      portsBefore: project.record?.ports ?? {},
      ports: record.ports,
      allAtOnce:
        JSON.stringify(project.record?.network) !== JSON.stringify(record.network) ||
        (await newSecrets(stack, rendered, changing, paths.rendered)).length > 0,
    });
    const starting = steps.steps.flatMap(({ op, instance }) => (op === 'remove' ? [] : [instance]));
    const refuse = () => refuseDowngrade({ stack, runtime, paths, rendered, observed, starting, emit, signal });
    if (wanted.dryRun) await refuse();
    if (wanted.dryRun) return { record, stack, plan: steps, rolled: rolling, replaceFiles: async () => undefined };
    if (isStarting(steps)) await runtime.prepare(partOf(stack, wanted.services), emit, { ...wanted.build, signal });
    await refuse();
    const replace = await openReplace({ paths, rendered, observed, keepUnknown: false });
    await programs.remember(steps.unchanged);
    const replaceFiles: Replace = async (names) => {
      await replace(names);
      await programs.remember(names);
    };
    return { record, stack, plan: steps, rolled: rolling, replaceFiles };
  } catch (error) {
    if (!wanted.dryRun) await before.restore(wanted.now());
    throw error;
  }
}

interface Decided {
  readonly record: ProjectRecord;
  readonly stack: Stack;
  readonly observed: readonly ObservedInstance[];
}

/** Ports, network and counts, written down before anything is started with them. */
async function decide(wanted: UpInput): Promise<Decided> {
  const { project, runtimeName, registry, emit } = wanted;
  const counts = { ...project.record?.counts, ...wanted.counts };
  return whileAllocating(registry, wanted.command, wanted.signal, async () => {
    const observed = await wanted.runtime.observe();
    const { ports, network, moves } = await allocate({
      project,
      counts,
      asked: wanted.counts,
      runtime: factsOf(runtimeName),
      takenNetworks: wanted.takenNetworks,
      joinNetwork: wanted.joinNetwork,
      mode: wanted.portMode,
      portsFrom: wanted.portsFrom,
      running: observed.filter(isPresent),
      registry,
    });
    // Another runtime has other data, and an epoch of that data would win over its own.
    const primaries = project.record?.runtime === runtimeName ? project.record.primaries : {};
    const decisions = { runtime: runtimeName, state: 'up', counts, ports, network, primaries } as const;
    const record = recordOf(project, decisions, wanted.now());
    // Before it is recorded: a project that cannot be resolved could not be ended afterwards.
    const stack = project.resolve(runtimeName, decisions, wanted.services);
    const names = new Set(instancesOf(stack).map(({ name }) => name));
    for (const move of moves) if (names.has(move.instance)) emit({ type: 'note', text: moveText(move) });
    if (!wanted.dryRun) await saveProject(project, record, registry, wanted.now());
    return { record, stack, observed };
  });
}
