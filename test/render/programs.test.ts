import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { render } from '../../src/render/render.ts';
import { serviceOf } from '../../src/stack/contract/model.ts';
import { imagesOf } from '../../src/stack/derived/needs.ts';
import { programStack } from '../support/program-stack.ts';
import { PROGRAM_STACK_FILES } from '../support/stack-fixtures.ts';

async function composeService(name: string): Promise<Readonly<Record<string, unknown>>> {
  const { files } = render(await programStack('docker'));
  const text = files.find(({ path }) => path === 'compose.yaml')?.text ?? '';
  return (
    (parse(text, { version: '1.1' }) as { services: Record<string, Record<string, unknown>> }).services[name] ?? {}
  );
}

test('Compose builds a program from its folder, hands it its variables in a file, and has replicas of it', async () => {
  const api = await composeService('api');
  expect(api).toMatchObject({
    scale: 2,
    image: 'stackctl/shop-1a2b-api',
    build: { context: '/stack/services/api', args: { NODE_IMAGE: 'node:22' } },
    env_file: ['./api-1/program.env'],
    stop_signal: 'SIGINT',
    stop_grace_period: '1s',
    ports: ['127.0.0.1:3100-3113:3100'],
    networks: { default: {} },
    labels: { 'dev.stackctl.service': 'api', 'dev.stackctl.alias': 'api' },
  });
  expect(api.labels).not.toHaveProperty(['dev.stackctl.instance']);
  expect(await composeService('front')).not.toHaveProperty('build');
});

test('replicas are configured alike: one hash', async () => {
  const { hashes } = render(await programStack('docker'));
  expect(hashes.get('api-2')).toBe(hashes.get('api-1'));
});

test('what has to be there first is what programs are built from, not what is built', async () => {
  const { services } = await programStack('docker');
  expect(imagesOf(services)).toEqual(['store:1', 'node:22']);
});

test('.env.example explains every variable and holds no secret', async () => {
  const { files } = render(await programStack('process'));
  expect(
    files.find(({ path }) => path === '.env.example')?.text,
  ).toBe(`# Rendered by stackctl: the variables of each program, as it is started by hand on this machine.
# \`stackctl env <service> --format dotenv\` prints them with their secrets.

# --- api
# Address to listen on
HOST=127.0.0.1
# Port to listen on
PORT=3000
STORE_URL=
# Port of the store
STORE_PORT=7000
FRONT=127.0.0.1:3000
PEERS=127.0.0.1:3100,127.0.0.1:3101

# --- front
# Address to listen on
HOST=127.0.0.1
# Port to listen on
PORT=3000
`);
});

test.each(['docker', 'process'] as const)(
  '%s: another program or another variable is a reason to restart',
  async (runtime) => {
    const before = render(await programStack(runtime)).hashes;
    const changed = { ...PROGRAM_STACK_FILES, 'services/api/dist/main.mjs': '// 2\n' };
    const after = render(await programStack(runtime, changed)).hashes;
    expect(after.get('api-1')).not.toBe(before.get('api-1'));
    expect(after.get('front-1')).toBe(before.get('front-1'));
    const stack = await programStack(runtime);
    const api = serviceOf(stack, 'api');
    const quiet = { ...api, environment: api.environment.filter(({ name }) => name !== 'PEERS') };
    const services = stack.services.map((service) => (service.name === 'api' ? quiet : service));
    expect(render({ ...stack, services }).hashes.get('api-1')).not.toBe(before.get('api-1'));
  },
);

test('a config file cannot have the name of one that the kind writes', async () => {
  const stack = await programStack('docker');
  const files = () => [{ path: 'store-1/start.sh', text: '#', mode: 0o755 } as const];
  const config = [{ target: 'start.sh', path: 'start.sh', text: 'mine' }];
  const services = stack.services.map((service) =>
    service.name === 'store' ? { ...service, config, kind: { ...service.kind, files } } : service,
  );
  expect(() => render({ ...stack, services })).toThrow(
    'services.store.config.start.sh: kind store writes a file of this name itself',
  );
});
