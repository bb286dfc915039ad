import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type OpenedProject, openProject } from '../../../src/project/open.ts';
import { recordOf, saveProject } from '../../../src/project/save.ts';
import { render } from '../../../src/render/render.ts';
import { builtInPlugins } from '../../../src/stack/contract/plugins.ts';
import { valuesFor } from '../../../src/stack/values/image-values.ts';
import { errorOf, folderOf } from '../../support/stack-fixtures.ts';

const STACK = `stack: own
description: Images with and without a value
values:
  nodeImage: {type: image, default: "node:22", description: Base}
  unused: {type: image, default: "redis:7-alpine", description: Names no image}
services:
  cache: {kind: redis}
  big-db: {kind: postgres, ports: {postgres: 7000}, image: "postgres:16"}
  api: {kind: app, build: {context: api, args: {NODE_IMAGE: "{{nodeImage}}", OTHER_IMAGE: "busybox:1"}}, command: [node]}
`;

const FILES = {
  's/stack.yaml': STACK,
  's/api/Dockerfile': 'FROM scratch\n',
  'none.yaml': 'redisImage?: a/b:1\nnodeImgae?: a/c:1\n',
  'some.yaml': 'redisImage?: a/b:1\nimage.cache?: a/c:1\n',
};

interface Try {
  readonly set?: readonly string[];
  readonly values?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function open(root: string, { set = [], values = [], env = {} }: Try = {}): Promise<OpenedProject> {
  return openProject({
    cwd: root,
    env: { ...env, XDG_STATE_HOME: join(root, 'state') },
    global: { project: undefined, runtime: undefined, set, values },
    stackRef: './s',
    templatesFolder: root,
    need: 'any',
    plugins: builtInPlugins,
  });
}

function images(project: OpenedProject): Readonly<Record<string, string>> {
  return Object.fromEntries(project.resolve('docker').services.map(({ name, image }) => [name, image]));
}

test('every service that is not built has a value for its image', async () => {
  await using folder = await folderOf(FILES);
  const project = await open(folder.path, {
    set: ['image.cache=mine/redis:8'],
    env: { STACKCTL_VALUE_IMAGE_BIG_DB: 'mine/pg:17' },
  });
  expect(images(project)).toMatchObject({ cache: 'mine/redis:8', 'big-db': 'mine/pg:17' });
  const compose = render(project.resolve('docker')).files.find(({ path }) => path === 'compose.yaml');
  expect(compose?.text).toContain('image: mine/redis:8');
  // Values that nobody gave are not there.
  expect(project.values.map(({ name }) => name)).toEqual(['nodeImage', 'unused', 'image.cache', 'image.big-db']);
  expect(project.keep.values).toEqual({ 'image.cache': 'mine/redis:8' });
});

test('it stays in force after the up that was given it', async () => {
  await using folder = await folderOf(FILES);
  const first = await open(folder.path, { set: ['image.cache=mine/redis:8'] });
  const decisions = { runtime: 'docker', state: 'up', counts: {}, ports: {}, network: null, primaries: {} } as const;
  await saveProject(first, recordOf(first, decisions, new Date()), join(folder.path, 'registry'), new Date());
  expect(images(await open(folder.path)).cache).toBe('mine/redis:8');
});

test.each([
  ['image.cache=UPPER', /--set image.cache: must be the name of an image/],
  ['image.api=a/b', /--set image.api: the stack has no such value/],
  ['image.cahce=a/b', /--set image.cahce: .*did you mean "image.cache"/],
])('--set %s is refused', async (set, message) => {
  await using folder = await folderOf(FILES);
  expect((await errorOf(open(folder.path, { set: [set] }))).message).toMatch(message);
});

test('the values that can take the place of missing images', async () => {
  await using folder = await folderOf(FILES);
  const stack = (await open(folder.path)).resolve('docker');
  expect(valuesFor(['redis:7-alpine', 'postgres:16', 'node:22', 'busybox:1'], stack)).toEqual([
    'image.cache',
    'image.big-db',
    'nodeImage',
  ]);
  expect(valuesFor(['busybox:1'], stack)).toEqual([]);
});

test('a file of values of which none applies is told, with what may have been meant', async () => {
  await using folder = await folderOf(FILES);
  const { warnings } = await open(folder.path, { values: ['none.yaml'] });
  expect(warnings[0]).toBe(
    'nothing in none.yaml applies: the stack has no value redisImage, nodeImgae (did you mean "nodeImage"?); it has nodeImage, unused, image.cache, image.big-db',
  );
  expect((await open(folder.path, { values: ['some.yaml'] })).warnings).toEqual([]);
});
