import { expect, test } from 'vitest';
import { diagnose } from '../../../src/runtimes/docker/diagnose.ts';

test('a service without an image is told, also where no Engine answers', async () => {
  const needs = { images: [], binaries: [], lacking: { image: ['worker'], binary: [] } };
  const found = await diagnose(needs, { DOCKER_HOST: 'unix:///nowhere/docker.sock' });
  expect(found.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['image', 'fail'],
    ['engine', 'fail'],
  ]);
  expect(found[0]).toMatchObject({
    fact: 'worker has no image',
    fix: 'give it an `image` or `build` in stack.yaml',
  });
});
