import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { askEach, targetsInOrder, upToFailure } from '../../src/migrate/in-order.ts';
import type { Service, Stack } from '../../src/stack/contract/model.ts';
import { inStartOrder } from '../../src/stack/derived/start-order.ts';

const service = (name: string, ...dependsOn: string[]) => ({ name, dependsOn }) as unknown as Service;
const stackOf = (...services: Service[]) => ({ services }) as unknown as Stack;
const names = (all: readonly { readonly service: Service }[]) => all.map((one) => one.service.name);

test('what a service depends on comes first, also through a service that is not among them', () => {
  const ch = service('ch', 'app');
  const app = service('app', 'events', 'db');
  const [events, db, alone] = [service('events'), service('db'), service('alone')];
  const stack = stackOf(ch, alone, app, events, db);
  const among = (...services: Service[]) =>
    names(
      inStartOrder(
        stack,
        services.map((one) => ({ service: one })),
      ),
    );
  expect(among(ch, db, events, alone)).toEqual(['events', 'db', 'ch', 'alone']);
  expect(among(alone, ch)).toEqual(['ch', 'alone']);
  expect(among(ch)).toEqual(['ch']);
});

test('of one service what it declares comes before its files', () => {
  const [db, ch] = [service('db'), service('ch', 'db')];
  const found = targetsInOrder(stackOf(ch, db), [{ service: ch } as never], [
    { service: ch },
    { service: db },
  ] as never);
  expect(found.map(({ type, service }) => `${type} ${service.name}`)).toEqual(['files db', 'declared ch', 'files ch']);
});

const items = ['a', 'b', 'b', 'c'].map((name) => ({ service: service(name) }));

test('the first that fails ends it, and names what was not come to', async () => {
  const failure = new StackctlError('E_MIGRATION_FAILED', 'no');
  const run = async (item: (typeof items)[number]) => {
    if (item === items[1]) throw failure;
    return item.service.name;
  };
  expect(await upToFailure(items, new AbortController().signal, run)).toEqual({
    done: ['a'],
    failure,
    notTried: ['b', 'c'],
  });
  expect(await upToFailure(items.slice(2), new AbortController().signal, run)).toEqual({
    done: ['b', 'c'],
    failure: undefined,
    notTried: [],
  });
});

test('what is asked of each does not depend on what another one answers', async () => {
  const silent = new StackctlError('E_NOT_READY', 'no answer within 5 s');
  const other = new StackctlError('E_MIGRATION_FAILED', 'no right to read');
  const ask = async (item: (typeof items)[number]) => {
    if (item === items[0]) throw silent;
    if (item === items[2]) throw other;
    return item.service.name;
  };
  expect(await askEach(items, new AbortController().signal, ask)).toEqual({
    answers: ['b', 'c'],
    unanswered: [
      { service: 'a', code: 'E_NOT_READY', message: 'no answer within 5 s' },
      { service: 'b', code: 'E_MIGRATION_FAILED', message: 'no right to read' },
    ],
    failure: silent,
  });
});

test.each([
  ['upToFailure', upToFailure],
  ['askEach', askEach],
])('%s throws an interrupt and a fault of the program as they are', async (_name, each) => {
  const interrupt = new AbortController();
  const stop = new StackctlError('E_INTERRUPTED', 'stop');
  const interrupted = each(items, interrupt.signal, async () => {
    interrupt.abort(stop);
    throw stop;
  });
  await expect(interrupted).rejects.toBe(stop);
  const bug = new TypeError('bug');
  await expect(each(items, new AbortController().signal, () => Promise.reject(bug))).rejects.toBe(bug);
});
