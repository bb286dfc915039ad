import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveNames } from '../../../src/commands/completion/live-names.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-names-'));
  const rendered = join(folder, 'work/.stackctl/mine/rendered');
  for (const name of ['redis-1', 'redis-2', 'sentinel-1']) await mkdir(join(rendered, name), { recursive: true });
  await writeFile(join(rendered, 'compose.yaml'), '');
  await mkdir(join(folder, 'work/below'));
  await mkdir(join(folder, 'templates/pair'), { recursive: true });
  await writeFile(
    join(folder, 'templates/pair/stack.yaml'),
    'services: {web: {kind: app, instances: 2}, redis: {kind: redis}}',
  );
  await mkdir(join(folder, 'single/redis'), { recursive: true });
  await writeFile(join(folder, 'single/redis/stack.yaml'), 'services: {redis: {kind: redis}}');
});

afterAll(() => rm(folder, { recursive: true }));

const names = (cwd: string) => liveNames(join(folder, cwd), join(folder, 'templates'));

test('the stacks of one server follow those that stackctl brings, and have members before they are started', async () => {
  expect(await names('work/below').stacks()).toEqual(['pair', 'redis']);
  expect(await names('work/below').members('redis')).toEqual({ services: ['redis'], instances: ['redis-1'] });
});

test('projects and their members are those of the nearest folder that has some', async () => {
  expect(await names('work/below').projects()).toEqual(['mine']);
  expect(await names('work/below').members(undefined)).toEqual({
    services: ['redis', 'sentinel'],
    instances: ['redis-1', 'redis-2', 'sentinel-1'],
  });
});

test('instances without files of their own are known from the record, those that a scale may make are not', async () => {
  const project = join(folder, 'scaled/.stackctl/mine');
  await mkdir(join(project, 'rendered/redis-1'), { recursive: true });
  const ports = Object.fromEntries(['redis-1', 'api-1', 'api-2', 'api-3', 'web-1', 'web-2'].map((name) => [name, {}]));
  await writeFile(join(project, 'project.json'), JSON.stringify({ ports, counts: { api: 2 } }));
  expect(await names('scaled').members('mine')).toEqual({
    services: ['redis', 'api', 'web'],
    instances: ['redis-1', 'api-1', 'api-2', 'web-1'],
  });
});

test('a stack that was never started has the members that its stack.yaml plans', async () => {
  expect(await names('work').members('pair')).toEqual({
    services: ['web', 'redis'],
    instances: ['web-1', 'web-2', 'redis-1'],
  });
});

test('nothing there is nothing, not an error', async () => {
  expect(await names('templates').projects()).toEqual([]);
  expect(await names('templates').members(undefined)).toEqual({ services: [], instances: [] });
  expect(await names('templates').members('unknown')).toEqual({ services: [], instances: [] });
});
