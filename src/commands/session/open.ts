/** Which project a verb means, and its lock. */

import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StackctlError, systemCode } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { listFolder } from '../../lib/files.ts';
import { takeLock } from '../../lib/lock.ts';
import { type Located, locateProject } from '../../project/locate.ts';
import { type OpenedProject, openLocated, requireOwn } from '../../project/open.ts';
import type { OpenInput } from '../../project/open-input.ts';
import { newIdentity } from '../../project/origin.ts';
import { makeProjectFolder, type ProjectRecord } from '../../project/record.ts';
import { registryFolder } from '../../project/registry.ts';
import { takeOver } from '../../project/save.ts';
import type { ProjectPaths } from '../../stack/contract/paths.ts';
import { loadRuntime } from '../../stack/contract/plugins.ts';
import type { SessionContext } from './context.ts';

/** A project that was brought up, and that is no copy of another one. */
export type LocatedProject = Located & { readonly record: ProjectRecord };

export function openInput(
  { cwd, env, global, templatesFolder, ignoresSettings, forgetsKept }: SessionContext,
  stackRef: string | undefined,
  need: OpenInput['need'],
): OpenInput {
  return { cwd, env, global, stackRef, templatesFolder, need, ...defined({ ignoresSettings, forgetsKept }) };
}

/** Opens the project that a verb means, and shows its warnings. Writes only one thing: where a moved project is now. */
export async function open(
  context: SessionContext,
  stackRef: string | undefined,
  need: OpenInput['need'],
  unchosen?: OpenInput['unchosen'],
): Promise<OpenedProject> {
  const input = { ...openInput(context, stackRef, need), ...defined({ unchosen }) };
  if (need === 'existing') return openLocated(await locateExisting(context, stackRef), input);
  return withWarnings(context, await openLocated(await locate(context, stackRef, need), input));
}

/** As `open` for `up`, which holds the lock: where a moved project is now is noted. */
export async function openToStart(context: SessionContext, stackRef: string | undefined): Promise<OpenedProject> {
  const located = await locate(context, stackRef, 'any');
  const noted = await takeOver(located, registryFolder(context.env), new Date());
  return withWarnings(context, await openLocated(noted, openInput(context, stackRef, 'any')));
}

function withWarnings({ emit }: SessionContext, project: OpenedProject): OpenedProject {
  for (const text of project.warnings) emit({ type: 'warning', text });
  return project;
}

/**
 * As `locateProject`. A folder that is not the one in which the project was, while its servers run, is taken for a copy
 * although the original is not where it was: that may have been moved.
 */
export async function locate(
  context: SessionContext,
  stackRef: string | undefined,
  need: OpenInput['need'],
): Promise<Located> {
  const located = await locateProject(openInput(context, stackRef, need));
  const { origin, record, identity, paths } = located;
  if (record === undefined || origin.type !== 'moved' || !origin.isOther) return located;
  const { env } = context;
  const module = await loadRuntime(record.runtime);
  if (!(await module.isRunning({ projectId: identity.id, paths, env }))) return located;
  const own = await newIdentity(identity, registryFolder(env));
  return { ...located, identity: own, origin: { type: 'copy', of: undefined } };
}

/**
 * The project that a verb is about, by its record alone. One that was moved is noted where it is now, unless another
 * stackctl works on it at this moment.
 * @throws E_PROJECT_NOT_FOUND, E_PROJECT_COPIED and what `locateProject` throws.
 */
export async function locateExisting(context: SessionContext, stackRef: string | undefined): Promise<LocatedProject> {
  const located = await locateOwn(context, stackRef);
  if (located.origin.type !== 'moved') return warnMoved(context, located);
  try {
    return await underLock(context, stackRef, 'status', async (project) => warnMoved(context, project));
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_LOCKED') return warnMoved(context, located);
    throw error;
  }
}

async function locateOwn(context: SessionContext, stackRef: string | undefined): Promise<LocatedProject> {
  const located = await locate(context, stackRef, 'existing');
  requireOwn(located, 'existing');
  return located as LocatedProject;
}

function warnMoved({ emit }: SessionContext, located: LocatedProject): LocatedProject {
  const { movedFrom, name } = located.record;
  if (movedFrom !== undefined) {
    emit({
      type: 'warning',
      text: `${name} was moved here from ${movedFrom}: what runs still has the old paths. stackctl up starts it with the new ones; data and ports stay`,
    });
  }
  return located;
}

/**
 * Runs `use` while no other stackctl changes the project that is meant. What it gets was read under the lock: the last
 * holder may have changed everything, down to which project is meant.
 * @throws E_LOCKED and what `locateExisting` throws.
 */
export async function underLock<T>(
  context: SessionContext,
  stackRef: string | undefined,
  verb: string,
  use: (located: LocatedProject) => Promise<T>,
): Promise<T> {
  const { paths } = await locateOwn(context, stackRef);
  return withLock(paths, verb, async () => {
    const located = await locateOwn(context, stackRef);
    if (located.paths.root !== paths.root) {
      throw new StackctlError('E_LOCKED', `another project is meant now: ${located.identity.name}`, {
        hint: 'Its configuration changed a moment ago. Run the command again.',
      });
    }
    const moved = await takeOver(located, registryFolder(context.env), new Date());
    return use({ ...moved, record: moved.record ?? located.record });
  });
}

/** Runs `use` while no other stackctl changes this project. @throws E_LOCKED */
export async function withLock<T>(paths: ProjectPaths, verb: string, use: () => Promise<T>): Promise<T> {
  await makeProjectFolder(paths);
  try {
    const release = await takeLock(paths.lock, `stackctl ${verb}`);
    try {
      return await use();
    } finally {
      await release();
    }
  } finally {
    await removeIfEmpty(paths.root);
  }
}

/** A first `up` that was refused leaves no trace of the project, nor of the folder that holds all of them. */
export async function removeIfEmpty(root: string): Promise<void> {
  const shared = join(root, '..');
  if (!(await removeEmptyFolder(root))) return;
  const left = (await listFolder(shared)).map(({ name }) => name);
  if (left.length !== 1 || left[0] !== '.gitignore') return;
  await rm(join(shared, '.gitignore'), { force: true });
  await removeEmptyFolder(shared);
}

/** @returns whether the folder is gone. */
async function removeEmptyFolder(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (code === 'ENOENT') return true;
    if (!['ENOTEMPTY', 'EEXIST'].includes(code)) throw error;
    return false;
  }
}
