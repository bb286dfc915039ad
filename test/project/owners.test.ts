import { readdir, readFile } from 'node:fs/promises';
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
  const { release, before } = await claimOwned(list.path, PLACE, new Date());
  expect(before).toBeUndefined();
  await expect(claimOwned(list.path, PLACE, new Date())).rejects.toMatchObject({
    code: 'E_LOCKED',
    details: { pid: process.pid, name: 'mine' },
  });
  await (await claimOwned(list.path, { ...PLACE, name: 'other' }, new Date())).release();
  await release();
  await (await claimOwned(list.path, PLACE, new Date())).release();
  expect(await readdir(list.path)).toEqual([]);
});

test('a claim that is given back leaves what an owner that has ended has left, as it was', async () => {
  await using list = await folderOf({});
  const file = join(list.path, await nameOfClaim(list.path));
  const left: Owned = { ...PLACE, holds: true, owner: { ...LIVES, started: 'x' }, since: '' };
  await writeJson(file, left, 0o600);
  const claim = await claimOwned(list.path, { ...PLACE, keep: true }, new Date());
  expect(claim.before).toEqual(left);
  // Killed at once, what was left is ended as it was to be.
  expect(await noted(file)).toMatchObject({ keep: false, holds: true, owner: LIVES });
  await claim.hold(true);
  expect(await noted(file)).toMatchObject({ keep: true, holds: true, owner: LIVES });
  await claim.giveBack();
  expect(await noted(file)).toEqual(left);
});

test('a claim holds nothing before its owner has the project, but for a folder that was made for it', async () => {
  await using list = await folderOf({});
  await claimOwned(list.path, PLACE, new Date());
  await claimOwned(list.path, { ...PLACE, folder: '/made', temporary: true }, new Date());
  const claims = await Promise.all((await readdir(list.path)).map((name) => noted(join(list.path, name))));
  expect(claims.map(({ folder, holds }) => [folder, holds]).sort()).toEqual([
    ['/made', true],
    ['/somewhere', false],
  ]);
});

/** Of the file of `PLACE`, which is not there afterwards. */
async function nameOfClaim(list: string): Promise<string> {
  const { release } = await claimOwned(list, PLACE, new Date());
  const [name = ''] = await readdir(list);
  await release();
  return name;
}

async function noted(file: string): Promise<Owned> {
  return JSON.parse(await readFile(file, 'utf8'));
}

test('what owners have left that have ended is ended once; what fails stays on the list; others are let alone', async () => {
  await using list = await folderOf({ 'half.json': '{"folder"', 'note.txt': '' });
  const write = (name: string, owner: Owned['owner'], holds = true) =>
    writeJson(join(list.path, `${name}.json`), { ...PLACE, holds, name, owner, since: '' }, 0o600);
  const gone = { ...LIVES, started: 'x' };
  await Promise.all([
    write('a', gone),
    write('b', gone),
    write('never held', gone, false),
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
