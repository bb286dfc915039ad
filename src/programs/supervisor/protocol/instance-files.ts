/**
 * How commands and the supervisor talk: by the files of `instances/<name>/run/`. Commands alone write `record.json` (what
 * is wanted), the supervisor alone writes `state.json` (what it did), both by rename. The only message is SIGHUP, after
 * which the supervisor reads the records.
 */

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackctlError } from '../../../errors.ts';
import { byNumber } from '../../../lib/by-number.ts';
import { foldersIn, readJsonIfThere, removeFile, writeJson } from '../../../lib/files.ts';
import { type InstanceRecord, type InstanceRunState, NEVER_RAN } from './instance-record.ts';
import { isInstanceRecord, isRunState } from './record-shape.ts';

export interface InstanceFolders {
  readonly name: string;
  readonly root: string;
  readonly data: string;
  readonly log: string;
  readonly run: string;
  /** Standard output and error of the server. */
  readonly logFile: string;
}

export function foldersOf(instances: string, name: string): InstanceFolders {
  const root = join(instances, name);
  const log = join(root, 'log');
  return { name, root, data: join(root, 'data'), log, run: join(root, 'run'), logFile: join(log, 'server.log') };
}

export function recordFileOf({ run }: InstanceFolders): string {
  return join(run, 'record.json');
}

function stateFileOf({ run }: InstanceFolders): string {
  return join(run, 'state.json');
}

/** Folders of every instance that left something behind, running or not, in the order of their names. */
export async function listFolders(instances: string): Promise<readonly InstanceFolders[]> {
  const names = await foldersIn(instances);
  return names.toSorted(byNumber).map((name) => foldersOf(instances, name));
}

/** Undefined for an instance that was removed or never started. @throws E_STATE_UNREADABLE for what is no record. */
export async function readRecord(folders: InstanceFolders): Promise<InstanceRecord | undefined> {
  const file = recordFileOf(folders);
  const json = await readOrExplain(file);
  if (json === undefined || isInstanceRecord(json)) return json;
  throw unreadable(file, `${file} is not the record of an instance`);
}

/** As `readRecord`, for callers that go on when one record is broken. */
export async function recordOrUnreadable(folders: InstanceFolders): Promise<InstanceRecord | 'unreadable' | undefined> {
  try {
    return await readRecord(folders);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return 'unreadable';
  }
}

export async function writeRecord(folders: InstanceFolders, record: InstanceRecord): Promise<void> {
  await writeJson(recordFileOf(folders), record, 0o600);
}

/** What the supervisor last wrote; where that is lost or broken, as if it had never acted. */
export async function readRunState(folders: InstanceFolders): Promise<InstanceRunState> {
  try {
    return (await knownRunState(folders)) ?? NEVER_RAN;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return NEVER_RAN;
  }
}

/** Undefined where there is no file. @throws E_STATE_UNREADABLE for what is no state. */
export async function knownRunState(folders: InstanceFolders): Promise<InstanceRunState | undefined> {
  const file = stateFileOf(folders);
  const json = await readOrExplain(file);
  if (json === undefined) return undefined;
  if (isRunState(json)) return { ...NEVER_RAN, ...json };
  throw unreadable(file, `${file} is not the state of an instance`);
}

/**
 * Unlike a record, state is worth nothing after a power cut: no fsync, which would delay faults and restarts. A folder
 * that was deleted stays deleted.
 */
export async function writeRunState(folders: InstanceFolders, state: InstanceRunState): Promise<void> {
  const path = stateFileOf(folders);
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(temporary, path);
}

/**
 * The instance no longer exists; its data and its log stay. A command that waits for this takes it for done when the record
 * is gone: the state, in which it looks for an error then, goes first.
 */
export async function deleteRunFiles(folders: InstanceFolders): Promise<void> {
  await removeFile(stateFileOf(folders));
  rmSync(folders.run, { recursive: true, force: true });
}

export function isUnreadable(error: unknown): boolean {
  return error instanceof StackctlError && error.code === 'E_STATE_UNREADABLE';
}

async function readOrExplain(file: string): Promise<unknown> {
  try {
    return await readJsonIfThere(file);
  } catch (error) {
    throw isUnreadable(error) ? unreadable(file, (error as Error).message, error) : error;
  }
}

function unreadable(file: string, message: string, cause?: unknown): StackctlError {
  return new StackctlError('E_STATE_UNREADABLE', message, {
    hint: 'Something other than stackctl changed the file. `stackctl down` ends the instance and removes the file, its data stays; then run `stackctl up`.',
    details: { file },
    cause,
  });
}
