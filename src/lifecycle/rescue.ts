import { StackctlError } from '../errors.ts';
import type { Emit } from '../lib/events.ts';
import { takeLock } from '../lib/lock.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import type { PluginSource } from '../stack/contract/plugins.ts';
import type { DataItem, Runtime, RuntimeInput } from '../stack/contract/runtime.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import type { EndOptions } from '../stack/contract/runtime-options.ts';

export interface RescueInput {
  /** Of the project whose record is lost. Its folder is there. */
  readonly paths: ProjectPaths;
  /** As `identityOf` makes it from the name and the folder, or as the registry has it. */
  readonly projectId: string;
  readonly env: RuntimeInput['env'];
  readonly plugins: Pick<PluginSource, 'runtimeNames' | 'loadRuntime'>;
  /** The runtime that the registry names; undefined when it is not known. Another one may be missing, this one may not. */
  readonly runtime: RuntimeName | undefined;
  readonly emit: Emit;
  /** What the lock's holder is called, e.g. `stackctl clean`. */
  readonly command: string;
}

export interface RescueOptions extends Pick<EndOptions, 'graceMs'> {
  /** Delete the data too. */
  readonly volumes: boolean;
  /** Asked before data is deleted; rejects to leave everything as it is. */
  readonly confirm: (items: readonly DataItem[]) => Promise<void>;
}

export interface Rescued {
  /** Data that was deleted. */
  readonly deleted: readonly DataItem[];
  /** What a runtime could not do, and runtimes that could not be asked. */
  readonly warnings: readonly string[];
}

/** They mean that the runtime is not on this machine, so that nothing of the project runs there. */
const NOT_HERE: readonly string[] = ['E_ENGINE_MISSING', 'E_COMPOSE_MISSING', 'E_BINARY_MISSING'];

/**
 * Ends what every runtime finds of a project by its id and folder alone: no record, no stack. Nothing is deleted but
 * with `volumes`, and nothing of the project's own folder: that is for the caller.
 * @throws E_LOCKED, E_STOP_FAILED; E_ENGINE_MISSING when the registry's runtime cannot be asked; what `confirm` throws.
 */
export async function rescue(input: RescueInput, { volumes, confirm, ...options }: RescueOptions): Promise<Rescued> {
  const { found, warnings } = await openAll(input);
  try {
    const deleted = volumes ? (await Promise.all(found.map((runtime) => runtime.data()))).flat() : [];
    if (deleted.length > 0) await confirm(deleted);
    const release = await takeLock(input.paths.lock, input.command);
    try {
      for (const runtime of found) warnings.push(...(await runtime.down({ volumes, emit: input.emit, ...options })));
    } finally {
      await release();
    }
    return { deleted, warnings };
  } finally {
    await Promise.all(found.map((runtime) => runtime.close()));
  }
}

async function openAll({ paths, projectId, env, plugins, runtime: wanted }: RescueInput) {
  const found: Runtime[] = [];
  const warnings: string[] = [];
  for (const name of plugins.runtimeNames()) {
    try {
      found.push(await (await plugins.loadRuntime(name)).open({ projectId, paths, env }));
    } catch (error) {
      if (name === wanted || !(error instanceof StackctlError) || !NOT_HERE.includes(error.code)) throw error;
      if (wanted === undefined) warnings.push(`the ${name} runtime was not asked: ${error.message.split('\n')[0]}`);
    }
  }
  return { found, warnings };
}
