/** The supervisor's own loop around a real process, with a time of day that is set while it waits. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeFolder } from '../../../src/lib/files.ts';
import {
  foldersOf,
  type InstanceFolders,
  readRunState,
  writeRecord,
  writeRunState,
} from '../../../src/programs/supervisor/protocol/instance-files.ts';
import { type InstanceRecord, NEVER_RAN } from '../../../src/programs/supervisor/protocol/instance-record.ts';
import { makeWakeUp } from '../../../src/programs/supervisor/wake-up.ts';
import { watchInstance } from '../../../src/programs/supervisor/watch-instance.ts';
import { waitFor } from '../../support/wait-for.ts';

const DAY_MS = 86_400_000;

let folder: string;
let folders: InstanceFolders;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watch-clock-'));
  folders = foldersOf(folder, 'app-1');
  await makeFolder(folders.run);
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T12:00:00Z') });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

const record = (wanted: InstanceRecord['wanted'], script: string, stopGraceS = 1): InstanceRecord => ({
  revision: `${wanted} ${script}`,
  wanted,
  launch: {
    configHash: 'h',
    argv: ['/bin/sh', '-c', script],
    environment: { PATH: process.env.PATH ?? '' },
    stopGraceS,
  },
});

/** Ends its server, and itself. */
function supervise() {
  const own = folders;
  const leaving = new AbortController();
  const wakeUp = makeWakeUp();
  const done = watchInstance(own, {
    ...{ wakeUp, signal: leaving.signal, home: own.root, keepsAlive: true },
    ...{ acted: () => undefined, log: () => undefined },
  });
  const ask = async (asked: InstanceRecord) => {
    await writeRecord(own, asked);
    wakeUp.send();
  };
  return {
    ask,
    [Symbol.asyncDispose]: async () => {
      await ask(record('killed', 'true'));
      await waitFor('its end', async () => (await readRunState(own)).remains === 'nothing');
      leaving.abort();
      wakeUp.send();
      await done;
    },
  };
}

/** One line for each start. */
const COUNTED = 'echo started; exit 3';
const starts = async () => (await readFile(folders.logFile, 'utf8').catch(() => '')).split('started').length - 1;

test.each([
  ['back by a day', -DAY_MS],
  ['forward by a day', DAY_MS],
])('a crashed server is restarted after its back-off although the clock is set %s', async (_how, byMs) => {
  await writeRecord(folders, record('running', COUNTED));
  const began = performance.now();
  await using _ = supervise();
  await waitFor('the second crash', async () => (await readRunState(folders)).crashes === 2);
  vi.setSystemTime(Date.now() + byMs);
  await waitFor('the third start', async () => (await starts()) === 3);
  // Half a second after the first crash, and one second after the second.
  expect(performance.now() - began).toBeGreaterThan(1450);
  await waitFor('its end', async () => (await readRunState(folders)).crashes === 3);
});

test('a wait that another supervisor has written down ends although the clock was set back', async () => {
  await writeRecord(folders, record('running', COUNTED));
  const { revision } = record('running', COUNTED);
  await writeRunState(folders, { ...NEVER_RAN, applied: revision, crashes: 2, retryAtMs: Date.now() + DAY_MS });
  await using _ = supervise();
  await waitFor('a start', async () => (await readRunState(folders)).restarts === 1);
});

test('a server that does not stop is killed after its grace although the clock is set back', async () => {
  await writeRecord(folders, record('running', 'trap "" TERM; echo started; while :; do sleep 0.1; done'));
  await using supervisor = supervise();
  await waitFor('its start', async () => (await starts()) === 1);
  await supervisor.ask(record('stopped', 'true'));
  vi.setSystemTime(Date.now() - DAY_MS);
  await waitFor('its end', async () => (await readRunState(folders)).remains === 'nothing');
});
