import { type OpenedProject, RECORDED } from '../project/open.ts';
import { readRecord } from '../project/record.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import type { StackNeeds } from '../stack/contract/needs.ts';
import { loadRuntime, runtimes } from '../stack/contract/plugins.ts';
import type { Runtime, RuntimeInput } from '../stack/contract/runtime.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import { needsOf } from '../stack/derived/needs.ts';
import { partOf } from '../stack/derived/part-of.ts';
import { chooseRuntime } from './choose-runtime.ts';
import { down } from './down.ts';
import { explainLeftOut } from './migrations-left-out.ts';
import { type UpInput, type UpResult, up } from './up.ts';

export interface BringUpInput
  extends Pick<
    UpInput,
    'counts' | 'services' | 'portMode' | 'dryRun' | 'build' | 'registry' | 'command' | 'now' | 'emit' | 'signal'
  > {
  readonly project: OpenedProject;
  readonly env: RuntimeInput['env'];
  readonly timeoutMs: number | undefined;
  /**
   * Reads the migrations of these services (none named: of all) before anything is started, so that a file that is wrong
   * ends the command while nothing was changed. Undefined: they are left out.
   */
  readonly migrations: ((stack: Stack, services: readonly string[]) => Promise<Migrate>) | undefined;
}

/** Applies the pending migrations of a service that answers. */
export type Migrate = (stack: Stack, service: Service, signal: AbortSignal) => Promise<void>;

/**
 * Chooses the runtime, says which and why, and brings the project up. A project that was moved while it was up is ended
 * first: its processes and containers have the paths of the old folder.
 * @throws E_USAGE, E_ENGINE_MISSING and what `up` throws.
 */
export async function bringUp(input: BringUpInput): Promise<UpResult> {
  const { env, project: opened } = input;
  const migrate = await input.migrations?.(opened.stack, input.services);
  const runtimeName = await choose(input);
  const module = await loadRuntime(runtimeName);
  const { identity, paths } = opened;
  const runtime = await module.open({ projectId: identity.id, paths, env });
  try {
    const project = input.dryRun ? opened : await endMoved(input, runtimeName, runtime);
    return await up({
      ...input,
      project,
      runtimeName,
      runtime,
      takenNetworks: () => module.takenNetworks(env),
      migrate: async (stack, service, until) => migrate?.(stack, service, until),
    });
  } catch (error) {
    throw migrate === undefined ? explainLeftOut(error, opened.resolve(runtimeName)) : error;
  } finally {
    await runtime.close();
  }
}

async function choose({ project, services, env, emit, dryRun }: BringUpInput): Promise<RuntimeName> {
  const { record, runtime } = project;
  const needs = neededBy(project, services);
  const choice = await chooseRuntime({
    // Only what the command line names was asked for; recorded values were not.
    asked: runtime.origin === RECORDED ? 'auto' : runtime.value,
    recorded: record && { ...record, hasData: record.runtimesUsed.length > 0 },
    candidates: runtimes().flatMap(({ name, autoRank }) => (autoRank === null ? [] : [name])),
    availability: async (name) => (await loadRuntime(name)).availability(needs, env, { pull: !dryRun }),
  });
  emit({ type: 'note', text: `runtime: ${choice.name} (${choice.reason})` });
  return choice.name;
}

/** What these services need from the machine; a name that is no service is refused later. */
function neededBy({ stack, needs }: OpenedProject, services: readonly string[]): StackNeeds {
  const known = services.filter((name) => stack.services.some((service) => service.name === name));
  return known.length === 0 ? needs : needsOf(partOf(stack, known));
}

/** Data, ports and primaries stay. @returns the project as it is afterwards. */
async function endMoved(
  { project, emit, signal }: BringUpInput,
  runtimeName: RuntimeName,
  runtime: Runtime,
): Promise<OpenedProject> {
  const { record, paths } = project;
  if (record?.movedFrom === undefined) return project;
  emit({
    type: 'note',
    text: `moved here from ${record.movedFrom}: what runs is ended and started with the new paths`,
  });
  await down({ stack: project.resolve(runtimeName), record, paths, runtime, emit, signal }, { volumes: false });
  return { ...project, record: await readRecord(paths) };
}
