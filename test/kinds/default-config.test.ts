import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { render } from '../../src/render/render.ts';
import { runtimes } from '../../src/stack/contract/plugins.ts';
import { allKinds, EXAMPLE_SERVICE, exampleStack } from '../support/kinds-under-test.ts';
import { ownStack } from '../support/own-stack.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const STACK = `stack: own
description: d
services:
  redis: {kind: redis, instances: 2, primaryFrom: sentinel}
  sentinel: {kind: sentinel, instances: 3, monitors: redis}
`;

test.each([
  ['redis-1/redis.conf', 'redis'],
  ['sentinel-1/sentinel.conf', 'sentinel'],
])('a stack without a config of its own has %s, as the built-in stack has it', async (path, kind) => {
  await using bare = await folderOf({ 'stack.yaml': STACK });
  const [, target = ''] = path.split('/');
  const template = readFileSync(
    new URL(`../../templates/redis-sentinel/config/${target}.tmpl`, import.meta.url),
    'utf8',
  );
  const given = STACK.replace(`{kind: ${kind},`, `{kind: ${kind}, config: {${target}: it},`);
  await using full = await folderOf({ 'stack.yaml': given, it: template });
  const textIn = async (folder: string) =>
    render(await ownStack(folder, 'process'))
      .files.find((file) => file.path === path)
      ?.text.replaceAll('own-000000', '');
  expect(await textIn(bare.path)).toBe(await textIn(full.path));
  expect(await textIn(bare.path)).toContain('port ');
});

test.each(allKinds.kindNames())(
  'kind %s needs no config of its own: its example renders, for every runtime',
  async (kind) => {
    for (const { name, rendersCompose } of runtimes()) {
      const { files } = render(await exampleStack(kind, name));
      const own = files.filter(({ path }) => path.startsWith(`${EXAMPLE_SERVICE}-1/`));
      // What the stack brings along has what the stack gives it.
      if ((await allKinds.loadKind(kind)).runsStackPrograms !== true) expect(own).not.toEqual([]);
      expect(files.some(({ path }) => path === 'compose.yaml')).toBe(rendersCompose);
    }
  },
);
