import { appendFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { foldersOf, type InstanceFolders } from '../../../../src/programs/supervisor/protocol/instance-files.ts';
import { rotateLog } from '../../../../src/programs/supervisor/rotate-log.ts';
import { logged } from '../../../../src/runtimes/process/logs/logged.ts';

let folder: string;
let folders: InstanceFolders;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stackctl-log-'));
  folders = { ...foldersOf(folder, 'it-1'), logFile: join(folder, 'server.log') };
});
afterEach(() => rmSync(folder, { recursive: true }));

const START = { startedAt: new Date(Date.now() - 1000).toISOString(), logBytes: 6 };
const asked = (pattern: RegExp, start = START) => logged(folders, start, pattern, new AbortController().signal);

it('is no where nothing was logged yet', async () => {
  expect(await asked(/ready/)).toBe('no');
});

it('reads what stands behind the size of the log at the start', async () => {
  appendFileSync(folders.logFile, 'ready\nbegun\n');
  expect(await asked(/ready/)).toBe('no');
  expect(await asked(/^begun$/)).toBe('yes');
  expect(await asked(/ready/, { ...START, logBytes: 0 })).toBe('yes');
});

it('goes on in the copies that were rotated away since, and says when they may not go back to the start', async () => {
  appendFileSync(folders.logFile, 'ready\nbegun\n');
  await rotateLog(folders.logFile, { maxBytes: 1, keep: 2 });
  appendFileSync(folders.logFile, 'second\n');
  expect(await asked(/begun/)).toBe('yes');
  expect(await asked(/second/)).toBe('yes');
  expect(await asked(/ready/)).toBe('no');
  await rotateLog(folders.logFile, { maxBytes: 1, keep: 2 });
  expect(await asked(/begun/)).toBe('yes');
  expect(await asked(/other/)).toBe('cut off');
  expect(await asked(/other/, { startedAt: new Date(Date.now() + 1000).toISOString(), logBytes: 0 })).toBe('no');
});

it('a log that was emptied by hand is read from its beginning', async () => {
  appendFileSync(folders.logFile, 'ready\nbegun\n');
  truncateSync(folders.logFile);
  appendFileSync(folders.logFile, 'anew\n');
  expect(await asked(/anew/)).toBe('yes');
});
