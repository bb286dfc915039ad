import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Secret } from '../../../src/lib/secret.ts';
import { render } from '../../../src/render/render.ts';
import { type InstanceInput, type Stack, serviceOf } from '../../../src/stack/contract/model.ts';
import type { RuntimeName } from '../../../src/stack/contract/runtime-facts.ts';
import { needsOf } from '../../../src/stack/derived/needs.ts';
import { ownStack } from '../../support/own-stack.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

const YAML = `stack: own
description: A broker, a worker, and a page
values:
  key: {type: secret, default: "k$y", description: Key}
  ui: {type: port, default: 15673, description: Port}
services:
  queue:
    kind: container
    instances: 2
    image: rabbitmq:4
    ports: {amqp: 5672, management-ui: {inside: 15672, outside: "{{ui}}"}}
    command: [rabbitmq-server]
    compose: {cap_drop: [ALL]}
    volumes: {data: /var/lib/rabbitmq, job-log: {path: /logs, name: job-log}}
  worker:
    kind: container
    image: worker:1
    command: [node, worker.mjs]
    dependsOn: [queue]
    environment:
      QUEUE: "{{queue.host}}:{{queue.port.amqp}}"
      UI: "{{queue.port.management-ui}}"
      ALL: "{{queue.addresses}}"
      KEY: "{{key}}"
    options: {readiness: {exec: [check, -q]}, stopGraceS: 3}
  page: {kind: container, image: "nginx:1", ports: {http: 80}}
`;

async function stackOn(runtime: RuntimeName, yaml = YAML): Promise<Stack> {
  await using folder = await folderOf({ 'stack.yaml': yaml });
  return await ownStack(folder.path, runtime);
}

function inputOf(stack: Stack, name: string): InstanceInput {
  const service = serviceOf(stack, name);
  const [instance] = service.instances;
  if (instance === undefined) throw new Error(`${name} has no instance`);
  return { stack, service, instance };
}

async function compose(stack: Stack) {
  const file = render(stack).files.find(({ path }) => path === 'compose.yaml');
  return parse(file?.text ?? '').services;
}

test('an init is the first process, but for an image that starts by itself what its author has', async () => {
  const more = `  own: {kind: container, build: ./own, ports: {http: 81}}
  sleeper: {kind: container, image: "nginx:1", compose: {entrypoint: [sleep, "9"]}}
  asked: {kind: container, image: "nginx:1", compose: {init: true}}
`;
  await using folder = await folderOf({ 'stack.yaml': `${YAML}${more}`, 'own/Dockerfile': 'FROM nginx:1\n' });
  const services = await compose(await ownStack(folder.path, 'docker'));
  const inits = Object.entries(services).map(([name, service]) => [name, (service as { init: boolean }).init]);
  expect(Object.fromEntries(inits)).toEqual({
    ...{ queue: true, 'queue-2': true, worker: true, page: false },
    ...{ own: true, sleeper: true, asked: true },
  });
});

test('every port is published where the stack wants it, and is inside where the image listens', async () => {
  const services = await compose(await stackOn('docker'));
  expect(services.queue).toMatchObject({
    image: 'rabbitmq:4',
    command: ['rabbitmq-server'],
    ports: ['127.0.0.1:5672:5672', '127.0.0.1:15673:15672'],
    environment: { HOST: '0.0.0.0', PORT: '5672', PORT_AMQP: '5672', PORT_MANAGEMENT_UI: '15672' },
    cap_drop: ['ALL'],
  });
  expect(services['queue-2'].ports).toEqual(['127.0.0.1:5673:5672', '127.0.0.1:15674:15672']);
  expect(services.page).toMatchObject({ image: 'nginx:1', ports: ['127.0.0.1:80:80'] });
  expect(services.page).not.toHaveProperty('command');
  expect(services.page).not.toHaveProperty('healthcheck');
});

test('volumes are mounted at their paths, each instance its own, and the program is told where', async () => {
  const stack = await stackOn('docker');
  const services = await compose(stack);
  const mounts = (name: string) =>
    services[name].volumes.map((one: { source: string; target: string }) => [one.source, one.target]);
  expect(mounts('queue')).toEqual([
    ['queue-1-data', '/var/lib/rabbitmq'],
    ['job-log', '/logs'],
  ]);
  expect(mounts('queue-2')).toEqual([
    ['queue-2-data', '/var/lib/rabbitmq'],
    ['job-log-2', '/logs'],
  ]);
  expect(services.queue.environment).toMatchObject({
    STACKCTL_VOLUME_DATA: '/var/lib/rabbitmq',
    STACKCTL_VOLUME_JOB_LOG: '/logs',
  });
  const local = inputOf(await stackOn('process'), 'queue');
  expect(local.service.kind.process(local, { binaries: {}, config: '/c', data: '/d' })).toMatchObject({
    environment: { STACKCTL_VOLUME_DATA: '/d/volumes/data', STACKCTL_VOLUME_JOB_LOG: '/d/volumes/job-log' },
    ownFolders: ['/d/volumes/data', '/d/volumes/job-log'],
  });
});

