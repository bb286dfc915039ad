import { rm } from 'node:fs/promises';
import { StackctlError } from '../../errors.ts';
import type { RuntimeInput } from '../../stack/runtime.ts';
import { foldersOf, type InstanceFolders, listFolders, readRecord, readRunState } from './instance-files.ts';
import { type Request, request, requestFor } from './request.ts';
import { supervisorOf, untilSupervisorEnded } from './supervision.ts';

const SUPERVISOR_ENDS_MS = 10_000;

/** Ends instances gracefully; those that are not there are left alone. @throws E_STOP_FAILED, E_SUPERVISOR */
export async function endInstances(
  input: RuntimeInput,
  names: readonly string[],
  wanted: 'stopped' | 'removed',
): Promise<void> {
  const requests: Request[] = [];
  for (const name of names) {
    const folders = foldersOf(input.paths.instances, name);
    const record = await readRecord(folders);
    if (record !== undefined) requests.push(requestFor({ folders, record }, wanted));
  }
  await request(input, requests);
  for (const { folders } of requests) await throwIfFailed(folders);
}

/** Ends every instance that the project ever started and then the supervisor. With `volumes` their folders go too. */
export async function removeEverything(input: RuntimeInput, volumes: boolean): Promise<void> {
  const all = await listFolders(input.paths.instances);
  await endInstances(
    input,
    all.map(({ name }) => name),
    'removed',
  );
  await untilSupervisorEnded(input, SUPERVISOR_ENDS_MS);
  if ((await supervisorOf(input)) === undefined) await rm(input.paths.supervisor, { recursive: true, force: true });
  if (volumes) await rm(input.paths.instances, { recursive: true, force: true });
}

async function throwIfFailed(folders: InstanceFolders): Promise<void> {
  const { error } = await readRunState(folders);
  if (error === undefined) return;
  throw new StackctlError('E_STOP_FAILED', `${folders.name} could not be stopped: ${error}`, {
    hint: `Run the command again. Its log: ${folders.logFile}`,
    details: { instance: folders.name },
  });
}
