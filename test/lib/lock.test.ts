import { spawnSync } from 'node:child_process';
import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeLock } from '../../src/lib/lock.ts';
import { identify } from '../../src/lib/process-identity.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stackctl-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeHolder(pid: number, started: string): void {
  writeFileSync(path, JSON.stringify({ pid, started, host: hostname(), command: 'up', since: 'then' }));
}

it('is taken, given back and leaves nothing', async () => {
  const release = await takeLock(path, 'up');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, command: 'up' });
  await release();
  expect(readdirSync(folder)).toEqual([]);
});

it('is not given back for another holder, who has it since the folder was deleted', async () => {
  const release = await takeLock(path, 'up');
  rmSync(path);
  const releaseNext = await takeLock(path, 'down');
  await release();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ command: 'down' });
  await releaseNext();
  expect(readdirSync(folder)).toEqual([]);
});

it('of a dead holder is taken over, also where its pid was given to another process', async () => {
  writeHolder(process.ppid, 'long ago');
  await takeLock(path, 'down');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, command: 'down' });
  expect(readdirSync(folder)).toEqual(['lock']);
});

it('of a live holder is not, and the holder is named', async () => {
  const parent = identify(process.ppid);
  writeHolder(process.ppid, parent?.started ?? '');
  await expect(takeLock(path, 'down')).rejects.toMatchObject({
    code: 'E_LOCKED',
    message: expect.stringContaining(`"up" (pid ${process.ppid}`),
  });
  expect(readdirSync(folder)).toEqual(['lock']);
});

it('is taken also after processes that died while they took it over, whose files go', async () => {
  writeHolder(process.ppid, 'long ago');
  const turn = `lock.after.${process.ppid}.long_ago`;
  for (const file of [turn, `${turn}.after.7.then`, 'lock.7.x']) linkSync(path, join(folder, file));
  const gone = spawnSync(process.execPath, ['--version']).pid;
  writeFileSync(join(folder, `lock.${gone}.unfinished`), '{"pid": ');
  writeFileSync(join(folder, `lock.${process.ppid}.unfinished`), '');
  writeFileSync(join(folder, 'lock.other'), 'not a lock');
  await takeLock(path, 'down');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
  expect(readdirSync(folder).sort()).toEqual(['lock', `lock.${process.ppid}.unfinished`, 'lock.other'].sort());
});

it("of a dead holder that another process is taking over is that one's", async () => {
  writeHolder(process.ppid, 'long ago');
  const other = { ...identify(process.ppid), host: hostname(), command: 'scale', since: 'now' };
  writeFileSync(join(folder, `lock.after.${process.ppid}.long_ago`), JSON.stringify(other));
  await expect(takeLock(path, 'down')).rejects.toMatchObject({ message: expect.stringContaining('"scale" (pid') });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ started: 'long ago' });
});
