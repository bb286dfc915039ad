import { expect, test } from 'vitest';
import { kind } from '../../../src/kinds/app/index.ts';
import { type AppOptions, appOptions } from '../../../src/kinds/app/options.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { render } from '../../../src/render/render.ts';
import type { InstanceInput } from '../../../src/stack/contract/model.ts';
import { type Instance, type Service, type Stack, serviceOf } from '../../../src/stack/contract/model.ts';
import type { RuntimeName } from '../../../src/stack/contract/runtime-facts.ts';
import { builtInStack } from '../../support/built-in-stack.ts';

const PATHS = { binaries: {}, config: '/project/rendered/api-1', data: '/project/instances/api-1' };

/** The backend of event-tracking with changes, and the stack that holds it. */
async function input(runtime: RuntimeName, change: Partial<Service> = {}): Promise<InstanceInput<AppOptions>> {
  const found = await builtInStack('event-tracking', { runtime });
  const service = { ...serviceOf(found, 'backend'), ...change } as Service<AppOptions>;
  const services = found.services.map((one) => (one.name === 'backend' ? (service as Service) : one));
  const stack: Stack = { ...found, services };
  return { stack, service, instance: service.instances[0] as Instance };
}

const withSecret: Partial<Service> = {
  environment: [
    { name: 'PLAIN', value: 'seen', description: undefined },
    { name: 'URL', value: new Secret('redis://:pass$word@{{redis.host}}:{{redis.port}}'), description: undefined },
  ],
};

test('a container gets plain variables inline and secrets through a private file', async () => {
  const given = await input('docker', withSecret);
  const spec = kind.container(given);
  expect(spec.environment).toEqual({
    HOST: '0.0.0.0',
    PORT: '3100',
    PLAIN: 'seen',
    STACKCTL_CONFIG: '/stackctl',
  });
  expect(kind.container({ ...given, service: { ...given.service, through: undefined } }).environment).toMatchObject({
    STACKCTL_INSTANCE: 'backend-1',
  });
  expect(spec.envFile).toBe('secrets.env');
  expect(kind.files(given)).toEqual([
    { path: 'backend-1/secrets.env', text: "URL='redis://:pass$word@redis:6379'\n", mode: 0o600 },
  ]);
  const holding = render(given.stack).files.filter(({ text }) => text.includes('pass$word'));
  expect(holding.map(({ mode }) => mode)).toEqual([0o600]);
});

test('without a secret there is no file', async () => {
  const given = await input('docker');
  expect(kind.files(given)).toEqual([]);
  expect(kind.container(given)).not.toHaveProperty('envFile');
});

test('a local process has the same variables, with its own addresses, in the folder of its source', async () => {
  const given = await input('process', withSecret);
  expect(kind.process(given, PATHS)).toEqual({
    argv: [process.execPath, 'dist/main.mjs'],
    environment: {
      HOST: '127.0.0.1',
      PORT: '3100',
      PLAIN: 'seen',
      URL: 'redis://:pass$word@127.0.0.1:6379',
      STACKCTL_INSTANCE: 'backend-1',
      STACKCTL_CONFIG: PATHS.config,
      STACKCTL_DATA: PATHS.data,
    },
    folder: '/templates/event-tracking/services/backend',
    stopGraceS: 15,
  });
  expect(kind.files(given)).toEqual([]);
  const own = await input('process', { command: ['./serve', '--fast'] });
  expect(kind.process(own, PATHS).argv).toEqual(['./serve', '--fast']);
});

test('the health check asks with what the image has, or with what it is told', async () => {
  const node = kind.container(await input('docker', { options: appOptions.parse({ healthPath: '/up' }) }));
  expect(node.healthcheck.slice(0, 2)).toEqual(['node', '-e']);
  expect(node.healthcheck[2]).toContain('"http://127.0.0.1:3100/up"');
  const other = { command: ['./serve'], options: appOptions.parse({}) };
  expect(kind.container(await input('docker', other)).healthcheck).toEqual([]);
  const own = { ...other, options: appOptions.parse({ healthcheck: ['./serve', '--check'] }) };
  expect(kind.container(await input('docker', own)).healthcheck).toEqual(['./serve', '--check']);
});

test('what goes through a gateway: one shared address, and the instances for the gateway alone', async () => {
  const { stack, service } = await input('process');
  expect(kind.clientEnv?.({ stack, service })).toEqual({ BACKEND_URL: 'http://127.0.0.1:3000' });
  expect(kind.connection?.({ stack, service }).urls).toEqual({
    backend: 'http://127.0.0.1:3000',
    'backend-1': 'http://127.0.0.1:3100',
  });
  const testApp = serviceOf(stack, 'test-app') as Service<AppOptions>;
  expect(kind.clientEnv?.({ stack, service: testApp })).toEqual({ TEST_APP_URL: 'http://127.0.0.1:4000' });
  expect(kind.connection?.({ stack, service: testApp }).urls).toEqual({ 'test-app': 'http://127.0.0.1:4000' });
});

test('the gateway is not restarted for another list of instances', async () => {
  const one = await builtInStack('event-tracking', { runtime: 'process' });
  const three = await builtInStack('event-tracking', { runtime: 'process', decisions: { counts: { backend: 3 } } });
  const upstreams = (stack: Stack) => render(stack).files.find(({ path }) => path === 'gateway-1/upstreams');
  expect(upstreams(one)).toMatchObject({
    volatile: true,
    text: expect.stringMatching(/^backend-1 127\.0\.0\.1:3100\n$/m),
  });
  expect(upstreams(three)?.text.match(/^backend-.*$/gm)).toEqual([
    'backend-1 127.0.0.1:3100',
    'backend-2 127.0.0.1:3101',
    'backend-3 127.0.0.1:3102',
  ]);
  for (const name of ['gateway-1', 'backend-1', 'test-app-1']) {
    expect(render(three).hashes.get(name)).toBe(render(one).hashes.get(name));
  }
});
