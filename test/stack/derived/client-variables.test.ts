import { expect, test } from 'vitest';
import { z } from 'zod';
import { allVariables } from '../../../src/commands/session/service-environment.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { renderEnv } from '../../../src/render/env.ts';
import type { Service, Stack } from '../../../src/stack/contract/model.ts';
import { PROCESS } from '../../support/runtime-facts.ts';
import { kindOf } from '../../support/stack-fixtures.ts';

function service(name: string, variables: Readonly<Record<string, string | Secret>>): Service {
  const kind = { ...kindOf('store', z.object({}), []), clientEnv: () => variables };
  return { name, kind, instances: [] } as unknown as Service;
}

function stackOf(...services: Service[]): Stack {
  return { runtime: PROCESS, services, project: { id: 'p-000000' } } as unknown as Stack;
}

const QUEUE = service('queue', { STORE_HOST: '127.0.0.1', STORE_PORT: '6379', STORE_PASSWORD: new Secret('one') });
const CACHE = service('page-cache', { STORE_HOST: '127.0.0.1', STORE_PORT: '6380' });

test('of two servers of one kind the first has the plain names, and the second all of its own behind its name', () => {
  const stack = stackOf(QUEUE, CACHE);
  expect(allVariables(stack, stack.services)).toEqual({
    STORE_HOST: '127.0.0.1',
    STORE_PORT: '6379',
    STORE_PASSWORD: new Secret('one'),
    PAGE_CACHE_STORE_HOST: '127.0.0.1',
    PAGE_CACHE_STORE_PORT: '6380',
  });
  expect(renderEnv(stack).text).toMatch(
    /\n# page-cache\nPAGE_CACHE_STORE_HOST=127\.0\.0\.1\nPAGE_CACHE_STORE_PORT=6380\n$/,
  );
});

test('passwords that differ are two texts too', () => {
  const stack = stackOf(service('a', { PASSWORD: new Secret('one') }), service('b', { PASSWORD: new Secret('two') }));
  expect(Object.keys(allVariables(stack, stack.services))).toEqual(['PASSWORD', 'B_PASSWORD']);
});

test('plain names for one service alone, and where the texts are the same', () => {
  const stack = stackOf(QUEUE, CACHE);
  expect(allVariables(stack, [CACHE])).toEqual({ STORE_HOST: '127.0.0.1', STORE_PORT: '6380' });
  const beside = service('watcher', { STORE_PASSWORD: new Secret('one'), WATCHER: 'x' });
  expect(Object.keys(allVariables(stackOf(QUEUE, beside), [QUEUE, beside]))).toContain('WATCHER');
});
