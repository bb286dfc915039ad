import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HandOverFigures } from '../../failover/hand-over-figures.ts';
import { whileAllocating } from '../../lifecycle/allocate.ts';
import { type BringUpInput, bringUp } from '../../lifecycle/bring-up.ts';
import { buildPrograms, type ProgramSource, programsToBuild } from '../../lifecycle/build-programs.ts';
import { ownCopy } from '../../lifecycle/own-copy.ts';
import { refuseUnsafeCounts, type ScaleTarget } from '../../lifecycle/scale-plan.ts';
import type { UpResult } from '../../lifecycle/up.ts';
import type { Located } from '../../project/locate.ts';
import type { OpenedProject } from '../../project/open.ts';
import { registryFolder } from '../../project/registry.ts';
import type { Stack } from '../../stack/contract/model.ts';
import type { PortMode } from '../../stack/ports/ports.ts';
import { bringUpInput } from './bring-up-input.ts';
import type { SessionContext } from './context.ts';
import { measuring } from './measured.ts';
import { locate, openToStart, withLock } from './open.ts';
import { orUnknownStack } from './unknown-stack.ts';

/** File of a project that a smoke check made, and may delete. */
export const SMOKE_MARKER = 'smoke';

/** What `up` is asked for. */
export interface StartOptions {
  readonly services: readonly string[];
  readonly targets: readonly ScaleTarget[];
  readonly portMode: PortMode;
  /** In place of the ports that the stack asks for: free ones from this number on. */
  readonly portsFrom?: ((project: OpenedProject) => number | undefined) | undefined;
  /** See `BringUpInput.joins`. */
  readonly joins?: BringUpInput['joins'];
  readonly dryRun: boolean;
  readonly build: boolean;
  readonly cache: boolean;
  readonly migrate: boolean;
  readonly measure: boolean;
  /** Runs the start, under the project's lock and before anything is changed: it may refuse the project that was opened. */
  readonly whileHeld?: (<T>(project: OpenedProject, start: () => Promise<T>) => Promise<T>) | undefined;
}

export interface Started {
  readonly result: UpResult;
  /** What the replacing of running servers has cost whoever writes; null when nothing was measured. */
  readonly figures: HandOverFigures | null;
}

/** Brings a project up under its lock, with its programs built. @throws what `bringUp` throws, E_LOCKED, E_BUILD_FAILED */
export async function startProject(
  context: SessionContext,
  stackRef: string | undefined,
  options: StartOptions,
): Promise<Started> {
  const { services } = options;
  const located = await orUnknownStack(context, services, () => locateOwn(context, stackRef));
  return withLock(located.paths, 'up', async () => {
    // Opened once, with what the last holder of the lock has left.
    const project = await openToStart(context, stackRef);
    // From here on it is the user's own, whoever made it.
    if (context.isSmoke !== true) await rm(join(project.paths.root, SMOKE_MARKER), { force: true });
    const start = () => startOpened(context, project, options);
    return options.whileHeld === undefined ? start() : options.whileHeld(project, start);
  });
}

async function startOpened(context: SessionContext, project: OpenedProject, options: StartOptions): Promise<Started> {
  const { services } = options;
  refuseUnsafeCounts(project.stack, options.targets);
  const rebuild = new Set(options.build ? buildable(project, services) : []);
  await buildPrograms(await programsToBuild(programsOf(project, services), rebuild), context);
  const limitMs = ({ readiness }: Stack): number => context.global.timeoutMs ?? readiness.timeoutMs;
  const { whileRolling, figures } = measuring(context, options.measure, limitMs);
  const result = await bringUp({ ...upInput(context, project, options, rebuild), whileRolling });
  return { result, figures: figures() };
}

/** Where the project is or will be. A copy of another one becomes a project of its own first. */
async function locateOwn(context: SessionContext, stackRef: string | undefined): Promise<Located> {
  const found = () => locate(context, stackRef, 'any');
  const located = await found();
  if (located.origin.type !== 'copy') return located;
  const { env, emit, signal } = context;
  const registry = registryFolder(env);
  await ownCopy({
    locate: found,
    whileAllocating: (use) => whileAllocating(registry, 'stackctl up', signal, use),
    emit,
  });
  return found();
}

export function upInput(
  context: SessionContext,
  project: OpenedProject,
  { services, targets, portMode, portsFrom, joins, dryRun, cache, migrate }: StartOptions,
  rebuild: ReadonlySet<string>,
): BringUpInput {
  return {
    ...bringUpInput(context, project),
    services,
    counts: Object.fromEntries(targets.map(({ service, count }) => [service, count])),
    portMode,
    portsFrom: portsFrom?.(project),
    joins,
    dryRun,
    build: { rebuild, cache },
    ...(!migrate && { migrations: undefined }),
  };
}

/** Services with a program of their own among those that were named; none named: all. */
export function buildable({ loaded }: OpenedProject, named: readonly string[]): readonly string[] {
  const programs = [...loaded.outline.services].filter(([, { build }]) => build !== undefined).map(([name]) => name);
  return named.length === 0 ? programs : programs.filter((name) => named.includes(name));
}

function programsOf(project: OpenedProject, named: readonly string[]): readonly ProgramSource[] {
  const { loaded } = project;
  return buildable(project, named).flatMap((service) => {
    const build = loaded.outline.services.get(service)?.build;
    return build === undefined ? [] : [{ service, folder: join(loaded.folder, build) }];
  });
}
