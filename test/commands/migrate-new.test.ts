import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from '../../src/main.ts';
import { testHost } from '../support/host.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'stackctl-new-'));
  const service = (name: string) => `  ${name}:\n    kind: postgres\n    options: { database: ${name} }\n`;
  for (const name of ['orders', 'users']) await mkdir(join(cwd, 'shop/migrations', name), { recursive: true });
  await writeFile(
    join(cwd, 'shop/stack.yaml'),
    `stack: shop\ndescription: two\nservices:\n${service('orders')}${service('users')}migrations:\n  orders: migrations/orders\n  users: migrations/users\n`,
  );
});
afterEach(() => rm(cwd, { recursive: true }));

async function run(...words: readonly string[]) {
  const host = testHost(['migrate', 'new', ...words], { cwd, env: { XDG_STATE_HOME: cwd } });
  const code = await main(host);
  return { code, err: host.err(), files: await readdir(join(cwd, 'shop/migrations/users')) };
}

test.each([
  ['a word', ['./shop', 'users']],
  ['an option', ['./shop', '--service', 'users']],
  ['both, the same', ['./shop', 'users', '--service', 'users']],
])('the service by %s', async (_, words) => {
  const { code, err, files } = await run('add note', ...words);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(files).toEqual([expect.stringMatching(/^\d+_add_note\.sql$/)]);
});

test.each([
  ['none', [], 'Name it behind the title: orders or users.'],
  ['two', ['users', 'orders'], 'too many arguments'],
  ['two ways', ['users', '--service', 'orders'], 'a file is for one service, not for users and orders'],
  ['one that has none', ['people'], 'people'],
])('writes nothing for %s', async (_, words, said) => {
  const { code, err, files } = await run('add_note', './shop', ...words);
  expect({ code, files }).toEqual({ code: 2, files: [] });
  expect(err).toContain(said);
});
