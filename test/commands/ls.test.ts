import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CommandContext } from '../../src/commands/line/command.ts';
import { run } from '../../src/commands/ls.ts';
import { putProject, registryFolder } from '../../src/project/registry.ts';
import { folderOf } from '../support/stack-fixtures.ts';

test('a project that is lost or unreadable is told with what became of it and what to do', async () => {
  await using folder = await folderOf({
    'broken/.stackctl/a/project.json': '{',
    'bare/.stackctl/a/kept': '',
  });
  const env = { XDG_STATE_HOME: join(folder.path, 'state') };
  for (const name of ['gone', 'broken', 'bare'])
    await putProject(registryFolder(env), {
      ...{ id: `a-${name}`, name: 'a', stack: 's', folder: join(folder.path, name), runtime: 'process', ports: {} },
      updatedAt: '2026-11-20T10:00:00.000Z',
    });
  const result = await run({ env } as unknown as CommandContext, [], {});
  if (!('data' in result)) throw new Error('no answer');
  const { projects } = result.data as { projects: readonly { folder: string; state: string; why: string }[] };
  expect(projects.map(({ state, why }) => [state, why])).toEqual([
    ['lost', 'its record is gone. In its folder: stackctl clean ends what is left of it'],
    ['unreadable', expect.stringMatching(/project\.json.*In its folder: stackctl status$/s)],
    ['lost', expect.stringMatching(/^its folder is not there\. If its folder was moved, .*stackctl doctor --fix/)],
  ]);
  expect(result.text).toContain(`lost: a in ${join(folder.path, 'gone')}: its folder is not there.`);
});
