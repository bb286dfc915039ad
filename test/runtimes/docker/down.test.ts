import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectPaths } from '../../../src/project/paths.ts';
import { open } from '../../../src/runtimes/docker/index.ts';

interface FakeEngine {
  /** What was asked, in its order, e.g. `POST /containers/a/stop`; with ` done` behind it, that it was answered. */
  readonly asked: string[];
  /** Containers that the project has. A removed one is no longer among them. */
  readonly containers: string[];
  /** Runs before an answer. Rejects where the Engine fails with 500. */
  before: (call: string) => Promise<void>;
}

let folder: string;
let server: http.Server;
let engine: FakeEngine;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-down-'));
  engine = { asked: [], containers: ['a', 'b'], before: async () => undefined };
  server = http.createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(join(folder, 'docker.sock'), resolve));
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

async function answer({ method, url = '' }: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const [path = ''] = url.split('?');
  const call = `${method} ${path}`;
  engine.asked.push(call);
  try {
    await engine.before(call);
    const body = JSON.stringify(bodyOf(call, url));
    if (method === 'GET') response.end(body);
    else response.writeHead(204).end();
    engine.asked.push(`${call} done`);
  } catch {
    response.writeHead(500).end('{"message":"broken"}');
  }
}

function bodyOf(call: string, url: string): unknown {
  const [, removed] = /^DELETE \/containers\/(\w+)/.exec(call) ?? [];
  if (removed !== undefined) engine.containers.splice(engine.containers.indexOf(removed), 1);
  const network = { Id: 'n', Name: 'net', Labels: {}, IPAM: { Config: null } };
  const answers: Readonly<Record<string, unknown>> = {
    'GET /version': { Version: '26.1.5', ApiVersion: '1.45' },
    'GET /containers/json': url.includes('network') ? [] : engine.containers.map(container),
    'GET /networks': [network],
    'GET /volumes': { Volumes: [{ Name: 'data', Labels: {} }] },
    'GET /images/json': [],
  };
  return answers[call] ?? {};
}

function container(id: string): unknown {
  const Labels = { 'dev.stackctl.project': 'p', 'com.docker.compose.service': id };
  return { Id: id, Names: [`/${id}`], Labels, State: 'running', Created: 0, Mounts: [] };
}

async function end(): Promise<readonly string[]> {
  const env = { DOCKER_HOST: `unix://${join(folder, 'docker.sock')}` };
  const runtime = await open({ projectId: 'p', paths: projectPaths(folder, 'p'), env });
  return runtime.down({ volumes: true }).finally(() => runtime.close());
}

const at = (call: string): number => engine.asked.indexOf(call);

test('a network is removed when its containers have stopped, while they are removed; data goes after them', async () => {
  // The first container is removed only when the network was asked for: in another order this would wait for ever.
  engine.before = async (call) => {
    if (call === 'DELETE /containers/a') await isAsked('DELETE /networks/n');
  };
  await end();
  for (const stop of ['POST /containers/a/stop done', 'POST /containers/b/stop done'])
    expect(at(stop)).toBeLessThan(at('DELETE /networks/n'));
  for (const removal of ['DELETE /containers/a done', 'DELETE /containers/b done']) {
    expect(at(removal)).toBeGreaterThan(-1);
    expect(at(removal)).toBeLessThan(at('DELETE /volumes/data'));
  }
  expect(engine.containers).toEqual([]);
});

test('a container that appears meanwhile is ended too, and the data after it', async () => {
  engine.before = async (call) => {
    if (call === 'DELETE /networks/n') engine.containers.push('late');
    if (call === 'DELETE /containers/a') await isAsked('DELETE /networks/n');
  };
  await end();
  expect(engine.containers).toEqual([]);
  expect(at('DELETE /containers/late done')).toBeLessThan(at('DELETE /volumes/data'));
});

test('where a container cannot be stopped, its network and the data stay', async () => {
  engine.before = async (call) => {
    if (call === 'POST /containers/b/stop') throw new Error('broken');
  };
  await expect(end()).rejects.toThrow('broken');
  expect(at('DELETE /networks/n')).toBe(-1);
  expect(at('DELETE /volumes/data')).toBe(-1);
});

test('where a container cannot be removed, the data stays and the failure is reported', async () => {
  engine.before = async (call) => {
    if (call === 'DELETE /containers/a') throw new Error('broken');
  };
  await expect(end()).rejects.toThrow('broken');
  expect(at('DELETE /volumes/data')).toBe(-1);
});

test('without containers, what is left of the project goes', async () => {
  engine.containers.length = 0;
  await end();
  expect(at('DELETE /networks/n done')).toBeGreaterThan(-1);
  expect(at('DELETE /volumes/data done')).toBeGreaterThan(-1);
});

async function isAsked(call: string): Promise<void> {
  while (at(call) === -1) await new Promise((resolve) => setTimeout(resolve, 1));
}
