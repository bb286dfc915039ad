import { rm } from 'node:fs/promises';
import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { endGroup } from '../../lib/end-group.ts';
import { leadersIn } from '../../lib/leaders-in.ts';
import type { ProcessIdentity } from '../../lib/process-identity.ts';
import {
  foldersOf,
  type InstanceFolders,
  listFolders,
  readRunState,
  recordOrUnreadable,
} from '../../programs/supervisor/protocol/instance-files.ts';
import type { InstanceRecord, Launch } from '../../programs/supervisor/protocol/instance-record.ts';
import type { RuntimeInput } from '../../stack/contract/runtime.ts';
import type { DownOptions, EndOptions } from '../../stack/contract/runtime-options.ts';
import { makeWritable } from './read-only.ts';
import { type Request, request, requestFor } from './supervision/request.ts';
import { supervisorOf } from './supervision/supervisor.ts';
import { untilSupervisorEnded } from './supervision/until-applied.ts';

const SUPERVISOR_ENDS_MS = 10_000;

/** For a server that no record names: as long as the slowest of the bundled kinds gets. */
const GRACE_S = 15;

/** Takes the place of the launch in a broken record. It is never started: a start writes a launch of its own. */
const UNKNOWN_LAUNCH: Launch = { configHash: '', argv: ['/bin/false'], environment: {}, stopGraceS: GRACE_S };

/**
 * Ends instances gracefully; those that are not there are left alone, and a record that cannot be read is replaced.
 * @throws E_STOP_FAILED, E_SUPERVISOR; the signal's reason.
 */
export async function endInstances(
  input: RuntimeInput,
  names: readonly string[],
  wanted: 'stopped' | 'removed',
  { signal, graceMs }: EndOptions = {},
): Promise<void> {
  const requests: Request[] = [];
  for (const name of names) {
    const folders = foldersOf(input.paths.instances, name);
    const found = await recordOrUnreadable(folders);
    const record = found === 'unreadable' ? replacement(wanted) : found;
    if (record !== undefined) requests.push(withGrace(requestFor({ folders, record }, wanted), graceMs));
  }
  await request(input, requests, signal);
  for (const { folders } of requests) await throwIfFailed(folders);
}

/**
 * Ends every instance that the project ever started, then the supervisor, then servers of the project that no file
 * names any more. With `volumes` their folders go too.
 */
export async function removeEverything(
  input: RuntimeInput,
  { volumes, graceMs }: Pick<DownOptions, 'volumes' | 'graceMs'>,
): Promise<void> {
  const all = await listFolders(input.paths.instances);
  await endInstances(
    input,
    all.map(({ name }) => name),
    'removed',
    defined({ graceMs }),
  );
  await untilSupervisorEnded(input, SUPERVISOR_ENDS_MS);
  await Promise.all((leadersIn(input.paths.instances) ?? []).map((server) => endUnknown(server, graceMs)));
  if ((await supervisorOf(input)) === undefined) await removeSupervisorFolder(input.paths.supervisor);
  // A mount outlives the server that was to suffer from it.
  for (const { data } of all) await makeWritable(data);
  if (volumes) await rm(input.paths.instances, { recursive: true, force: true });
}

/** The record is of an instance that goes: a start writes a launch of its own. */
function withGrace(asked: Request, graceMs: number | undefined): Request {
  if (graceMs === undefined) return asked;
  const stopGraceS = graceMs / 1000;
  return { ...asked, stopGraceS, launch: { ...asked.launch, stopGraceS } };
}

function replacement(wanted: 'stopped' | 'removed'): InstanceRecord {
  return { revision: '', wanted, launch: UNKNOWN_LAUNCH };
}

async function endUnknown(server: ProcessIdentity, graceMs: number = GRACE_S * 1000): Promise<void> {
  if (await endGroup(server, graceMs / 1000)) return;
  throw new StackctlError('E_STOP_FAILED', `pid ${server.pid}, a server without a record, does not end`, {
    hint: `It survived SIGKILL, so it waits for a disk or another user owns it. See: ps -p ${server.pid} -o stat,user,args`,
    details: { pid: server.pid },
  });
}

async function throwIfFailed(folders: InstanceFolders): Promise<void> {
  const { error } = await readRunState(folders);
  if (error === undefined) return;
  throw new StackctlError('E_STOP_FAILED', `${folders.name} could not be stopped: ${error}`, {
    hint: `Run the command again. Its log: ${folders.logFile}`,
    details: { instance: folders.name },
  });
}

/**
 * One that a killed command had just spawned takes its lock, finds nothing to do and ends: what it writes meanwhile makes a folder
 * that was just emptied not empty.
 */
async function removeSupervisorFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}
