import { appendFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rotateLog } from '../../../../src/programs/supervisor/rotate-log.ts';
import { openLog } from '../../../../src/runtimes/process/logs/follow-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stackctl-log-'));
  path = join(folder, 'server.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const ROTATION = { maxBytes: 1, keep: 2 };

it('waits for a log that is not there yet', async () => {
  const log = openLog(path, 2);
  expect(await log.next()).toEqual([]);
  appendFileSync(path, 'one\ntwo');
  expect(await log.next()).toEqual(['one']);
  expect(log.rest()).toBe('two');
  appendFileSync(path, '!\n');
  expect(await log.next()).toEqual(['two!']);
  expect(await log.next()).toEqual([]);
});

it('puts characters together that arrive in pieces', async () => {
  const log = openLog(path, 2);
  const bytes = Buffer.from('grüße\n');
  appendFileSync(path, bytes.subarray(0, 3));
  expect(await log.next()).toEqual([]);
  appendFileSync(path, bytes.subarray(3));
  expect(await log.next()).toEqual(['grüße']);
});

it('reads rotated files first', async () => {
  for (const text of ['1\n', '2\n', '3\n']) {
    appendFileSync(path, text);
    await rotateLog(path, ROTATION);
  }
  appendFileSync(path, '4\n');
  expect(await openLog(path, 2).next()).toEqual(['2', '3', '4']);
});

it('loses nothing and repeats nothing when the log is rotated between two looks', async () => {
  const log = openLog(path, 2);
  appendFileSync(path, 'a\nb\n');
  expect(await log.next()).toEqual(['a', 'b']);
  appendFileSync(path, 'c\n');
  expect(await rotateLog(path, ROTATION)).toBe(true);
  appendFileSync(path, 'd\n');
  expect(await log.next()).toEqual(['c', 'd']);
  appendFileSync(path, 'e\n');
  expect(await log.next()).toEqual(['e']);
});

it('starts over in a log that was emptied by hand', async () => {
  appendFileSync(path, 'a\n');
  await rotateLog(path, ROTATION);
  appendFileSync(path, 'b\nc\n');
  const log = openLog(path, 2);
  expect(await log.next()).toEqual(['a', 'b', 'c']);
  truncateSync(path);
  appendFileSync(path, 'd\n');
  expect(await log.next()).toEqual(['d']);
});

it('rotates by size only', async () => {
  appendFileSync(path, 'abc');
  expect(await rotateLog(path, { maxBytes: 4, keep: 2 })).toBe(false);
  expect(await rotateLog(join(folder, 'nothing'), ROTATION)).toBe(false);
});
