import { expect, test } from 'vitest';
import { LinkError, named } from '../../../src/kinds/sentinel/hand-over/link-error.ts';
import type { Instance } from '../../../src/stack/contract/model.ts';

const one = { name: 'redis-2' } as Instance;

test('what goes wrong with a server has its name, once', async () => {
  const cause = new Error('Command timed out');
  const failed = await named(one, named(one, Promise.reject(cause))).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(LinkError);
  expect(failed).toMatchObject({ server: one.name, message: `${one.name}: Command timed out`, cause });
  expect(await named(one, Promise.resolve(7))).toBe(7);
});
