/** Projects that live no longer than a process: who owns them, so that another one can end what a killed owner left. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { isThere, listFolder, makeFolder, readTextIfThere, removeFile, writeJson } from '../lib/files.ts';
import { takeLock } from '../lib/lock.ts';
import { isAlive, ownMark, type ProcessMark } from '../lib/process-identity.ts';
import { removeUnfinished } from '../lib/remove-unfinished.ts';
import { sha256 } from '../lib/sha256.ts';
import type { ProjectIdentity } from '../stack/contract/model.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import { registryFolder } from './registry.ts';

export interface Owned {
  /** Absolute folder that holds `.stackctl/`. */
  readonly folder: string;
  /** Of the project; null: every project in the folder. */
  readonly name: string | null;
  /** The folder was made for the project and goes with it. */
  readonly temporary: boolean;
  /** Data outlives the owner. */
  readonly keep: boolean;
  /** Something of the owner may stand there. Before that nothing is ended for the owner's sake. */
  readonly holds: boolean;
  readonly owner: ProcessMark & { readonly host: string };
  /** ISO 8601, UTC. */
  readonly since: string;
}

export type OwnedPlace = Omit<Owned, 'owner' | 'since' | 'holds'>;

export interface Claim {
  /** What an owner that has ended has left. */
  readonly before: Owned | undefined;
  /** Notes that something of this owner may stand there from now on. @param keep see `Owned`. */
  hold(keep: boolean): Promise<void>;
  /** Crosses it out again. */
  release(): Promise<void>;
  /** As if it had never been claimed: what an owner that has ended has left is on the list again. */
  giveBack(): Promise<void>;
}

/** Marks a project as one that an owner has made. */
export async function markOwned({ owned }: Pick<ProjectPaths, 'owned'>, now: Date): Promise<void> {
  await writeJson(owned, { since: now.toISOString() }, 0o600);
}

/**
 * A project that a person has brought up is not one for a test to end and to delete.
 * @throws E_USAGE for a project that has a record and no mark.
 */
export async function refuseForeign({ name, folder }: ProjectIdentity, paths: ProjectPaths): Promise<void> {
  if (!(await isForeign(paths))) return;
  throw new StackctlError(
    'E_USAGE',
    `the project ${name} in ${folder} was not made by a test, which would end it and delete its data`,
    {
      hint: 'Give the stack another folder or name, or leave both out.',
      details: { project: name, folder },
    },
  );
}

/** Whether there is a project that no owner has made. */
export async function isForeign({ record, owned }: Pick<ProjectPaths, 'record' | 'owned'>): Promise<boolean> {
  return (await isThere(record)) && !(await isThere(owned));
}

/** Beside the registry of projects, one file for each. */
export function ownersFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(registryFolder(env), '..', 'owned');
}

/**
 * Notes that this process owns a project, before anything of it is there.
 * @throws E_LOCKED while another owner lives, which may be this process itself.
 */
export async function claimOwned(list: string, place: OwnedPlace, now: Date): Promise<Claim> {
  await makeFolder(list, 0o700);
  const file = fileOf(list, place);
  const owner = { ...ownMark(), host: hostname() };
  let before: Owned | undefined;
  const note = (owned: Pick<Owned, 'keep' | 'holds'>): Promise<void> =>
    writeJson(file, { ...place, ...owned, owner, since: now.toISOString() } satisfies Owned, 0o600);
  const claim = async (): Promise<void> => {
    before = await readOwned(file);
    if (before !== undefined && !hasEnded(before.owner)) throw inUse(before);
    // What was left may still be ended as it was to be, should this owner be killed at once.
    await note(before?.holds ? { keep: before.keep, holds: true } : { keep: place.keep, holds: place.temporary });
  };
  // Nobody else knows a folder that was made a moment ago.
  if (place.temporary) await claim();
  else await whileLocked(file, claim);
  const release = () => removeFile(file);
  return {
    before,
    hold: (keep) => note({ keep, holds: true }),
    release,
    giveBack: () => (before === undefined ? release() : writeJson(file, before, 0o600)),
  };
}

/**
 * Calls `end` for each project that an owner held and that has ended since, and crosses it out when that returns. A claim on
 * which nothing of its owner stands is crossed out alone. One that somebody else is ending at
 * this moment is left to them.
 * @param onFailure gets what `end` throws: the project stays on the list.
 */
export async function endAbandoned(
  list: string,
  end: (owned: Owned) => Promise<void>,
  onFailure: (owned: Owned, error: unknown) => void,
): Promise<void> {
  await removeUnfinished(list, Date.now());
  const files = (await listFolder(list)).map(({ name }) => name).filter((name) => name.endsWith('.json'));
  const endOne = async (file: string): Promise<void> => {
    const owned = await readOwned(file);
    if (owned === undefined || !hasEnded(owned.owner)) return;
    try {
      if (owned.holds) await end(owned);
      await removeFile(file);
    } catch (error) {
      onFailure(owned, error);
    }
  };
  for (const name of files) {
    const file = join(list, name);
    const owned = await readOwned(file);
    if (owned !== undefined && hasEnded(owned.owner)) await whileLocked(file, () => endOne(file)).catch(ignoreLocked);
  }
}

function fileOf(list: string, { folder, name }: OwnedPlace): string {
  return join(list, `${sha256(`${folder}\0${name ?? ''}`).slice(0, 20)}.json`);
}

async function whileLocked(file: string, use: () => Promise<void>): Promise<void> {
  const release = await takeLock(`${file.slice(0, -'.json'.length)}.lock`, 'stackctl as a library');
  try {
    await use();
  } finally {
    await release();
  }
}

function ignoreLocked(error: unknown): void {
  if (!(error instanceof StackctlError) || error.code !== 'E_LOCKED') throw error;
}

/** What cannot be understood belongs to nobody that could be judged. */
async function readOwned(file: string): Promise<Owned | undefined> {
  const text = await readTextIfThere(file);
  if (text === undefined) return undefined;
  try {
    const owned = JSON.parse(text) as Owned;
    return typeof owned.folder === 'string' && typeof owned.owner.pid === 'number' ? owned : undefined;
  } catch {
    return undefined; // cut off, or of another version
  }
}

/** Whether a process is gone, also by a restart of the machine: false for one of another machine or container, of which nothing is known. */
export function hasEnded(owner: Owned['owner']): boolean {
  return owner.host === hostname() && owner.space === ownMark().space && !isAlive(owner);
}

function inUse({ folder, name, owner, since }: Owned): StackctlError {
  return new StackctlError(
    'E_LOCKED',
    `the project ${name ?? ''} in ${folder} belongs to a process that lives (pid ${owner.pid}, since ${since})`,
    {
      hint: 'Give each stack a folder or a name of its own, or leave both out: then it gets a folder that nobody else has.',
      details: { folder, name, pid: owner.pid },
    },
  );
}
