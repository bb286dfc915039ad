import { expect, test } from 'vitest';
import { availability } from '../../../src/runtimes/process/index.ts';

test('a stack that needs no server program can always run, and the reason says so', async () => {
  expect(await availability({ images: ['node:22'], binaries: [] }, {})).toEqual({
    available: true,
    reason: 'it needs no server program of this machine',
  });
});
