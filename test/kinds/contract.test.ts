import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { render } from '../../src/render/render.ts';
import { type InstanceInput, type ServiceInput, type Stack, serviceOf } from '../../src/stack/contract/model.ts';
import { runtimeNames } from '../../src/stack/contract/plugins.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { builtInNames, builtInStack } from '../support/built-in-stack.ts';
import { allKinds, EXAMPLE_SERVICE, exampleStack } from '../support/kinds-under-test.ts';

/** What every kind promises, shown at its example and at every service of every built-in stack. */

const MARK = 'S3CRET-of-';

interface Case extends InstanceInput {
  readonly runtime: RuntimeName;
}

const builtIn = await onEveryRuntime(builtInNames(), withSecrets);
const examples = await onEveryRuntime(allKinds.kindNames(), (kind, runtime) =>
  exampleStack(kind, runtime, (secret) => MARK + secret),
);
const stacks = [...builtIn, ...examples];
const cases = [
  ...builtIn.flatMap(({ runtime, stack }) => stack.services.map((service) => caseOf(runtime, stack, service))),
  ...examples.map(({ runtime, stack }) => caseOf(runtime, stack, serviceOf(stack, EXAMPLE_SERVICE))),
];

function onEveryRuntime(names: readonly string[], stackOf: (name: string, runtime: RuntimeName) => Promise<Stack>) {
  const each = names.flatMap((name) => runtimeNames().map((runtime) => ({ name, runtime })));
  return Promise.all(each.map(async ({ name, runtime }) => ({ name, runtime, stack: await stackOf(name, runtime) })));
}

/** Every secret of the stack is set, and can be recognised. */
async function withSecrets(name: string, runtime: RuntimeName): Promise<Stack> {
  const plain = await builtInStack(name, { runtime });
  const secrets = plain.values.filter(({ type }) => type === 'secret');
  return builtInStack(name, { runtime, values: Object.fromEntries(secrets.map((one) => [one.name, MARK + one.name])) });
}

function caseOf(runtime: RuntimeName, stack: Stack, service: Stack['services'][number]): Case {
  const [instance] = service.instances;
  if (instance === undefined) throw new Error(`${service.name} has no instance`);
  return { runtime, stack, service, instance };
}

const titled = cases.map(
  (one) => [`${one.stack.name} ${one.service.name} (${one.service.kind.name}) on ${one.runtime}`, one] as const,
);

test('the example of a kind has a service of this kind', () => {
  for (const { name, stack } of examples) expect(serviceOf(stack, EXAMPLE_SERVICE).kind.name).toBe(name);
});

test('every secret of every stack reaches a file', () => {
  for (const { runtime, stack } of stacks) {
    const names = stack.values.filter(({ type }) => type === 'secret').map(({ name }) => name);
    const text = render(stack)
      .files.map((file) => file.text)
      .join('');
    // In the process runtime the variables of a program are no file: the supervisor keeps them.
    if (runtime === 'docker') for (const name of names) expect(text, `${stack.name}: ${name}`).toContain(MARK + name);
  }
});

describe.each(titled)('%s', (_, input) => {
  const { stack, service, instance } = input;
  const { kind } = service;
  const ofService: ServiceInput = { stack, service };

  test('has ports with names of their own, the one for its neighbours among them', () => {
    // Where the stack names them, they are those of the example.
    const names = instance.ports.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    if (kind.takesAnyImage !== true) expect(names).toEqual(kind.ports.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    if (kind.peerPort !== undefined) expect(names).toContain(kind.peerPort);
  });

  test('puts its files below its own folder, those with a secret for their owner alone', () => {
    const own = render(stack).files.filter(({ path }) => path.startsWith(`${instance.name}/`));
    for (const { path, text, mode } of own) {
      expect(path).not.toContain('..');
      if (text.includes(MARK)) expect(mode.toString(8), path).toBe('600');
    }
    expect(kind.files(input).map(({ path }) => path.split('/')[0])).toEqual(kind.files(input).map(() => instance.name));
  });

  test('shows no secret in what everybody can read: container, arguments, addresses', () => {
    const paths = {
      binaries: new Proxy({}, { get: (_target, name) => `/bin/${String(name)}` }),
      config: '/c',
      data: '/d',
    };
    const open = [
      kind.container(input),
      kind.process(input, paths).argv,
      kind.cli?.(input).argv,
      kind.connection?.(ofService),
      kind.summarize?.(ofService, new Map()),
    ];
    expect(JSON.stringify(open)).not.toContain(MARK);
    expect(render(stack).files.find(({ path }) => path === 'compose.yaml')?.text ?? '').not.toContain(MARK);
  });

  test('names the volumes that its containers have', () => {
    expect(Object.keys(kind.container(input).volumes)).toEqual([
      ...(kind.volumes ?? []),
      ...Object.keys(service.mounts),
    ]);
  });

  test('hands secrets to a client as such', () => {
    for (const value of Object.values(kind.clientEnv?.(ofService) ?? {})) {
      if (!(value instanceof Secret)) expect(value).not.toContain(MARK);
    }
  });

  test('has a grace time and, in a container, a health check', () => {
    const { stopGraceS, healthcheck } = kind.container(input);
    expect(stopGraceS).toBeGreaterThan(0);
    expect(healthcheck.length).toBeGreaterThan(0);
  });
});
