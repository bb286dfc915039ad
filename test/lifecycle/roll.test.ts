import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { type ApplyInput, apply } from '../../src/lifecycle/apply.ts';
import type { ArbiterCapability } from '../../src/stack/contract/arbiter.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { Service, Stack } from '../../src/stack/contract/model.ts';
import type { Runtime } from '../../src/stack/contract/runtime.ts';
import { type FixtureOptions, fixtureKind, fixtureStack } from '../support/fixture-kind.ts';
import { PROCESS } from '../support/runtime-facts.ts';

const ORDER = ['app-2', 'app-3', 'app-1'];

interface Faults {
  readonly op?: 'start' | 'restart';
  /** Called before an instance is started. */
  readonly onStart?: (name: string) => Promise<void> | void;
  readonly handOver?: () => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Three servers of a group that runs are replaced; everything that happens, in order, and what runs at the end. */
async function rolling({ op = 'start', onStart, handOver, signal = new AbortController().signal }: Faults = {}) {
  const done: string[] = [];
  const running = new Set(ORDER);
  const looks = new Map<string, number>();
  let primary = 'app-1';
  // Every server is ready at the second look after its start.
  const probe: Kind<FixtureOptions>['probe'] = async ({ instance: { name } }) => {
    const left = (looks.get(name) ?? 0) - 1;
    looks.set(name, left);
    return { role: undefined, reasons: left > 0 ? ['loads'] : [], facts: {} };
  };
  const arbiter: Partial<ArbiterCapability> = {
    askPrimary: async () => ({ primary: { instance: primary, epoch: 1 }, isComplete: true }),
    handOver: async () => {
      await handOver?.();
      done.push(`hand over ${primary}`);
      const from = primary;
      primary = 'app-2';
      return {
        mode: 'express',
        from,
        primary: { instance: primary, epoch: 2 },
        leftOut: [],
        steps: {},
        resyncs: undefined,
      };
    },
  };
  // As a runtime that stops first: what is cut off in between stays down.
  const started = async (names: readonly string[], until: AbortSignal): Promise<void> => {
    for (const name of names) {
      running.delete(name);
      await onStart?.(name);
      until.throwIfAborted();
      running.add(name);
      looks.set(name, 2);
      done.push(`start ${name}`);
    }
  };
  const runtime: Partial<Runtime> = {
    observe: async () => ORDER.map((name) => observed(name, running.has(name))),
    stop: async (names) => {
      for (const name of names) running.delete(name);
      done.push(`stop ${names}`);
    },
    start: (_stack, names, options) => started(names, options.signal),
    remove: async (names) => void done.push(`remove ${names}`),
  };
  const failure = await apply({
    stack: stackWith({ ...fixtureKind, probe }, arbiter),
    runtime: runtime as Runtime,
    plan: {
      steps: ORDER.toSorted().map((instance) => ({ op, instance, cause: 'its configuration changed', replaces: true })),
      unchanged: [],
    },
    replaceFiles: async (names) => void (names.length > 0 && done.push(`files ${names}`)),
    rolled: ORDER,
    whileRolling: async (names, roll) => {
      done.push(`measure ${names}`);
      await roll();
      done.push('measured');
    },
    timeoutMs: 5000,
    provision: async () => undefined,
    emit: (event) => {
      if (event.type === 'step' && event.state === 'done' && ORDER.includes(event.id)) done.push(`ready ${event.id}`);
      if (event.type === 'warning') done.push(event.text);
    },
    signal,
  } satisfies ApplyInput).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { done, failure, running: [...running].toSorted() };
}

function observed(name: string, runs: boolean) {
  const nothing = { pid: undefined, containerId: undefined, startedAt: undefined, lastExit: undefined };
  return {
    ...nothing,
    name,
    state: runs ? 'running' : 'stopped',
    configHash: 'h',
    restarts: 0,
    partitioned: false,
  } as const;
}

/** The fixture's service, and one without instances that moves its primary. */
function stackWith(kind: Kind<FixtureOptions>, arbiter: Partial<ArbiterCapability>): Stack {
  const place = { folder: '/nowhere', name: 'fixture', id: 'f', image: '', network: undefined, marker: 'one' };
  const stack = fixtureStack({ runtime: PROCESS, ...place, count: 3, kind });
  const [app] = stack.services;
  if (app === undefined) throw new Error('the stack has a service');
  const directing = { ...fixtureKind, arbiter: arbiter as ArbiterCapability } as unknown as Kind;
  const director: Service = { ...app, name: 'director', kind: directing, instances: [], monitors: 'app' };
  return { ...stack, services: [app, director] };
}

const turn = (name: string): readonly string[] => [`files ${name}`, `start ${name}`, `ready ${name}`];
const ALL = ORDER.toSorted();

test.concurrent('each one is ready before the next; the primary hands over first; the measuring is around all of it', async () => {
  const { done, failure } = await rolling();
  expect(failure).toBeUndefined();
  expect(done.slice(0, 12)).toEqual([
    'measure app-2,app-3,app-1',
    ...turn('app-2'),
    ...turn('app-3'),
    'hand over app-1',
    ...turn('app-1'),
    'measured',
  ]);
});

test.concurrent('what has to be stopped first is stopped in its own turn', async () => {
  const { done } = await rolling({ op: 'restart' });
  expect(done.filter((line) => /^(stop|start|hand)/.test(line))).toEqual([
    ...['stop app-2', 'start app-2', 'stop app-3', 'start app-3'],
    ...['hand over app-1', 'stop app-1', 'start app-1'],
  ]);
});

test.concurrent('one that does not start: those behind it go on as they were', async () => {
  const onStart = (name: string): void => {
    if (name === 'app-3') throw new StackctlError('E_START_FAILED', 'no');
  };
  const { done, failure } = await rolling({ onStart });
  expect(failure).toMatchObject({ code: 'E_START_FAILED', message: 'no' });
  expect(done).toEqual(['measure app-2,app-3,app-1', ...turn('app-2'), 'files app-3']);
});

test.concurrent('a hand-over that is not possible is a warning, and the primary is replaced all the same', async () => {
  const handOver = () => Promise.reject(new StackctlError('E_NOT_READY', 'no replica'));
  const { done, failure } = await rolling({ handOver });
  expect(failure).toBeUndefined();
  expect(done).toContain('app-1 goes as the master, so writes fail until another one is: no replica');
  expect(done).toContain('start app-1');
});

test.concurrent.each(['start', 'restart'] as const)(
  'an interrupt while one is replaced (%s): it comes up again, none is removed, the rest stays as it was',
  async (op) => {
    const interrupt = new AbortController();
    const onStart = (name: string): void => {
      if (name === 'app-3') interrupt.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
    };
    const { done, failure, running } = await rolling({ op, onStart, signal: interrupt.signal });
    expect(failure).toMatchObject({ code: 'E_INTERRUPTED' });
    expect(running).toEqual(ALL);
    expect(done.filter((line) => line.startsWith('start'))).toEqual(['start app-2', 'start app-3']);
    expect(done.join()).not.toMatch(/remove|hand over/);
  },
);

test.concurrent('an interrupt before the first turn: nothing is begun', async () => {
  const interrupt = new AbortController();
  interrupt.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
  const { done, failure } = await rolling({ signal: interrupt.signal });
  expect({ failure, done }).toMatchObject({ failure: { code: 'E_INTERRUPTED' }, done: ['measure app-2,app-3,app-1'] });
});