test('a worker has no port, and what it needs to know', async () => {
  const stack = await stackOn('docker');
  const { worker } = await compose(stack);
  expect(worker).not.toHaveProperty('ports');
  expect(worker).toMatchObject({
    environment: { QUEUE: 'queue:5672', UI: '15672', ALL: 'queue-1:5672,queue-2:5672' },
    env_file: ['./worker-1/secrets.env'],
    stop_grace_period: '3s',
    healthcheck: { test: ['CMD', 'check', '-q'] },
  });
  expect(Object.keys(worker.environment)).toEqual(['QUEUE', 'UI', 'ALL', 'STACKCTL_INSTANCE', 'STACKCTL_CONFIG']);
  expect(JSON.stringify(worker)).not.toContain('k$y');
});

test('a local process listens on the outer ports and is found there', async () => {
  const stack = await stackOn('process');
  const paths = { binaries: { 'rabbitmq-server': '/opt/rabbitmq-server' }, config: '/c', data: '/d' };
  const queue = inputOf(stack, 'queue');
  expect(queue.service.kind.process(queue, paths)).toEqual({
    argv: ['/opt/rabbitmq-server'],
    environment: {
      HOST: '127.0.0.1',
      PORT: '5672',
      PORT_AMQP: '5672',
      PORT_MANAGEMENT_UI: '15673',
      STACKCTL_INSTANCE: 'queue-1',
      STACKCTL_CONFIG: '/c',
      STACKCTL_DATA: '/d',
      STACKCTL_VOLUME_DATA: '/d/volumes/data',
      STACKCTL_VOLUME_JOB_LOG: '/d/volumes/job-log',
    },
    ownFolders: ['/d/volumes/data', '/d/volumes/job-log'],
    stopGraceS: 15,
  });
  const worker = inputOf(stack, 'worker');
  expect(worker.service.kind.process(worker, paths)).toMatchObject({
    argv: [process.execPath, 'worker.mjs'],
    environment: { QUEUE: '127.0.0.1:5672', UI: '15673', ALL: '127.0.0.1:5672,127.0.0.1:5673', KEY: 'k$y' },
  });
  const page = inputOf(stack, 'page');
  expect(() => page.service.kind.process(page, paths)).toThrow('services.page has no command');
});

test('a client has a variable for each port', async () => {
  const stack = await stackOn('docker');
  const env = (name: string) => serviceOf(stack, name).kind.clientEnv?.(inputOf(stack, name));
  expect(env('queue')).toEqual({
    QUEUE_HOST: '127.0.0.1',
    QUEUE_PORT: '5672',
    QUEUE_PORT_AMQP: '5672',
    QUEUE_PORT_MANAGEMENT_UI: '15673',
  });
  expect(env('worker')).toEqual({});
  const urls = (name: string) => serviceOf(stack, name).kind.connection?.(inputOf(stack, name)).urls;
  expect(urls('queue')).toEqual({
    'queue-1 amqp': '127.0.0.1:5672',
    'queue-1 management-ui': '127.0.0.1:15673',
    'queue-2 amqp': '127.0.0.1:5673',
    'queue-2 management-ui': '127.0.0.1:15674',
  });
  expect(urls('worker')).toEqual({});
  expect(urls('page')).toEqual({ 'page-1 http': 'http://127.0.0.1:80' });
});

test('a service that speaks HTTP at its first port has a URL', async () => {
  const yaml = `${YAML}  api: {kind: container, image: "api:1", ports: {web: 82, admin: 83}, options: {readiness: {http: {}}}}
  broker: {kind: container, image: "broker:1", ports: {amqp: 84, ui: 85}, options: {readiness: {http: {port: ui}}}}
  sealed: {kind: container, image: "sealed:1", ports: {https: 86}}
`;
  const stack = await stackOn('docker', yaml);
  const of = (name: string) => {
    const input = inputOf(stack, name);
    const { reach, urls } = input.service.kind.connection?.(input) ?? {};
    return { env: input.service.kind.clientEnv?.(input), url: reach?.url.reveal(), urls };
  };
  expect(of('api')).toEqual({
    env: {
      API_HOST: '127.0.0.1',
      API_PORT: '82',
      API_URL: 'http://127.0.0.1:82',
      API_PORT_WEB: '82',
      API_PORT_ADMIN: '83',
    },
    url: 'http://127.0.0.1:82',
    urls: { 'api-1 web': 'http://127.0.0.1:82', 'api-1 admin': '127.0.0.1:83' },
  });
  expect(of('page').url).toBe('http://127.0.0.1:80');
  expect(of('sealed')).toMatchObject({ env: { SEALED_URL: 'https://127.0.0.1:86' }, url: 'https://127.0.0.1:86' });
  expect(of('broker').env).not.toHaveProperty('BROKER_URL');
  expect(of('broker')).toMatchObject({
    url: undefined,
    urls: { 'broker-1 amqp': '127.0.0.1:84', 'broker-1 ui': 'http://127.0.0.1:85' },
  });
  expect(of('worker')).toEqual({ env: {}, url: undefined, urls: {} });
});

