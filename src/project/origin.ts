/** Whether a project's record is where it was made, or came here with a folder that was moved or copied. */

import { stat } from 'node:fs/promises';
import { StackctlError } from '../errors.ts';
import type { ProjectIdentity } from '../stack/contract/model.ts';
import { factsOf } from '../stack/contract/plugins.ts';
import { identityOf } from './identity.ts';
import { projectPaths } from './paths.ts';
import { type ProjectRecord, readRecord } from './record.ts';
import { findProject, isReplaced, numberOf } from './registry.ts';

/** Where a project's state lives: `<folder>/.stackctl/<name>/`. */
export interface Place {
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
}

export type Origin =
  | { readonly type: 'own' }
  /**
   * The same project in another place: nothing is left where it was. `isOther`: it is not the same directory, so it was
   * moved to another disk, or this is a copy and the project itself was moved elsewhere.
   */
  | { readonly type: 'moved'; readonly from: Place; readonly isOther: boolean }
  /** Another project's state. `of`: where that project lives; undefined when that is unknown. */
  | { readonly type: 'copy'; readonly of: Place | undefined };

/**
 * Compares where a record is found with where the user's registry and the record itself say that the project lives. The
 * registry counts first: it was written last.
 * @param registry see `registryFolder`.
 */
export async function originOf(here: Place, record: ProjectRecord, registry: string): Promise<Origin> {
  const entry = await findProject(registry, record.id);
  const recorded = record.folder === undefined ? [] : [{ folder: record.folder, name: record.name }];
  if (entry !== undefined && (await isSamePlace(entry, here))) return { type: 'own' };
  const known = [...(entry === undefined ? [] : [{ folder: entry.folder, name: entry.name }]), ...recorded];
  for (const place of known) {
    if (await isSamePlace(place, here)) continue;
    if (await holds(place, record.id)) return { type: 'copy', of: place };
  }
  const [first] = [...recorded, ...known];
  if (first === undefined) {
    const made = identityOf(here.name, here.folder);
    return made.id === record.id ? { type: 'own' } : { type: 'copy', of: undefined };
  }
  if (await isSamePlace(first, here)) return { type: 'own' };
  const { stateNumber } = entry ?? {};
  const number = await numberOf(projectPaths(here.folder, here.name).root);
  return { type: 'moved', from: first, isOther: stateNumber !== undefined && stateNumber !== number };
}

/**
 * Identity of a project that is made here. One that was moved away keeps its id, so that the folder's usual one may be
 * taken; then the project gets another.
 */
export async function newIdentity(here: Place, registry: string): Promise<ProjectIdentity> {
  for (let round = 0; ; round++) {
    const identity = identityOf(here.name, here.folder, round);
    const entry = await findProject(registry, identity.id);
    if (entry === undefined) return identity;
    if ((await isSamePlace(entry, here)) && !(await isReplaced(entry))) return identity;
  }
}

/** Two ways to one directory (bind mounts, symbolic links, file systems that ignore case) are one place. */
async function isSamePlace(a: Place, b: Place): Promise<boolean> {
  if (a.folder === b.folder && a.name === b.name) return true;
  const [left, right] = await Promise.all([a, b].map(({ folder, name }) => folderId(projectPaths(folder, name).root)));
  return left !== undefined && right !== undefined && left.dev === right.dev && left.ino === right.ino;
}

async function folderId(path: string) {
  return stat(path).catch(() => undefined);
}

/** A record that cannot be read may well be that of the project. */
async function holds({ folder, name }: Place, id: string): Promise<boolean> {
  try {
    return (await readRecord(projectPaths(folder, name)))?.id === id;
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_STATE_UNREADABLE') return true;
    throw error;
  }
}

/**
 * For verbs that work on a project that was brought up.
 * @param of where the original is; undefined when that is unknown, or it was moved.
 */
export function copied({ folder, name }: Place, record: ProjectRecord, of: Place | undefined): StackctlError {
  const original = of === undefined ? `of the project ${record.id}` : `of the project ${of.name} in ${of.folder}`;
  const where = projectPaths(folder, name).root;
  const there = of === undefined ? elsewhere(record) : ` The original: cd '${of.folder}'.`;
  return new StackctlError('E_PROJECT_COPIED', `${where} is a copy ${original}, which this must not reach`, {
    hint: `stackctl up --project ${name} makes a project of its own of it (own ports, own data; copied data is put aside).${there}`,
    details: { project: name, folder, id: record.id, original: of ?? null },
  });
}

/** What was moved to another disk while it ran looks the same as a copy. */
function elsewhere({ id, runtime }: ProjectRecord): string {
  const ended = factsOf(runtime).endOfLost.replace('{project}', id);
  return ` Was it moved here from another disk, then it is the project itself once its servers have ended: ${ended}.`;
}
