import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { type RescueInput, rescue } from '../../src/lifecycle/rescue.ts';
import { projectPaths } from '../../src/project/paths.ts';
import type { DataItem, Runtime, RuntimeModule } from '../../src/stack/contract/runtime.ts';

let folder: string;
let calls: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-rescue-'));
  calls = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const item: DataItem = { name: '/x/a-1/data', instance: 'a-1', usedBytes: 1 };

function local(): Runtime {
  const parts: Partial<Runtime> = {
    data: async () => [item],
    down: async ({ volumes }) => {
      calls.push(`down ${volumes}`);
      return ['a warning'];
    },
    close: async () => void calls.push('close'),
  };
  return parts as Runtime;
}

function input(runtime: RescueInput['runtime']): RescueInput {
  const open = async (name: string): Promise<Runtime> => {
    if (name === 'process') return local();
    throw new StackctlError('E_ENGINE_MISSING', 'it does not answer');
  };
  return {
    paths: projectPaths(folder, 'p'),
    projectId: 'p-000000',
    env: {},
    plugins: {
      runtimeNames: () => ['docker', 'process'],
      loadRuntime: async (name) => ({ open: () => open(name) }) as unknown as RuntimeModule,
    },
    runtime,
    emit: () => undefined,
    command: 'stackctl clean',
  };
}

const agree = async (items: readonly DataItem[]): Promise<void> => void calls.push(`confirm ${items.length}`);

test('everything is ended; data goes only when asked for and confirmed, and the lock is given back', async () => {
  const kept = await rescue(input('process'), { volumes: false, confirm: agree });
  expect(kept).toEqual({ deleted: [], warnings: ['a warning'] });
  const gone = await rescue(input('process'), { volumes: true, confirm: agree });
  expect(gone.deleted).toEqual([item]);
  expect(calls).toEqual(['down false', 'close', 'confirm 1', 'down true', 'close']);
  expect(await readdir(projectPaths(folder, 'p').root)).toEqual([]);
});

test('a refusal leaves everything as it is', async () => {
  const refuse = () => Promise.reject(new Error('no'));
  await expect(rescue(input('process'), { volumes: true, confirm: refuse })).rejects.toThrow('no');
  expect(calls).toEqual(['close']);
});

test('a runtime that is not here is an error only where the project ran on it, and told when nobody knows', async () => {
  await expect(rescue(input('docker'), { volumes: false, confirm: agree })).rejects.toThrow('it does not answer');
  const { warnings } = await rescue(input(undefined), { volumes: false, confirm: agree });
  expect(warnings).toEqual(['the docker runtime was not asked: it does not answer', 'a warning']);
});