test('a stack says what it needs, and which services cannot run in one of the two ways', async () => {
  const needs = needsOf(await stackOn('process'));
  expect(needs.images).toEqual(['rabbitmq:4', 'worker:1', 'nginx:1']);
  expect(needs.binaries.map(({ name, anyVersion }) => ({ name, anyVersion }))).toEqual([
    { name: 'rabbitmq-server', anyVersion: true },
  ]);
  expect(needs.lacking).toEqual({ image: [], binary: ['page'] });
  const local = needsOf(await stackOn('docker', YAML.replace('    image: worker:1\n', '')));
  expect(local.lacking).toEqual({ image: ['worker'], binary: ['page'] });
});

test('a program that is named by a path is looked for in the stack, as a local process', async () => {
  const yaml = YAML.replace('[rabbitmq-server]', '[./bin/queue, -v]');
  const stack = await stackOn('process', yaml);
  expect(serviceOf(stack, 'queue').command).toEqual([`${stack.folder}/bin/queue`, '-v']);
  expect(serviceOf(await stackOn('docker', yaml), 'queue').command).toEqual(['./bin/queue', '-v']);
});

test('a secret stays one', async () => {
  const stack = await stackOn('process');
  expect(serviceOf(stack, 'worker').environment.at(-1)?.value).toBeInstanceOf(Secret);
});

test('the variables of a file are secrets: in a private file, as they stand there, and `environment` wins', async () => {
  const yaml = YAML.replace('    environment:\n', '    envFile: [one.env, two.env]\n    environment:\n');
  const files = { 'one.env': 'A=first\nQUEUE=mine\nB="pa$$ {{queue.host}}"\n', 'two.env': "A='second'\n" };
  const on = async (runtime: RuntimeName) => {
    await using folder = await folderOf({ 'stack.yaml': yaml, ...files });
    return await ownStack(folder.path, runtime);
  };
  const stack = await on('docker');
  const rendered = render(stack).files;
  const holding = rendered.filter(({ text }) => /second|pa\$\$/.test(text));
  expect(holding.map(({ path, mode }) => [path, mode])).toEqual([['worker-1/secrets.env', 0o600]]);
  expect(holding[0]?.text).toBe("A=second\nB='pa$$ {{queue.host}}'\nKEY='k$y'\n");
  expect((await compose(stack)).worker.environment.QUEUE).toBe('queue:5672');
  const local = inputOf(await on('process'), 'worker');
  expect(local.service.kind.process(local, { binaries: {}, config: '/c', data: '/d' }).environment).toMatchObject({
    A: 'second',
    B: 'pa$$ {{queue.host}}',
    QUEUE: '127.0.0.1:5672',
  });
  expect(render(await on('process')).files.filter(({ text }) => text.includes('second'))).toEqual([]);
});

test('a file of variables that changes is a reason to start again', async () => {
  const yaml = YAML.replace('    environment:\n', '    envFile: one.env\n    environment:\n');
  const hashOf = async (text: string) => {
    await using folder = await folderOf({ 'stack.yaml': yaml, 'one.env': text });
    return render(await ownStack(folder.path, 'process')).hashes.get('worker-1');
  };
  expect(await hashOf('A=1')).not.toBe(await hashOf('A=2'));
});

test('the check of a container has the time that the readiness has', async () => {
  const checkOf = async (yaml: string): Promise<unknown> => {
    const { files, hashes } = render(await stackOn('docker', yaml));
    const { services } = parse(files.find(({ path }) => path === 'compose.yaml')?.text ?? '');
    return [services.worker.healthcheck, hashes.get('worker-1')];
  };
  const slow = YAML.replace('exec: [check, -q]', 'exec: [check, -q], timeoutS: 20');
  const [usual, hash] = (await checkOf(YAML)) as [unknown, string];
  expect(usual).toMatchObject({ test: ['CMD', 'check', '-q'], timeout: '3s' });
  expect(await checkOf(slow)).toEqual([expect.objectContaining({ timeout: '20s' }), expect.not.stringMatching(hash)]);
  const own = slow.replace('stopGraceS: 3', 'stopGraceS: 3, healthcheck: [own]');
  expect(await checkOf(own)).toEqual([
    expect.objectContaining({ test: ['CMD', 'own'], timeout: '3s' }),
    expect.any(String),
  ]);
});
