import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { makeFolder } from '../../lib/files.ts';
import { identify } from '../../lib/process-identity.ts';
import { sizeOf } from './file-status.ts';
import type { InstanceFolders } from './protocol/instance-files.ts';
import type { Launch, RunningServer } from './protocol/instance-record.ts';
import type { ServerExit, WatchContext } from './watched.ts';

// The shell waits for a line before it becomes the server, and ends without it. So pid and start time (both stay the
// same through `exec`) are on disk before the server exists, and a supervisor that dies in between leaves nothing.
const GATE = 'read -r go || exit 125; exec "$@" </dev/null';

export interface Launched {
  readonly server: RunningServer;
  readonly exited: Promise<ServerExit>;
}

/**
 * Starts a server in a session of its own, its output appended to the log file. `record` is awaited before the server
 * begins to exist; when it rejects there is no server.
 * @throws what spawn, the file system or `record` threw.
 */
export async function launchServer(
  folders: InstanceFolders,
  launch: Launch,
  record: (server: RunningServer) => Promise<void>,
  { home, keepsAlive }: Pick<WatchContext, 'home' | 'keepsAlive'>,
): Promise<Launched> {
  await refuseMoved(launch, home);
  await makeFolder(folders.data);
  await makeFolder(folders.log);
  const logBytes = sizeOf(folders.logFile);
  const child = spawnGated(folders, launch);
  const exited = exitOf(child);
  await once(child, 'spawn');
  try {
    const startedAt = new Date().toISOString();
    const server = { ...identityOf(child), configHash: launch.configHash, startedAt, logBytes };
    await record(server);
    child.stdin?.end('go\n');
    if (!keepsAlive) child.unref();
    return { server, exited };
  } catch (error) {
    child.stdin?.destroy();
    throw error;
  }
}

/** The project was moved: its launch names files of the old place, where another project may be by now. */
async function refuseMoved({ root }: Launch, home: string): Promise<void> {
  if (root === undefined) return;
  const [named, here] = await Promise.all([stat(root).catch(() => undefined), stat(home)]);
  if (named?.dev === here.dev && named.ino === here.ino) return;
  throw new Error(`its project was moved here from ${root}: stackctl up starts it with the new paths`);
}

function spawnGated(folders: InstanceFolders, launch: Launch): ChildProcess {
  const log = openSync(folders.logFile, 'a', 0o600);
  try {
    return spawn('/bin/sh', ['-c', GATE, 'sh', ...launch.argv], {
      cwd: launch.folder ?? folders.data,
      env: launch.environment,
      detached: true,
      stdio: ['pipe', log, log],
    });
  } finally {
    closeSync(log);
  }
}

function exitOf(child: ChildProcess): Promise<ServerExit> {
  // The gate may be dead before its line arrives (killed by hand): its exit says all there is to say.
  child.stdin?.on('error', () => child.stdin?.destroy());
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
}

function identityOf(child: ChildProcess): { readonly pid: number; readonly started: string } {
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new Error('the process ended before it became the server');
  return identity;
}
