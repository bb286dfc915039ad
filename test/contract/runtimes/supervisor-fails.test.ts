/** The supervisor's own loop, ended by an error while a server runs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  foldersOf,
  type InstanceFolders,
  readRunState,
  writeRecord,
} from '../../../src/programs/supervisor/protocol/instance-files.ts';
import type { Wanted } from '../../../src/programs/supervisor/protocol/instance-record.ts';
import { supervise } from '../../../src/programs/supervisor/supervise.ts';
import { makeWakeUp } from '../../../src/programs/supervisor/wake-up.ts';
import { waitFor } from '../../support/wait-for.ts';

function want(folders: InstanceFolders, wanted: Wanted, revision: string): Promise<void> {
  const argv = ['/bin/sh', '-c', 'echo started; exec sleep 1000'] as const;
  const environment = { PATH: process.env.PATH ?? '' };
  return writeRecord(folders, {
    ...{ revision, wanted },
    launch: { configHash: 'h', argv, environment, stopGraceS: 1 },
  });
}

function begin(instances: string, rotateLogs: () => Promise<void>) {
  const wakeUp = makeWakeUp();
  const { signal } = new AbortController();
  const mayAct = async () => true;
  const done = supervise({
    ...{ instances, home: instances, keepsAlive: true, log: () => undefined },
    ...{ wakeUp, signal, mayAct, rotateLogs },
  });
  return { wakeUp, done };
}

test('it leaves its servers to the next one, and starts none beside it', async () => {
  const instances = await mkdtemp(join(tmpdir(), 'supervisor-fails-'));
  const folders = foldersOf(instances, 'app-1');
  const state = () => readRunState(folders);
  const applied = (revision: string) =>
    waitFor(revision, async () => {
      const now = await state();
      return now.applied === revision && now.server;
    });
  let fails = false;
  await want(folders, 'running', 'first');
  const first = begin(instances, async () => {
    if (fails) throw new Error('too many open files');
  });
  const ended = expect(first.done).rejects.toThrow('too many open files');
  await applied('first');
  fails = true;
  first.wakeUp.send();
  await ended;
  const next = begin(instances, async () => undefined);
  const ask = async (wanted: Wanted, revision: string) => {
    await want(folders, wanted, revision);
    next.wakeUp.send();
    return applied(revision);
  };
  const { pid } = await ask('running', 'adopted');
  process.kill(pid, 'SIGKILL');
  await waitFor('a restart', async () => (await state()).server?.pid !== pid);
  await ask('running', 'restarted');
  await ask('stopped', 'stopped');
  await next.done;
  expect((await readFile(folders.logFile, 'utf8')).trim().split('\n')).toEqual(['started', 'started']);
  await rm(instances, { recursive: true });
});
