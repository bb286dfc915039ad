import { expect, test } from 'vitest';
import { run } from '../../src/commands/render.ts';
import { contextOf } from '../support/in-process.ts';
import type { TestProject } from '../support/project.ts';
import { errorOf, folderOf } from '../support/stack-fixtures.ts';

const YAML = `stack: own
description: A program of this machine
services:
  worker: {kind: container, command: {process: [node, worker.mjs]}}
`;

async function rendered(runtime: string | undefined) {
  await using folder = await folderOf({ 'stack.yaml': YAML });
  const project = { folder: folder.path, env: { XDG_STATE_HOME: folder.path } };
  const context = contextOf(project as unknown as TestProject);
  const global = { ...context.global, runtime };
  return await run({ ...context, global }, ['.'], { out: undefined, check: undefined });
}

test.each(['docker', undefined])(
  'what containers cannot be started from is refused (--runtime %s)',
  async (runtime) => {
    const error = await errorOf(rendered(runtime));
    expect(error.code).toBe('E_STACK_INVALID');
    expect(error.message).toMatch(
      /stack\.yaml:4:3 services\.worker: has neither `image` nor `build`, and the runtime docker starts containers \(or take --runtime process\)/,
    );
  },
);

test('and rendered for the runtime that can', async () => {
  expect(await rendered('process')).toMatchObject({ data: { files: expect.any(Array) } });
});
