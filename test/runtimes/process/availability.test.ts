import { expect, test } from 'vitest';
import { availability, diagnose } from '../../../src/runtimes/process/index.ts';

test('a stack that needs no server program can always run, and the reason says so', async () => {
  expect(await availability({ images: ['node:22'], binaries: [] }, {})).toEqual({
    available: true,
    reason: 'it needs no server program of this machine',
  });
});

test('a service without a command for a local process is refused, and doctor says so with what to do', async () => {
  const needs = { images: [], binaries: [], lacking: { image: [], binary: ['page', 'site'] } };
  expect(await availability(needs, {})).toMatchObject({ available: false, isForStack: true });
  expect(await diagnose(needs, {})).toEqual([
    {
      id: 'command',
      verdict: 'fail',
      fact: 'page, site have no command for a local process',
      fix: 'give it a `command` in stack.yaml',
    },
  ]);
});
