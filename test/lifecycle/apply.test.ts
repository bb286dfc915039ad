import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { type ApplyInput, apply } from '../../src/lifecycle/apply.ts';
import type { ObservedInstance, Runtime } from '../../src/stack/contract/runtime.ts';
import { fixtureStack } from '../support/fixture-kind.ts';
import { PROCESS } from '../support/runtime-facts.ts';

const stack = fixtureStack({
  runtime: PROCESS,
  folder: '/nowhere',
  name: 'fixture',
  id: 'f',
  image: '',
  network: undefined,
  marker: 'one',
  count: 2,
});

const stopped: Omit<ObservedInstance, 'name'> = {
  state: 'stopped',
  pid: undefined,
  containerId: undefined,
  startedAt: undefined,
  configHash: 'h',
  restarts: 0,
  lastExit: undefined,
  partitioned: false,
};

/** What is told while two instances are removed or started, and the order in which files and servers are touched. */
async function applied(runtime: Partial<Runtime>, change: Partial<ApplyInput> = {}) {
  const told: string[] = [];
  const done: string[] = [];
  const input: ApplyInput = {
    stack,
    runtime: {
      observe: async () => ['app-1', 'app-2'].map((name) => ({ ...stopped, name })),
      remove: async (names: readonly string[]) => void done.push(`remove ${names}`),
      stop: async (names: readonly string[]) => void done.push(`stop ${names}`),
      start: async (_: unknown, names: readonly string[]) => void done.push(`start ${names}`),
      logs: async function* () {
        yield { instance: 'app-1', at: undefined, text: 'bye' };
      },
      ...runtime,
    } as Runtime,
    plan: {
      steps: ['app-1', 'app-2'].map((instance) => ({ op: 'start', instance, cause: 'not there', replaces: true })),
      unchanged: [],
    },
    replaceFiles: async (names) => void done.push(`files ${names}`),
    rolled: [],
    whileRolling: (_names, roll) => roll(),
    timeoutMs: 1000,
    provision: async () => undefined,
    emit: (event) => {
      if (event.type === 'step') told.push(`${event.id} ${event.state}`);
      if (event.type === 'warning') told.push(event.text);
    },
    signal: new AbortController().signal,
    ...change,
  };
  const error = await apply(input).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { told, done, error };
}

test.concurrent('a start that fails: every step that has begun says so', async () => {
  const { told, done, error } = await applied({ start: () => Promise.reject(new Error('no')) });
  expect(error).toMatchObject({ message: 'no' });
  expect(told).toEqual(['app-1 start', 'app-2 start', 'app-1 failed', 'app-2 failed']);
  expect(done).toEqual(['files app-1,app-2']);
});

test.concurrent('servers that do not become ready: as above, after the files and the start', async () => {
  const { told, done, error } = await applied({});
  expect(error).toMatchObject({ code: 'E_START_FAILED' });
  expect(told.filter((line) => line.endsWith('failed'))).toEqual(['app-1 failed', 'app-2 failed']);
  expect(done).toEqual(['files app-1,app-2', 'start app-1,app-2']);
});

test.concurrent('an interrupt', async () => {
  const interrupt = new AbortController();
  const start = async () => {
    interrupt.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
    interrupt.signal.throwIfAborted();
  };
  const { told, error } = await applied({ start }, { signal: interrupt.signal });
  expect(error).toMatchObject({ code: 'E_INTERRUPTED' });
  expect(told.slice(2)).toEqual(['app-1 failed', 'app-2 failed']);
});

test.concurrent('a removal that fails', async () => {
  const steps = [{ op: 'remove', instance: 'app-9', cause: 'gone' }] as const;
  const { told } = await applied(
    { remove: () => Promise.reject(new Error('busy')) },
    { plan: { steps, unchanged: [] } },
  );
  expect(told).toEqual(['app-9 start', 'app-9 failed']);
});

/** Three services, listed before what they depend on; each begins and ends in `done`. */
function chain(...fail: readonly string[]) {
  const done: string[] = [];
  const [app] = stack.services;
  if (app === undefined) throw new Error('the stack has a service');
  const service = (name: string, ...dependsOn: string[]) => ({
    ...app,
    name,
    dependsOn,
    instances: app.instances.slice(0, 1).map((one) => ({ ...one, name: `${name}-1`, service: name })),
  });
  const services = [
    service('reads', 'writes', 'beside'),
    service('writes', 'topics'),
    service('topics'),
    service('beside', 'topics'),
  ];
  const running = services.map(({ name }) => `${name}-1`);
  const provision: ApplyInput['provision'] = async ({ name }) => {
    done.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, name === 'beside' ? 20 : 1));
    if (fail.includes(name)) throw new StackctlError('E_MIGRATION_FAILED', name);
    done.push(`${name} ends`);
  };
  const runtime = { observe: async () => running.map((name) => ({ ...stopped, name, state: 'running' as const })) };
  const change = { stack: { ...stack, services }, provision, plan: { steps: [], unchanged: running }, timeoutMs: 5000 };
  return { done, runtime, change };
}

const ORDER = ['topics begins', 'topics ends', 'writes begins', 'beside begins', 'writes ends', 'beside ends'];

test.concurrent('where nothing starts, what is inside of servers still comes in the order in which they need each other', async () => {
  const { done, runtime, change } = chain();
  expect(await applied(runtime, change)).toMatchObject({ error: undefined, done: [] });
  expect(done).toEqual([...ORDER, 'reads begins', 'reads ends']);
});

test.concurrent('one that fails: what needs it does not begin, and what runs beside it comes to its end', async () => {
  const { done, runtime, change } = chain('writes');
  expect(await applied(runtime, change)).toMatchObject({ error: { code: 'E_MIGRATION_FAILED', message: 'writes' } });
  expect(done).toEqual(ORDER.filter((line) => line !== 'writes ends'));
});

test.concurrent('of several that fail, the first is the error and the others are said', async () => {
  const { runtime, change } = chain('writes', 'beside');
  const { error, told } = await applied(runtime, change);
  expect(error).toMatchObject({ message: 'writes' });
  expect(told.filter((line) => line.includes('failed'))).toEqual(['beside failed too: beside']);
});

test.concurrent('one that fails is the error also where a service beside it does not come to an end in time', async () => {
  const { runtime, change } = chain('writes');
  const provision: ApplyInput['provision'] = async (service, signal) => {
    if (service.name !== 'beside') return change.provision(service, signal);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw signal.reason;
  };
  const probe = async () => ({ role: undefined, reasons: ['not yet'], facts: {} });
  const services = change.stack.services.map((service) =>
    service.name === 'beside' ? { ...service, kind: { ...service.kind, probe } } : service,
  );
  const late = { ...change, stack: { ...change.stack, services }, provision, timeoutMs: 300 };
  const { error, told } = await applied(runtime, late);
  expect(error).toMatchObject({ code: 'E_MIGRATION_FAILED', message: 'writes' });
  expect(told.filter((line) => line.includes('failed too'))).toEqual([]);
});
