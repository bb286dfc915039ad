/**
 * What the command and the supervisor tell each other, one folder per instance. `record.json` is written by commands
 * only (what is wanted), `state.json` by the supervisor only (what it did), both by rename. Nothing is sent but SIGHUP.
 */
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackctlError, systemCode } from '../../../errors.ts';
import { readJsonIfThere, writeJson } from '../../../lib/files.ts';
import type { ProcessIdentity } from '../../../lib/process-identity.ts';
import type { StopSignal } from '../../../stack/contract/kind.ts';
import type { FaultKind, ObservedExit } from '../../../stack/contract/runtime.ts';
import type { Wanted } from '../transition.ts';
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

/** Everything that is needed to start the server again without the stack. May hold secrets in `environment`: 0600. */
export interface Launch {
  readonly configHash: string;
  readonly argv: readonly [string, ...string[]];
  /** The server's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stopGraceS: number;
  /** The project's folder that the paths in here are in. Where it is another by now, nothing is started from here. */
  readonly root?: string;
  /** Working folder where it is not the instance's data folder. */
  readonly folder?: string;
  readonly stopSignal?: StopSignal;
}

export interface InstanceRecord {
  /** New with every write, so that a command can wait for the supervisor to have acted on exactly this one. */
  readonly revision: string;
  readonly wanted: Wanted;
  /** The fault that was injected on purpose and that `heal` takes back. */
  readonly fault?: FaultKind;
  /** Configuration hash of a server that ran when this was written and whose state file was lost. */
  readonly adopts?: string;
  readonly launch: Launch;
}

export interface RunningServer extends ProcessIdentity {
  readonly configHash: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

export interface InstanceRunState {
  /** Revision of the last record that was acted upon. */
  readonly applied: string | undefined;
  /** The last server that was started, dead or alive: compare pid and start time before believing in it. */
  readonly server: RunningServer | undefined;
  /** What was left of it at the last look: itself, only children in its group, nothing. */
  readonly remains: 'server' | 'leftovers' | 'nothing';
  /** Automatic restarts since it was last started on request. */
  readonly restarts: number;
  /** Crashes in a row without a stable run in between. */
  readonly crashes: number;
  /** When a crashed server is started again, for the next supervisor: milliseconds since the epoch, see backoff.ts. */
  readonly retryAtMs: number | undefined;
  /** The newest last. */
  readonly exits: readonly ObservedExit[];
  /** Why the last start or stop did not work; undefined when it did. */
  readonly error: string | undefined;
}

export const NEVER_RAN: InstanceRunState = {
  applied: undefined,
  server: undefined,
  remains: 'nothing',
  restarts: 0,
  crashes: 0,
  retryAtMs: undefined,
  exits: [],
  error: undefined,
};

export function foldersOf(instances: string, name: string): InstanceFolders {
  const root = join(instances, name);
  const log = join(root, 'log');
  return { name, root, data: join(root, 'data'), log, run: join(root, 'run'), logFile: join(log, 'server.log') };
}

/** Folders of every instance that left something behind, running or not, in the order of their names. */
export async function listFolders(instances: string): Promise<readonly InstanceFolders[]> {
  try {
    const entries = await readdir(instances, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    return names.sort(byNumber).map((name) => foldersOf(instances, name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined for an instance that was removed or never started. @throws E_STATE_UNREADABLE for what is no record. */
export async function readRecord(folders: InstanceFolders): Promise<InstanceRecord | undefined> {
  const file = join(folders.run, 'record.json');
  const json = await readOrExplain(file);
  if (json === undefined || isInstanceRecord(json)) return json;
  throw unreadable(file, `${file} is not the record of an instance`);
}

/** As `readRecord`, for those that have to go on past a broken one. */
export async function lookAtRecord(folders: InstanceFolders): Promise<InstanceRecord | 'unreadable' | undefined> {
  try {
    return await readRecord(folders);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return 'unreadable';
  }
}

export async function writeRecord(folders: InstanceFolders, record: InstanceRecord): Promise<void> {
  await writeJson(join(folders.run, 'record.json'), record, 0o600);
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
  const file = join(folders.run, 'state.json');
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
  const path = join(folders.run, 'state.json');
  const temporary = `${path}.tmp`;
  await writeFile(temporary, JSON.stringify(state, null, 2), { mode: 0o600 });
  await rename(temporary, path);
}

/** The instance no longer exists; its data and its log stay. */
export async function deleteRunFiles(folders: InstanceFolders): Promise<void> {
  await rm(folders.run, { recursive: true, force: true });
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

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
