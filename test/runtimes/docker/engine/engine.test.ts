import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StackctlError } from '../../../../src/errors.ts';
import { projectPaths } from '../../../../src/project/paths.ts';
import { findEngine } from '../../../../src/runtimes/docker/engine/find-engine.ts';
import { availability, diagnose, open, takenNetworks } from '../../../../src/runtimes/docker/index.ts';

let folder: string;
let server: http.Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-engine-'));
});

afterEach(async () => {
  await endEngine();
  await rm(folder, { recursive: true });
});

/** A server on a socket that answers like an Engine, as far as it is given answers. */
async function fakeEngine(answers: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const all: Readonly<Record<string, unknown>> = {
    '/version': { Version: '26.1.5+dfsg1', ApiVersion: '1.45' },
    ...answers,
  };
  const socket = join(folder, 'docker.sock');
  server = http.createServer(({ url = '' }, response) => {
    const answer = all[url.split('?')[0] ?? ''];
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(JSON.stringify(answer ?? { message: 'no such thing' }));
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
  return socket;
}

async function endEngine(): Promise<void> {
  const ended = server;
  server = undefined;
  if (ended !== undefined) await new Promise((resolve) => ended.close(resolve));
}

async function rejection(promise: Promise<unknown>): Promise<StackctlError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StackctlError);
  return error as StackctlError;
}

test('a socket counts only if something answers; the places that exist are named', async () => {
  const socket = join(folder, 'docker.sock');
  const missing = await rejection(findEngine({ DOCKER_HOST: `unix://${socket}` }));
  expect(missing.code).toBe('E_ENGINE_MISSING');
  expect(missing.message).toBe(`no Docker Engine answers: unix://${socket} (DOCKER_HOST): no such socket`);
  await writeFile(socket, '');
  const dead = await rejection(findEngine({ DOCKER_HOST: `unix://${socket}` }));
  expect(dead.message).toContain('nothing listens');
  expect((await rejection(findEngine({ DOCKER_HOST: 'ssh://somewhere' }))).message).toContain('on this machine');
});

test('an Engine that says in the headers of a ping who it is needs no second question', async () => {
  const socket = join(folder, 'docker.sock');
  const asked: string[] = [];
  server = http.createServer(({ url = '' }, response) => {
    asked.push(url);
    response.setHeader('Api-Version', '1.41').setHeader('Server', 'Libpod/4.3.1 (linux)').end('OK');
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
  const engine = await findEngine({ DOCKER_HOST: `unix://${socket}` });
  expect(engine).toMatchObject({ product: 'Podman Engine', version: '4.3.1', apiVersion: '1.41' });
  expect(asked).toEqual(['/_ping']);
});

test('a rootless socket is found by itself, and the docker command line is pointed at it', async () => {
  const socket = await fakeEngine();
  const env = { HOME: folder, XDG_RUNTIME_DIR: folder, COMPOSE_FILE: 'x.yaml', PATH: '/bin' };
  const engine = await findEngine(env);
  // On a machine with an Engine at the default socket, that one comes first.
  if (engine.address.origin === 'default socket') return;
  expect(engine.version).toBe('26.1.5');
  expect(engine.cliEnv).toEqual({
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    PATH: '/bin',
    DOCKER_HOST: `unix://${socket}`,
    COMPOSE_IGNORE_ORPHANS: 'true',
  });
});

test('a context is read as the docker command line stores it', async () => {
  const socket = await fakeEngine();
  const id = createHash('sha256').update('mine').digest('hex');
  await mkdir(join(folder, 'contexts', 'meta', id), { recursive: true });
  const meta = { Name: 'mine', Endpoints: { docker: { Host: `unix://${socket}`, SkipTLSVerify: false } } };
  await writeFile(join(folder, 'contexts', 'meta', id, 'meta.json'), JSON.stringify(meta));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ currentContext: 'mine' }));
  const engine = await findEngine({ DOCKER_CONFIG: folder });
  expect(engine.address.origin).toBe('context mine');
  expect(engine.cliEnv.DOCKER_CONTEXT).toBe('mine');
  const unknown = await rejection(findEngine({ DOCKER_CONFIG: folder, DOCKER_CONTEXT: 'other' }));
  expect(unknown.message).toBe('the docker context "other" does not exist');
});

test('an Engine that ends half way is E_ENGINE_GONE, for reads and for dockerode', async () => {
  const socket = await fakeEngine({ '/containers/json': [] });
  const env = { DOCKER_HOST: `unix://${socket}` };
  const runtime = await open({ projectId: 'p', paths: projectPaths(folder, 'p'), env });
  expect(await runtime.observe()).toEqual([]);
  await endEngine();
  const gone = await rejection(runtime.observe());
  expect(gone.code).toBe('E_ENGINE_GONE');
  expect(gone.message).toContain(socket);
  expect((await rejection(runtime.down({ volumes: true }))).code).toBe('E_ENGINE_GONE');
  const lines = runtime.logs(['a'], {
    follow: true,
    since: undefined,
    tail: undefined,
    signal: new AbortController().signal,
  });
  expect((await rejection(lines[Symbol.asyncIterator]().next())).code).toBe('E_ENGINE_GONE');
  await runtime.close();
});

test('networks of other projects, of strangers, and their IPv4 subnets', async () => {
  const socket = await fakeEngine({
    '/networks': [
      {
        Id: '1',
        Name: 'ours',
        Labels: { 'dev.stackctl.project': 'shop-1' },
        IPAM: { Config: [{ Subnet: '172.30.1.0/24' }] },
      },
      { Id: '2', Name: 'bridge', Labels: {}, IPAM: { Config: [{ Subnet: '172.17.0.0/16' }, { Subnet: 'fd00::/64' }] } },
      { Id: '3', Name: 'none', Labels: null, IPAM: { Config: null } },
    ],
  });
  const { names, subnets } = await takenNetworks({ DOCKER_HOST: `unix://${socket}` });
  expect([...names]).toEqual([
    ['ours', 'shop-1'],
    ['bridge', undefined],
    ['none', undefined],
  ]);
  expect(subnets).toEqual(expect.arrayContaining(['172.30.1.0/24', '172.17.0.0/16']));
  expect(subnets.some((subnet) => subnet.includes(':'))).toBe(false);
});

test('no Engine: not available with a reason, and a doctor line', async () => {
  const env = { DOCKER_HOST: `unix://${join(folder, 'none.sock')}` };
  const needs = { images: [], binaries: [] };
  expect(await availability(needs, env, { pull: true })).toMatchObject({
    available: false,
    reason: expect.stringContaining('none.sock'),
  });
  expect(await diagnose(needs, env)).toMatchObject([{ id: 'engine', verdict: 'fail' }]);
});

test('no docker command: not available, and a doctor line with the way to install Compose', async () => {
  const socket = await fakeEngine({ '/info': { SecurityOptions: ['name=rootless'] } });
  const env = { DOCKER_HOST: `unix://${socket}`, PATH: folder };
  const needs = { images: ['redis:7-alpine'], binaries: [] };
  expect(await availability(needs, env, { pull: false })).toMatchObject({
    available: false,
    reason: expect.stringContaining('Compose'),
  });
  const facts = await diagnose(needs, env);
  expect(facts.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['engine', 'ok'],
    ['engine:rootless', 'ok'],
    ['compose', 'fail'],
    ['engine:start-interval', 'ok'],
    ['image:redis:7-alpine', 'warn'],
  ]);
});
