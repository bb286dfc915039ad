import { type OpenedProject, RECORDED } from '../project/open.ts';
import { readRecord } from '../project/record.ts';
import type { ComposeNetwork } from '../stack/contract/compose-network.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import type { StackNeeds } from '../stack/contract/needs.ts';
import { loadRuntime, runtimes } from '../stack/contract/plugins.ts';
import type { RuntimeInput, RuntimeModule } from '../stack/contract/runtime.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import { needsOf } from '../stack/derived/needs.ts';
import { partOf } from '../stack/derived/part-of.ts';
import type { JoinNetwork } from './allocate.ts';
import { chooseRuntime } from './choose-runtime.ts';
import { down } from './down.ts';
import { explainLeftOut } from './migrations-left-out.ts';
import { rehearse } from './rehearse.ts';
import { type UpInput, type UpResult, up } from './up.ts';

export interface BringUpInput
  extends Pick<
    UpInput,
    | 'counts'
    | 'services'
    | 'portMode'
    | 'portsFrom'
    | 'dryRun'
    | 'build'
    | 'whileRolling'
    | 'registry'
    | 'command'
    | 'now'
    | 'emit'
    | 'signal'
  > {
  readonly project: OpenedProject;
  readonly env: RuntimeInput['env'];
  readonly ownSupervisor: RuntimeInput['ownSupervisor'];
  readonly timeoutMs: number | undefined;
  /** The Compose project whose network the instances join. Undefined: none. */
  readonly joins?: ComposeNetwork | undefined;
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
  return withRuntime(input, async (wanted) => {
    const isMoved = !wanted.dryRun && wanted.project.record?.movedFrom !== undefined;
    return up(isMoved ? { ...wanted, project: await endMoved(wanted) } : wanted);
  });
}

/**
 * Before a command changes something that a `bringUp` of the same input completes: see `rehearse`. Only what it gets
 * from elsewhere, such as images, is shown.
 */
export async function rehearseBringUp(input: BringUpInput): Promise<UpResult> {
  const { emit } = input;
  return withRuntime({ ...input, emit: () => undefined }, (wanted) => rehearse({ ...wanted, emit }));
}

async function withRuntime(input: BringUpInput, use: (wanted: UpInput) => Promise<UpResult>): Promise<UpResult> {
  const { env, ownSupervisor, project: opened } = input;
  const migrate = await input.migrations?.(opened.stack, input.services);
  const runtimeName = await choose(input);
  const module = await loadRuntime(runtimeName);
  const { identity, paths } = opened;
  const runtime = await module.open({ projectId: identity.id, paths, env, ownSupervisor });
  try {
    return await use({
      ...input,
      runtimeName,
      runtime,
      takenNetworks: () => module.takenNetworks(env),
      joinNetwork: joining(input, module),
      migrate: async (stack, service, until) => migrate?.(stack, service, until),
    });
  } catch (error) {
    throw migrate === undefined ? explainLeftOut(error, opened.resolve(runtimeName, undefined, input.services)) : error;
  } finally {
    await runtime.close();
  }
}

function joining({ joins, env }: BringUpInput, { joinNetwork }: RuntimeModule): JoinNetwork | undefined {
  if (joins === undefined) return undefined;
  if (joinNetwork === undefined) throw new Error('this runtime has no networks of Compose projects');
  return (kept, others) => joinNetwork(env, { ...joins, kept, others });
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

/**
 * Ends what runs with the paths of the old folder, once everything is there that the start needs. Data, ports and
 * primaries stay.
 * @returns the project as it is afterwards.
 */
async function endMoved(wanted: UpInput): Promise<OpenedProject> {
  const { project, runtime, runtimeName, emit, signal } = wanted;
  const { record, paths } = project;
  if (record === undefined) return project;
  await rehearse(wanted);
  emit({
    type: 'note',
    text: `moved here from ${record.movedFrom}: what runs is ended and started with the new paths`,
  });
  const stack = project.resolve(runtimeName, undefined, wanted.services);
  await down({ stack, record, paths, runtime, emit, signal }, { volumes: false });
  return { ...project, record: await readRecord(paths) };
}
