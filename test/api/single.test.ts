/** The stacks of one server of a kind. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectionOf } from '../../src/api/connection.ts';
import { contextOf } from '../../src/api/context.ts';
import { orKindStack } from '../../src/commands/session/kind-stack.ts';
import { openProject } from '../../src/project/open.ts';
import { runtimeNames } from '../../src/stack/contract/plugins.ts';
import { ROOT } from '../support/cli.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const KINDS = readdirSync(join(ROOT, 'single')).filter((name) => !name.endsWith('.md'));

async function opened(kind: string, runtime: string, set: readonly string[] = []) {
  await using folder = await folderOf({});
  const context = contextIn(folder.path);
  const global = { ...context.global, runtime, set };
  return await openProject({ ...context, global, stackRef: kind, need: 'any', ignoresSettings: true });
}

function contextIn(folder: string, env: Readonly<Record<string, string>> = {}) {
  const { signal } = new AbortController();
  const own = { HOME: folder, XDG_STATE_HOME: folder, ...env };
  return contextOf({ folder, project: undefined, env: own, emit: () => undefined, signal });
}

test('there are some', () => {
  expect(KINDS.length).toBeGreaterThan(5);
});

describe.each(KINDS)('%s', (kind) => {
  test.each(runtimeNames())(
    'is one server of this kind on %s, and its connection says how to reach it',
    async (runtime) => {
      const { stack, identity } = await opened(kind, runtime);
      expect(identity.name).toBe(kind);
      expect(stack.services.map(({ name, kind: its, instances }) => [name, its.name, instances.length])).toEqual([
        [kind, kind, 1],
      ]);
      const found = connectionOf(stack, kind);
      expect(found).toMatchObject({ kind, host: '127.0.0.1', port: expect.any(Number) });
      expect(found.url).toContain(`127.0.0.1:${found.port}`);
      expect(JSON.stringify(found)).not.toContain('[redacted]');
    },
  );

  test('has values that its server gets', async () => {
    const { loaded } = await opened(kind, 'docker');
    for (const name of Object.keys(loaded.spec.values)) expect(name).toMatch(/^[a-z][A-Za-z]+$/);
    const named = (type: string) =>
      Object.entries(loaded.spec.values).flatMap(([name, spec]) => (spec.type === type ? [name] : []));
    const set = [
      ...named('port').map((name, index) => `${name}=${21_000 + index}`),
      ...named('secret').map((name) => `${name}=p:w@1`),
    ];
    const { stack } = await opened(kind, 'process', set);
    const { port, password, url } = connectionOf(stack, kind);
    expect(port).toBe(21000);
    if (password === undefined) return;
    expect(password).toBe('p:w@1');
    expect(url).toContain('p%3Aw%401@');
  });
});

test('up takes a kind for a stack, unless the folder has a project with a service of that name, or two projects', async () => {
  await using folder = await folderOf({ 'stackctl.yaml': 'stack: redis-sentinel\n' });
  await using empty = await folderOf({});
  const here = { stackRef: undefined, rest: ['redis', 'more'] };
  const { ignoresSettings: _, ...withSettings } = contextIn(folder.path);
  expect(await orKindStack(withSettings, here)).toEqual(here);
  expect(await orKindStack(contextIn(empty.path), here)).toEqual({ stackRef: 'redis', rest: ['more'] });
  expect(await orKindStack(contextIn(empty.path), { stackRef: undefined, rest: ['backend'] })).toEqual({
    stackRef: undefined,
    rest: ['backend'],
  });
});
