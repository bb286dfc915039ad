// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose files look like this
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from '../../src/main.ts';
import { testHost } from '../support/host.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-init-'));
});
afterEach(() => rm(folder, { recursive: true }));

const FILE = `services:
  my_db:
    image: postgres:16
    environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: "\${DB_PASSWORD:?set it}"}
    ports: ["5433:5432"]
  cache:
    image: redis:7
    command: redis-server --requirepass in-the-file --maxmemory 64mb
  old:
    image: redis:7
    profiles: [never]
`;

async function init(...args: readonly string[]) {
  const host = testHost(['init', ...args, '--json'], { cwd: folder, env: { DB_PASSWORD: 'from-the-shell' } });
  const code = await main(host);
  return { code, out: host.out(), ...JSON.parse(host.out()) };
}

const read = (name: string) => readFile(join(folder, name), 'utf8');

test('a Compose file becomes a stack that loads, and the stack of this folder', async () => {
  await writeFile(join(folder, 'compose.yaml'), FILE);
  const { code, out, data } = await init('--from', 'compose.yaml');
  expect(code).toBe(0);
  expect(data).toMatchObject({
    file: join(folder, 'stackctl.yaml'),
    stack: join(folder, 'stack.yaml'),
    local: join(folder, 'stackctl.local.yaml'),
    services: [
      { name: 'my-db', from: 'my_db', kind: 'postgres', image: 'postgres:16', ports: { postgres: 5433 } },
      { name: 'cache', from: 'cache', kind: 'redis', image: 'redis:7', ports: { redis: null } },
    ],
    renamed: [{ from: 'my_db', to: 'my-db' }],
    staysOut: [{ service: 'old', why: 'Compose starts it only with the profile never' }],
    secrets: [
      { value: 'myDbPassword', kept: true },
      { value: 'cachePassword', kept: false },
    ],
    next: 'stackctl up',
  });
  expect(out).not.toMatch(/from-the-shell|in-the-file/);
  expect(await read('stackctl.yaml')).toMatch(/^# yaml-language-server: .*config\.schema\.json\n[\s\S]*\nstack: \.\n/);
  const stack = await read('stack.yaml');
  expect(stack).toMatch(/^# yaml-language-server: .*stack\.schema\.json\n/);
  expect(stack).toContain('default: in-the-file');
  expect(stack).not.toContain('from-the-shell');
  expect(await read('stackctl.local.yaml')).toContain('myDbPassword: "from-the-shell"');
  expect((await stat(join(folder, 'stackctl.local.yaml'))).mode & 0o777).toBe(0o600);
});

test('nothing is replaced without asking', async () => {
  await writeFile(join(folder, 'compose.yaml'), FILE);
  await writeFile(join(folder, 'stack.yaml'), 'mine');
  const refused = await init('--from', 'compose.yaml');
  expect(refused).toMatchObject({ code: 3, error: { code: 'E_NEEDS_CONFIRMATION' } });
  expect(await read('stack.yaml')).toBe('mine');
  await expect(stat(join(folder, 'stackctl.yaml'))).rejects.toThrow('ENOENT');
  expect(await init('--from', 'compose.yaml', '--yes')).toMatchObject({ code: 0 });
  expect(await read('stack.yaml')).toContain('stack: ');
});

test('the stack is beside the Compose file, wherever that is', async () => {
  await mkdir(join(folder, 'deploy'));
  await writeFile(join(folder, 'deploy/compose.yaml'), FILE);
  expect(await init('--from', 'deploy/compose.yaml')).toMatchObject({
    code: 0,
    data: { stack: join(folder, 'deploy/stack.yaml') },
  });
  expect(await read('stackctl.yaml')).toContain('\nstack: ./deploy\n');
});

test.each([
  ['services:\n  db:\n    image: "${X:?say X}"\n', 'compose.yaml:3:12 the variable X is not set: say X'],
  [
    'services:\n  db: {image: a, ports: ["80:x"]}\n',
    'compose.yaml:2:26 services.db.ports.0: is no port as Compose writes it',
  ],
  ['services:\n  db: [\n', 'compose.yaml:3:1 not valid YAML'],
  ['services:\n  db: {extends: other}\n', 'compose.yaml:2:8 services.db.extends: there is no service other to extend'],
  ['volumes: {}\n', 'compose.yaml:1:1 services: there is no service in this file'],
])('what is wrong is told with its place: %j', async (text, message) => {
  await writeFile(join(folder, 'compose.yaml'), text);
  const { code, error } = await init('--from', 'compose.yaml');
  expect(code).toBe(2);
  expect(error).toMatchObject({ code: 'E_STACK_INVALID', message: expect.stringContaining(message) });
});

test.each([
  [['redis-sentinel', '--from', 'compose.yaml'], 'E_USAGE'],
  [['--new', 'mine', '--from', 'compose.yaml'], 'E_USAGE'],
  [['--from', 'nowhere.yaml'], 'E_STACK_NOT_FOUND'],
])('init %j is refused', async (args, code) => {
  expect(await init(...args)).toMatchObject({ code: 2, error: { code } });
});

test('without a stack, init says where one may come from', async () => {
  const host = testHost(['init'], { cwd: folder, env: {} });
  expect(await main(host)).toBe(0);
  for (const way of ['stackctl templates', 'init --new ./x', 'init --from compose.yaml']) {
    expect(host.out()).toContain(way);
  }
});
