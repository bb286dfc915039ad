/** What stood in the place of a project before a start, and so what its failure may end. */
import type { StartOptions } from '../commands/session/start-project.ts';
import { whileMarked } from '../commands/session/while-marked.ts';
import { errorText } from '../errors.ts';
import type { Emit } from '../lib/events.ts';
import { isThere } from '../lib/files.ts';
import type { OpenedProject } from '../project/open.ts';
import { type Claim, markOwned, refuseForeign } from '../project/owners.ts';
import { projectPaths } from '../project/paths.ts';
import { readRegistry, registryFolder } from '../project/registry.ts';
import { loadRuntime } from '../stack/contract/plugins.ts';
import { endProject, stopIn } from './end-project.ts';
import type { GivenOptions } from './given-options.ts';
import type { Place } from './place.ts';

/** A claim on a project, and how far it has come. */
export interface Hold {
  readonly claim: Claim;
  readonly place: Place;
  /** Null: whatever is in the folder, which was made for it. */
  readonly name: string | null;
  readonly keep: boolean;
  readonly env: GivenOptions['env'];
  readonly emit: Emit;
  /** Undefined until the project's lock was had: nothing was started. */
  found?: Found;
}

interface Found {
  /** Neither a record nor an entry in the registry was there. */
  readonly isNew: boolean;
  readonly ran: boolean;
}

/** For a place that others may know: looks at what is there under the project's lock. @throws E_USAGE as `refuseForeign` */
export function holding(hold: Hold): NonNullable<StartOptions['whileHeld']> {
  return async (project, start) => {
    const { claim, env, keep } = hold;
    const { identity, paths } = project;
    await refuseForeign(identity, paths);
    const found = await lookAt(project, env);
    // Data of before does not go with an owner that is killed during the start.
    const before = claim.before?.holds ? claim.before.keep : true;
    await claim.hold(keep || (!found.isNew && before));
    hold.found = found;
    return whileMarked(paths, { file: paths.owned, mark: () => markOwned(paths, new Date()) }, start);
  };
}

async function lookAt({ identity, paths, record }: OpenedProject, env: GivenOptions['env']): Promise<Found> {
  const { id, name, folder } = identity;
  const { projects, lost } = await readRegistry(registryFolder(env));
  const known = record ?? [...projects, ...lost].find((entry) => entry.folder === folder && entry.name === name);
  if (known === undefined) return { isNew: true, ran: false };
  const { isRunning } = await loadRuntime(known.runtime);
  return { isNew: false, ran: await isRunning({ projectId: id, paths, env }) };
}

/**
 * Ends what a failed start has started, and nothing else. A project of before keeps its data, and its servers where some
 * ran. What cannot be ended now is said, and left on the list for the next one.
 */
export async function letGo({ claim, place, name, keep, env, emit, found }: Hold): Promise<void> {
  const { folder, temporary } = place;
  try {
    if (temporary || found?.isNew) {
      await endProject({ folder, name, keep }, env, emit);
      await claim.release();
      return;
    }
    if (found?.ran === false && name !== null && (await isThere(projectPaths(folder, name).record)))
      await stopIn({ folder, project: name, env, emit }, new AbortController().signal);
    await claim.giveBack();
  } catch (error) {
    emit({ type: 'warning', text: `not ended: ${errorText(error)}` });
  }
}
