import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../src/lib/secret.ts';
import { render } from '../../src/render/render.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import { type Service, type Stack, serviceOf } from '../../src/stack/contract/model.ts';
import { runtimeNames } from '../../src/stack/contract/plugins.ts';
import { builtInStack } from '../support/built-in-stack.ts';
import { allKinds, EXAMPLE_SERVICE, exampleStack } from '../support/kinds-under-test.ts';

const PATHS = { binaries: {}, config: '/config', data: '/data' };

/** Values that some option or other takes. */
const CANDIDATES: readonly unknown[] = [
  ...[
    true,
    false,
    0.7,
    11,
    700,
    'other',
    '/other',
    '800 1',
    '48mb',
    'always',
    'allkeys-lru',
    'fast',
    'valkey',
    'required',
  ],
  ...[
    ['other'],
    new Secret('other'),
    [{ name: 'other' }],
    { other: 1 },
    { exec: ['true'] },
    { path: '/other', key: new Secret('other') },
  ],
];

/** Option -> why a running server is not started again for it, though another one would be started otherwise. */
const APPLIED_OTHERWISE: Readonly<Record<string, string>> = {
  'postgres database': '`provision` makes it',
  'postgres user': 'the superuser is made with the cluster, and with it alone',
  'timescaledb database': '`provision` makes it',
  'timescaledb user': 'the superuser is made with the cluster, and with it alone',
  'timescaledb timescale': '`provision` finds out whether the extension is there',
  'clickhouse database': '`provision` makes it',
};

const cases = allKinds.kindNames().flatMap((kind) => runtimeNames().map((runtime) => ({ kind, runtime })));

describe.each(cases)('$kind on $runtime', ({ kind: name, runtime }) => {
  test('every option that a start takes is in the hash of the configuration', async () => {
    const stack = await exampleStack(name, runtime);
    const { kind, options } = serviceOf(stack, EXAMPLE_SERVICE);
    const before = launched(stack);
    for (const key of optionsOf(kind)) {
      const changed = withOptions(stack, { ...(options as object), ...otherValue(kind, key) });
      const isStartedOtherwise = launched(changed).start !== before.start;
      if (!isStartedOtherwise || `${name} ${key}` in APPLIED_OTHERWISE) continue;
      expect(launched(changed).hash, key).not.toBe(before.hash);
    }
  });

  test('defaults that are written out change no hash', async () => {
    const stack = await exampleStack(name, runtime);
    const { kind, options } = serviceOf(stack, EXAMPLE_SERVICE);
    const defaults = kind.options.safeParse({});
    if (!defaults.success) return;
    const written = withOptions(stack, { ...(defaults.data as object), ...(options as object) });
    expect(launched(written).hash).toBe(launched(stack).hash);
  });
});

test.each(runtimeNames())(
  'what a program is checked and ended by counts where it is not the default: %s',
  async (runtime) => {
    const hashOf = async (options: object): Promise<string | undefined> => {
      const stack = await exampleStack('app', runtime);
      return launched(withOptions(stack, { ...(serviceOf(stack, EXAMPLE_SERVICE).options as object), ...options }))
        .hash;
    };
    const usual = await hashOf({});
    expect(await hashOf({ stopGraceS: 15 })).toBe(usual);
    expect(await hashOf({ stopGraceS: 16 })).not.toBe(usual);
    expect(await hashOf({ readyPath: '/other' }), 'only stackctl asks there').toBe(usual);
    const isChecked = runtime === 'docker';
    expect((await hashOf({ healthcheck: ['true'] })) !== usual).toBe(isChecked);
    expect((await hashOf({ healthPath: '/other' })) !== usual).toBe(isChecked);
  },
);

test.each(runtimeNames())('so does the interval of health checks in containers: %s', async (runtime) => {
  const hashOf = async (values: Readonly<Record<string, string>>): Promise<unknown> =>
    Object.fromEntries(render(await builtInStack('redis-sentinel', { runtime, values })).hashes);
  const usual = await hashOf({});
  expect(await hashOf({ healthStartInterval: '' })).toEqual(usual);
  const other = await hashOf({ healthStartInterval: '1s' });
  if (runtime === 'docker') expect(other).not.toEqual(usual);
  else expect(other).toEqual(usual);
});

function optionsOf(kind: Kind): readonly string[] {
  const { properties = {} } = z.toJSONSchema(kind.options, { io: 'input', unrepresentable: 'any' });
  return Object.keys(properties);
}

/** What the schema makes of another value than the default; of all options, since one may follow from another. */
function otherValue(kind: Kind, key: string): object {
  const usual = kind.options.safeParse({}).data as Readonly<Record<string, unknown>> | undefined;
  for (const candidate of CANDIDATES) {
    const { success, data } = kind.options.safeParse({ [key]: candidate });
    const given = data as Readonly<Record<string, unknown>> | undefined;
    if (!success || given === undefined || same(given[key], usual?.[key])) continue;
    return Object.fromEntries(Object.entries(given).filter(([name, value]) => !same(value, usual?.[name])));
  }
  throw new Error(`no candidate is another value for ${kind.name}.${key}`);
}

function same(a: unknown, b: unknown): boolean {
  if (a instanceof Secret && b instanceof Secret) return a.reveal() === b.reveal();
  return JSON.stringify(a) === JSON.stringify(b);
}

function withOptions(stack: Stack, options: unknown): Stack {
  const services = stack.services.map(
    (service): Service => (service.name === EXAMPLE_SERVICE ? { ...service, options } : service),
  );
  return { ...stack, services };
}

function launched(stack: Stack): { readonly start: string; readonly hash: string | undefined } {
  const service = serviceOf(stack, EXAMPLE_SERVICE);
  const [instance] = service.instances;
  if (instance === undefined) throw new Error(`${service.name} has no instance`);
  const input = { stack, service, instance };
  const spec =
    stack.runtime.startsFrom === 'image' ? service.kind.container(input) : service.kind.process(input, PATHS);
  return { start: JSON.stringify(spec), hash: render(stack).hashes.get(instance.name) };
}
