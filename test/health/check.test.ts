import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkStack, type HealthReport } from '../../src/health/check.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { Instance, Stack } from '../../src/stack/contract/model.ts';
import type { Probe } from '../../src/stack/contract/probe.ts';
import type { ObservedInstance, Runtime } from '../../src/stack/contract/runtime.ts';
import { kindOf } from '../support/stack-fixtures.ts';

/** No kind here looks inside. */
const NOTHING_INSIDE = {} as Runtime;
const at = { host: '127.0.0.1', port: 1 };
const instance = (name: string): Instance => ({ name, service: 'store', index: 1, ports: [], peer: at, client: at });
const observed = (name: string, change: Partial<ObservedInstance> = {}) =>
  ({ name, state: 'running', restarts: 0, partitioned: false, ...change }) as ObservedInstance;
const well: Probe = { role: 'master', reasons: [], facts: { offset: 1 } };

function look(
  kind: Partial<Kind>,
  seen: readonly ObservedInstance[],
  signal = new AbortController().signal,
): Promise<HealthReport> {
  const service = {
    name: 'store',
    kind: { ...kindOf('store', z.object({}), []), ...kind },
    instances: ['store-1', 'store-2'].map(instance),
  };
  return checkStack({ stack: { services: [service] } as unknown as Stack, runtime: NOTHING_INSIDE }, seen, signal);
}

const brief = ({ instances }: HealthReport): readonly string[] =>
  instances.map(({ instance: { name }, health, role, reasons }) => [name, health, role, ...reasons].join(' | '));

test('what runs and is not in the stack is named', async () => {
  const seen = ['store-1', 'store-2', 'store-3', 'store-4'].map((name) => observed(name));
  const gone = observed('store-5', { state: 'stopped' });
  expect((await look({ probe: async () => well }, [...seen, gone])).surplus).toEqual(['store-3', 'store-4']);
});

test('an instance is asked where the runtime says that it is', async () => {
  const asked: string[] = [];
  const probe: Kind['probe'] = async ({ instance: { client, peer } }) => {
    asked.push(`${client.port} ${peer.host}`);
    return well;
  };
  const ports = [{ name: 'main', inside: 80, host: 8000 }];
  const reached = [
    { host: '172.30.0.130', ports: { 80: 8009 } },
    { host: undefined, ports: {} },
  ];
  const seen = reached.map((at, index) => observed(`store-${index + 1}`, { reached: at }));
  const service = {
    name: 'store',
    kind: { ...kindOf('store', z.object({}), []), probe },
    instances: ['store-1', 'store-2'].map((name) => ({ ...instance(name), ports })),
  };
  const stack = { services: [service] } as unknown as Stack;
  await checkStack({ stack, runtime: NOTHING_INSIDE }, seen, new AbortController().signal);
  expect(asked).toEqual(['8009 172.30.0.130', '0 127.0.0.1']);
});

test('healthy when every probe says so; facts of probe and judgement come together', async () => {
  const report = await look(
    {
      probe: async () => well,
      judge: () => new Map([['store-2', { reasons: [], facts: { lagBytes: 0 } }]]),
      summarize: (_, probes) => ({ answered: probes.size }),
    },
    [observed('store-1'), observed('store-2')],
  );
  expect(report.healthy).toBe(true);
  expect(brief(report)).toEqual(['store-1 | healthy | master', 'store-2 | healthy | master']);
  expect(report.instances[1]?.facts).toEqual({ offset: 1, lagBytes: 0 });
  expect(report.services[0]?.facts).toEqual({ answered: 2 });
});

test('reasons of the network, the probe and the judgement are all told', async () => {
  const report = await look(
    {
      probe: async () => ({ ...well, reasons: ['loads its data'] }),
      judge: () => new Map([['store-1', { reasons: ['two masters'] }]]),
    },
    [observed('store-1', { partitioned: true }), observed('store-2')],
  );
  expect(report.healthy).toBe(false);
  expect(brief(report)).toEqual([
    'store-1 | unhealthy | master | is cut off from the network of the project, stackctl up connects it again | loads its data | two masters',
    'store-2 | unhealthy | master | loads its data',
  ]);
});

test.each<[Partial<ObservedInstance>, string]>([
  [{ state: 'paused' }, 'store-2 | paused |  | is paused'],
  [{ state: 'stopped' }, 'store-2 | stopped |  | is stopped'],
  [
    { state: 'stopped', lastExit: { at: '', code: 1, signal: undefined } },
    'store-2 | stopped |  | is stopped (exit code 1)',
  ],
  [
    { state: 'restarting', lastExit: { at: '', code: undefined, signal: 'SIGSEGV' } },
    'store-2 | restarting |  | crashes and is restarted (last: SIGSEGV)',
  ],
  [{ state: 'missing' }, 'store-2 | missing |  | is not there'],
])('what does not run is not probed: %j', async (change, line) => {
  const probed: string[] = [];
  const probe: Kind['probe'] = async (input) => {
    probed.push(input.instance.name);
    return well;
  };
  const report = await look({ probe }, [observed('store-1'), observed('store-2', change)]);
  expect(probed).toEqual(['store-1']);
  expect(brief(report)).toEqual(['store-1 | healthy | master', line]);
  expect(report.healthy).toBe(false);
});

test('an instance that nobody has seen is not there, whether it ever was or not', async () => {
  expect(brief(await look({ probe: async () => well }, []))).toEqual([
    'store-1 | missing |  | is not there',
    'store-2 | missing |  | is not there',
  ]);
});

test('an interrupt is not mistaken for an unhealthy stack', async () => {
  const interrupted = AbortSignal.abort(new Error('interrupted'));
  await expect(look({ probe: async () => well }, [observed('store-1')], interrupted)).rejects.toThrow('interrupted');
});
