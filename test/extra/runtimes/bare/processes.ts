import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { makeFolder } from '../../../../src/lib/files.ts';
import { deadline, poll } from '../../../../src/lib/poll.ts';
import { identify, isAlive, type ProcessIdentity } from '../../../../src/lib/process-identity.ts';
import type { InstanceInput } from '../../../../src/stack/contract/model.ts';
import type { RuntimeInput } from '../../../../src/stack/contract/runtime.ts';
import { readRenderedHashes } from '../../../../src/stack/derived/rendered-hashes.ts';
import { dataFolder, logFile, type Note, readNote, writeNote } from './files.ts';

/** Starts an instance, again where it runs with another configuration. */
export async function start({ paths, env }: RuntimeInput, input: InstanceInput): Promise<void> {
  const { name } = input.instance;
  const hash = (await readRenderedHashes(paths))?.get(name);
  const before = await readNote(paths, name);
  if (before !== undefined && isAlive(before.process)) {
    if (before.hash === hash) return;
    await end(before);
  }
  const data = await dataFolder(paths, name);
  const {
    argv,
    environment,
    folder,
    ownFolders = [],
  } = input.service.kind.process(input, {
    binaries: { node: process.execPath },
    config: `${paths.rendered}/${name}`,
    data,
  });
  for (const path of ownFolders) await makeFolder(path);
  const log = openSync(logFile(paths, name), 'a');
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    cwd: folder ?? data,
    env: { ...env, ...environment },
    detached: true,
    stdio: ['ignore', log, log],
  });
  child.unref();
  await writeNote(paths, { name, process: identityOf(child.pid), hash, startedAt: new Date().toISOString() });
}

/** SIGTERM, and SIGKILL where that does not end it. */
export async function end(note: Note | undefined): Promise<void> {
  if (note === undefined || !isAlive(note.process)) return;
  process.kill(-note.process.pid, 'SIGTERM');
  const isGone = () => (isAlive(note.process) ? undefined : true);
  await poll(isGone, { everyMs: 20, signal: deadline(3000) }).catch(() => process.kill(-note.process.pid, 'SIGKILL'));
}

function identityOf(pid: number | undefined): ProcessIdentity {
  const identity = pid === undefined ? undefined : identify(pid);
  if (identity === undefined) throw new Error('the program could not be started');
  return identity;
}
