import { expect, test } from 'vitest';
import type { Engine } from '../../../../src/runtimes/docker/engine/engine.ts';
import { missingImages, pullImages } from '../../../../src/runtimes/docker/images/images.ts';
import { errorOf } from '../../../support/stack-fixtures.ts';

const refusing = (statusCode: number, message: string): Engine => {
  const refuse = async () => {
    throw Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message}`), {
      statusCode,
      json: { message },
    });
  };
  return { reader: { inspectImage: refuse }, docker: async () => ({ pull: refuse }) } as unknown as Engine;
};

test('a name that the Engine does not take is a missing image, in its words', async () => {
  const engine = refusing(400, 'invalid reference format');
  const error = await errorOf(missingImages(engine, ['a:b:c']));
  expect(error.code).toBe('E_IMAGE_MISSING');
  expect(error.message).toContain('a:b:c: the Engine does not take this name (invalid reference format)');
  expect(await pullImages(engine, ['a:b:c'], () => undefined)).toEqual([
    { image: 'a:b:c', reason: 'the Engine does not take this name (invalid reference format)' },
  ]);
});

test('an image that is not there is missing', async () => {
  expect(await missingImages(refusing(404, 'no such image'), ['x', 'x'])).toEqual(['x']);
});
