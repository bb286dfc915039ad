import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSchedule } from '../../src/traffic/arrival/schedule.ts';
import { loadProfile } from '../../src/traffic/load-profile.ts';
import { PROFILE, trafficStack } from './profiles.ts';

/** The profile of these tests with a shape by a file, in a stack's folder of its own. */
async function stackWith(csv: string, files: Readonly<Record<string, string | Buffer>>) {
  const base = await mkdtemp(join(tmpdir(), 'stackctl-shape-'));
  const folder = join(base, 'shop');
  await mkdir(join(folder, 'traffic'), { recursive: true });
  await writeFile(
    join(folder, 'traffic/orders.yaml'),
    `${PROFILE}arrival: { shape: { csv: ${JSON.stringify(csv)} } }\n`,
  );
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const stack = { ...trafficStack(), folder, traffic: join(folder, 'traffic') };
  return {
    folder,
    load: (cwd = base) => loadProfile(stack, undefined, cwd),
    [Symbol.asyncDispose]: () => rm(base, { recursive: true }),
  };
}

test.each([
  ['load.csv', 'traffic/load.csv'],
  ['../loads/week.csv', 'loads/week.csv'],
])('%s is read once, with the profile, and is its shape', async (csv, file) => {
  await using stack = await stackWith(csv, {});
  await mkdir(join(stack.folder, 'loads'));
  await writeFile(join(stack.folder, file), 'seconds,factor\n0,1\n10,1\n20,3\n');
  const { profile } = await stack.load();
  await rm(join(stack.folder, file));
  expect(profile.arrival).toEqual({
    process: 'constant',
    shape: {
      points: [
        { at: 0, factor: 1 },
        { at: 10_000, factor: 1 },
        { at: 20_000, factor: 3 },
      ],
    },
  });
  const schedule = createSchedule(1, profile.arrival, 1);
  const due = Array.from({ length: 31 }, () => schedule.next());
  expect(due[10]).toBe(10_000);
  expect(due[30]).toBeCloseTo(20_000, 6);
});

const AT = /^shop\/traffic\/orders\.yaml has 1 problem:\n {2}shop\/traffic\/orders\.yaml:\d+:\d+ arrival\.shape\.csv: /;

test.each([
  ['none.csv', 'there is no such file beside the profile'],
  ['../../secret.csv', "must lie in the stack's folder"],
  ['/etc/hosts', 'must be relative to the profile'],
  ['link.csv', "must lie in the stack's folder"],
  ['.', 'is no file'],
  ['large.csv', 'is larger than 8.0 MiB'],
])('%s is a mistake of the profile: %s', async (csv, message) => {
  await using stack = await stackWith(csv, {
    '../secret.csv': '0,1\n',
    'traffic/large.csv': Buffer.alloc(8_388_609, '0'),
  });
  await symlink(join(stack.folder, '../secret.csv'), join(stack.folder, 'traffic/link.csv'));
  const error = await stack.load().then(
    () => expect.unreachable(),
    (one: Error) => one,
  );
  expect(error).toMatchObject({ code: 'E_PROFILE_INVALID' });
  expect(error.message).toMatch(AT);
  expect(error.message).toContain(message);
});

test.each([
  ['0,1\n10,x\n', 'shop/traffic/load.csv has 1 problem:\n  shop/traffic/load.csv:2:4 factor: must be a number from 0'],
  [Buffer.from('0,1\n10,\xff\n', 'latin1'), 'shop/traffic/load.csv:2:4 this is not UTF-8 (byte 0xFF)'],
])('a mistake of the file is told with its line and column', async (text, message) => {
  await using stack = await stackWith('load.csv', { 'traffic/load.csv': text });
  const error = await stack.load().then(
    () => expect.unreachable(),
    (one: Error) => one,
  );
  expect(error).toMatchObject({ code: 'E_PROFILE_INVALID' });
  expect(error.message).toContain(message);
});

test('files are named as the user would name them, from the folder where he is', async () => {
  await using stack = await stackWith('load.csv', { 'traffic/load.csv': '0,1\n10,x\n' });
  const named = async (cwd: string): Promise<string> => {
    const error = await stack.load(cwd).catch((caught: unknown) => caught);
    return /^(\S+) has 1 problem/.exec((error as Error).message)?.[1] ?? '';
  };
  expect(await named(stack.folder)).toBe('traffic/load.csv');
  expect(await named(join(stack.folder, 'traffic'))).toBe('load.csv');
  expect(await named('/elsewhere')).toBe(join(stack.folder, 'traffic/load.csv'));
  await rm(join(stack.folder, 'traffic/load.csv'));
  expect(await named(stack.folder)).toBe('traffic/orders.yaml');
});
