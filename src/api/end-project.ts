/** The end of projects that nobody holds any more. */
import { cleanProject } from '../commands/session/clean-project.ts';
import { endLost } from '../commands/session/lost-project.ts';
import { stopProject } from '../commands/session/stop-project.ts';
import type { Emit } from '../lib/events.ts';
import { isThere, makeFolder } from '../lib/files.ts';
import { isForeign, type Owned, type OwnedPlace } from '../project/owners.ts';
import { projectPaths } from '../project/paths.ts';
import { projectsIn } from '../project/record.ts';
import { type RegistryEntry, readRegistry, registryFolder } from '../project/registry.ts';
import { contextOf } from './context.ts';
import { removePlace } from './place.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Ends a project, or all of a folder, and deletes it; with `keep` its data stays. Nothing there is nothing to do. */
export async function endProject(
  { folder, name, keep }: Pick<OwnedPlace, 'folder' | 'name' | 'keep'>,
  env: Env,
  emit: Emit,
): Promise<void> {
  const { projects, lost } = await readRegistry(registryFolder(env));
  const registered = [...projects, ...lost].filter((entry) => entry.folder === folder);
  const all = new Set([...(await projectsIn(folder)), ...registered.map((entry) => entry.name)]);
  for (const project of name === null ? all : [name]) {
    const where = { folder, project, env, emit };
    if (await isThere(projectPaths(folder, project).record)) await endRecorded(where, keep);
    else for (const entry of registered) if (entry.name === project) await endUnrecorded(where, entry, keep);
  }
}

/** As `endProject`, for what a process that has ended has left, its folder included. A project that no owner has made stays. */
export async function endOwned(owned: Owned, env: Env, emit: Emit): Promise<void> {
  if (await isOfOthers(owned)) return;
  emit({ type: 'note', text: `ending what process ${owned.owner.pid} has left in ${owned.folder}` });
  await endProject(owned, env, emit);
  await removePlace(owned);
}

/** Whether somebody has deleted the project meanwhile and brought up another one in its place. */
export async function isOfOthers({ folder, name }: Pick<OwnedPlace, 'folder' | 'name'>): Promise<boolean> {
  return name !== null && isForeign(projectPaths(folder, name));
}

interface Recorded {
  readonly folder: string;
  readonly project: string;
  readonly env: Env;
  readonly emit: Emit;
}

async function endRecorded(where: Recorded, keep: boolean): Promise<void> {
  const { signal } = new AbortController();
  // What is deleted need not be stopped with care.
  if (!keep) await cleanProject(contextOf({ ...where, signal, flags: { timeoutMs: 0 } }), undefined);
  else await stopIn(where, signal);
}

/** Data stays. */
export async function stopIn(where: Recorded, signal: AbortSignal): Promise<void> {
  await stopProject(contextOf({ ...where, signal }), 'down');
}

/** Its folder may be gone too: the registry and what runs say what is to be ended. */
async function endUnrecorded(where: Recorded, entry: RegistryEntry, keep: boolean): Promise<void> {
  const { signal } = new AbortController();
  const context = contextOf({ ...where, signal, flags: keep ? {} : { timeoutMs: 0 } });
  await makeFolder(projectPaths(entry.folder, entry.name).root, 0o700);
  await endLost({ context, verb: keep ? 'down' : 'clean', volumes: !keep }, entry);
}
