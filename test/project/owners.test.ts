import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeJson } from '../../src/lib/files.ts';
import { ownMark } from '../../src/lib/process-identity.ts';
import { claimOwned, endAbandoned, hasEnded, type Owned } from '../../src/project/owners.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const PLACE = { folder: '/somewhere', name: 'mine', temporary: false, keep: false };
const LIVES = { ...ownMark(), host: hostname() };

test.each([
  ['lives', LIVES, false],
  ['has ended: another process has its pid', { ...LIVES, started: `1${LIVES.started}` }, true],
  [
    'was of this machine before it was started again',
    { ...LIVES, started: LIVES.started.replace(/@.*/, '@other') },
    true,
  ],
  ['is of another machine', { ...LIVES, started: 'x', host: 'elsewhere' }, false],
  ['is of another container', { ...LIVES, started: 'x', space: 'pid:[1]' }, false],
])('an owner that %s', (_what, owner, ended) => {
  expect(hasEnded(owner)).toBe(ended);
});

test('a project has one owner at a time', async () => {
  await using list = await folderOf({});
  const { release, wasOwned } = await claimOwned(list.path, PLACE, new Date());
  expect(wasOwned).toBe(false);
  await expect(claimOwned(list.path, PLACE, new Date())).rejects.toMatchObject({
    code: 'E_LOCKED',
    details: { pid: process.pid, name: 'mine' },
  });
  await (await claimOwned(list.path, { ...PLACE, name: 'other' }, new Date())).release();
  await release();
  await (await claimOwned(list.path, PLACE, new Date())).release();
  expect(await readdir(list.path)).toEqual([]);
});

test('what owners have left that have ended is ended once; what fails stays on the list; others are let alone', async () => {
  await using list = await folderOf({ 'half.json': '{"folder"', 'note.txt': '' });
  const write = (name: string, owner: Owned['owner']) =>
    writeJson(join(list.path, `${name}.json`), { ...PLACE, name, owner, since: '' }, 0o600);
  const gone = { ...LIVES, started: 'x' };
  await Promise.all([
    write('a', gone),
    write('b', gone),
    write('c', LIVES),
    write('d', { ...gone, host: 'elsewhere' }),
  ]);
  const ended: (string | null)[] = [];
  const failed: string[] = [];
  const end = async ({ name }: Owned): Promise<void> => {
    if (name === 'b') throw new Error('not now');
    ended.push(name);
  };
  const fail = ({ name }: Owned, error: unknown) => failed.push(`${name}: ${error}`);
  await Promise.all([endAbandoned(list.path, end, fail), endAbandoned(list.path, end, fail)]);
  expect(ended).toEqual(['a']);
  expect(new Set(failed)).toEqual(new Set(['b: Error: not now']));
  expect((await readdir(list.path)).sort()).toEqual(['b.json', 'c.json', 'd.json', 'half.json', 'note.txt']);
});
