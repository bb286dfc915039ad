import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/lib/package-root.ts';
import { renderMakefile } from '../../src/render/makefile.ts';
import { builtInStack } from '../support/built-in-stack.ts';

/** Target -> call, of a Makefile in which every recipe is one line. */
function targets(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/^([a-z-]+):\n\t(.*)$/gm)].map((match) => [match[1], match[2]]));
}

test("the guide's targets, each one call of stackctl", async () => {
  const { text, mode } = renderMakefile(await builtInStack('redis-sentinel', { runtime: 'docker' }));
  expect(Object.keys(targets(text))).toEqual([
    'up',
    'status',
    'sentinel-status',
    'failover-test',
    'cli',
    'cli-sentinel',
    'down',
    'clean',
  ]);
  for (const call of Object.values(targets(text))) expect(call).toMatch(/^\$\(STACKCTL\) .*--project redis-sentinel/);
  expect(targets(text)['cli-sentinel']).toBe('$(STACKCTL) cli --project redis-sentinel sentinel');
  expect(text).toContain('STACKCTL ?= stackctl\n');
  expect(text).toContain(`.PHONY: ${Object.keys(targets(text)).join(' ')}\n`);
  expect(mode).toBe(0o644);
});

test('without a service that fails over, its targets are left out', async () => {
  const stack = await builtInStack('redis-sentinel', { runtime: 'docker' });
  const { text } = renderMakefile({ ...stack, services: stack.services.filter(({ name }) => name === 'redis') });
  expect(Object.keys(targets(text))).toEqual(['up', 'status', 'down', 'clean']);
});

test('calls are made in the folder of the project, and the first up is given what was rendered with', async () => {
  const stack = await builtInStack('redis-sentinel', { runtime: 'docker' });
  const upFlags = ['--set', "masterName=it's", '--set', 'save=900 1', '--set', 'network=a$b'];
  const { text } = renderMakefile(
    { ...stack, folder: join(packageRoot(), 'templates', stack.name) },
    { folder: '../my project', upFlags },
  );
  expect(targets(text).status).toBe("cd '../my project' && $(STACKCTL) status --project redis-sentinel");
  expect(targets(text).up).toBe(
    `cd '../my project' && $(STACKCTL) up redis-sentinel --project redis-sentinel --set 'masterName=it'\\''s' --set 'save=900 1' --set 'network=a$$b'`,
  );
});

test('a stack of the user is named by its folder', async () => {
  const stack = await builtInStack('redis-sentinel', { runtime: 'docker' });
  const { text } = renderMakefile({ ...stack, folder: '/my $tack' });
  expect(targets(text).up).toBe("$(STACKCTL) up '/my $$tack' --project redis-sentinel");
  expect(() => renderMakefile(stack, { folder: 'two\nlines', upFlags: [] })).toThrow(/line break/);
});
