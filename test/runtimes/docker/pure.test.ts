import { Readable } from 'node:stream';
import tar from 'tar-stream';
import { expect, test } from 'vitest';
import { lastExit } from '../../../src/runtimes/docker/containers/last-exit.ts';
import { observed } from '../../../src/runtimes/docker/containers/observe.ts';
import {
  isOfProject,
  newestOfEach,
  type ProjectContainer,
  withInstances,
} from '../../../src/runtimes/docker/containers/project-objects.ts';
import { stopWaves } from '../../../src/runtimes/docker/containers/stop-waves.ts';
import { firstFile } from '../../../src/runtimes/docker/data/first-file.ts';
import { meaningfulLines } from '../../../src/runtimes/docker/engine/compose-cli.ts';
import type { Engine } from '../../../src/runtimes/docker/engine/engine.ts';
import type { InspectedContainer, ListedContainer } from '../../../src/runtimes/docker/engine/objects.ts';
import { hostSubnets } from '../../../src/runtimes/docker/network/routes.ts';

function listed(instance: string, more: Partial<ProjectContainer> = {}): ProjectContainer {
  return {
    instance,
    Id: `${instance}-id`,
    Created: 1,
    Labels: { 'dev.stackctl.instance': instance, 'dev.stackctl.network': 'net', 'dev.stackctl.config-hash': 'h1' },
    NetworkSettings: { Networks: { net: {} } },
    Ports: [],
    ...more,
  } as ProjectContainer;
}

function inspected(state: Partial<InspectedContainer['State']>): InspectedContainer {
  const State = {
    Running: true,
    Paused: false,
    Restarting: false,
    Pid: 12,
    ExitCode: 0,
    StartedAt: '2026-11-21T03:36:57.796123456Z',
    FinishedAt: '0001-01-01T00:00:00Z',
    ...state,
  };
  return { Id: 'full-id', RestartCount: 2, State } as InspectedContainer;
}

test('a running container', () => {
  expect(observed(listed('redis-1'), inspected({}), undefined)).toEqual({
    name: 'redis-1',
    state: 'running',
    pid: 12,
    containerId: 'full-id',
    startedAt: '2026-11-21T03:36:57.796Z',
    configHash: 'h1',
    restarts: 2,
    lastExit: undefined,
    partitioned: false,
    network: 'net',
    hostPorts: [],
  });
});

test('a container that ended, or is cut off, shows no network: it may be gone', () => {
  const ended = inspected({ Running: false, Pid: 0 });
  expect(observed(listed('redis-1'), ended, undefined)).not.toHaveProperty('network');
  const cutOff = { ...listed('redis-1'), NetworkSettings: { Networks: {} } };
  expect(observed(cutOff, inspected({}), undefined)).not.toHaveProperty('network');
});

test.each([
  [{ Paused: true }, 'paused'],
  [{ Restarting: true }, 'restarting'],
  [{ Running: false, Pid: 0 }, 'stopped'],
])('%o is %s', (state, expected) => {
  expect(observed(listed('redis-1'), inspected(state), undefined).state).toBe(expected);
});

test('an exit by a signal is named', async () => {
  const stopped = inspected({ Running: false, Pid: 0, ExitCode: 137, FinishedAt: '2026-11-21T03:40:00Z' });
  expect(await lastExit(engineWith(''), stopped)).toEqual({
    at: '2026-11-21T03:40:00.000Z',
    code: 137,
    signal: 'SIGKILL',
  });
  expect(await lastExit(engineWith(''), inspected({}))).toBeUndefined();
});

test('the code of an exit before a restart comes from the events, if it is still among them', async () => {
  const again = inspected({ FinishedAt: '2026-11-21T03:36:57.1Z' });
  const died = (code: string) => `${JSON.stringify({ Action: 'die', Actor: { Attributes: { exitCode: code } } })}\n`;
  expect(await lastExit(engineWith(died('1') + died('7')), again)).toMatchObject({ code: 7, signal: undefined });
  expect(await lastExit(engineWith(''), again)).toMatchObject({ code: undefined, signal: undefined });
});

function engineWith(events: string): Engine {
  return { reader: { pastEvents: async () => events } } as unknown as Engine;
}

test('without its network it is partitioned, whatever other networks it has', () => {
  const cut = listed('a', { NetworkSettings: { Networks: { other: {} } } } as unknown as Partial<ProjectContainer>);
  expect(observed(cut, inspected({}), undefined).partitioned).toBe(true);
});

test('the newest container of each instance, in the order of their numbers; nothing else of the project', () => {
  const reader = { ...listed('x'), instance: undefined };
  const old = listed('redis-2', { Id: 'old' });
  const found = newestOfEach([listed('redis-10'), reader, listed('redis-2', { Id: 'new', Created: 2 }), old]);
  expect(found.map(({ Id }) => Id)).toEqual(['new', 'redis-10-id']);
});

function replica(number: number, oneOff = 'False'): ListedContainer {
  const compose = { 'com.docker.compose.container-number': String(number), 'com.docker.compose.oneoff': oneOff };
  return {
    Id: `id-${number}-${oneOff}`,
    Labels: { 'dev.stackctl.service': 'backend', ...compose },
  } as unknown as ListedContainer;
}

test('replicas are counted through, whatever numbers Compose has left; what was run once is no instance', () => {
  const named = { ...replica(1), Labels: { ...replica(1).Labels, 'dev.stackctl.instance': 'redis-1' } };
  const runOnce = { ...named, Labels: { ...named.Labels, 'com.docker.compose.oneoff': 'True' } };
  const other = { Labels: { 'dev.stackctl.project': 'p' } } as unknown as ListedContainer;
  const all = [replica(12), replica(4), replica(1, 'True'), replica(5), replica(5), named, runOnce, other];
  expect(withInstances(all).map(({ instance }) => instance)).toEqual([
    ...['backend-3', 'backend-1', undefined, 'backend-2', 'backend-2'],
    ...['redis-1', undefined, undefined],
  ]);
});

test('a container of a user has the labels of the image, and is not the project’s for that', () => {
  const fromImage = { 'dev.stackctl.project': 'p', 'dev.stackctl.content': 'hash' };
  const ofCompose = { ...fromImage, 'com.docker.compose.service': 'api' };
  const reader = { ...fromImage, 'dev.stackctl.content': '' };
  const owners = [fromImage, ofCompose, reader, { 'dev.stackctl.project': 'q' }].map((Labels) =>
    isOfProject('p', { Labels }),
  );
  expect(owners).toEqual([false, true, true, false]);
});

test('a replica is where the Engine has put it', () => {
  const Ports = [
    { IP: '127.0.0.1', PrivatePort: 3100, PublicPort: 3104, Type: 'tcp' },
    { PrivatePort: 9, Type: 'tcp' },
  ];
  const NetworkSettings = { Networks: { net: { IPAddress: '172.30.0.129' } } };
  const Labels = { ...replica(2).Labels, 'dev.stackctl.network': 'net' };
  const container = {
    ...replica(2),
    instance: 'backend-2',
    Ports,
    NetworkSettings,
    Labels,
  } as unknown as ProjectContainer;
  const seen = observed(container, inspected({}), undefined);
  expect(seen).toMatchObject({
    name: 'backend-2',
    hostPorts: [3104],
    reached: { host: '172.30.0.129', ports: { 3100: 3104 } },
  });
  const cut = { ...container, Ports: [], NetworkSettings: { Networks: {} } };
  expect(observed(cut, inspected({}), undefined)).toMatchObject({
    partitioned: true,
    reached: { host: undefined, ports: {} },
  });
});

test('host routes without the default one', () => {
  const text = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    'tun0\t00081EAC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'tun0\t00081EAC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'tun1\tFEFFA8C0\t00000000\t0001\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
    '',
  ].join('\n');
  expect(hostSubnets(text)).toEqual(['172.17.0.0/16', '172.30.8.0/24', '192.168.255.254/32']);
  expect(hostSubnets('')).toEqual([]);
});

test('the first regular file of an archive, whatever the length of its name', async () => {
  const long = 'ä'.repeat(100_000);
  const archive = tar.pack();
  archive.entry({ name: 'folder', type: 'directory' });
  archive.entry({ name: `${'deep/'.repeat(60)}ümlaut` }, long);
  archive.entry({ name: 'second' }, 'another');
  archive.finalize();
  expect(await firstFile(archive)).toBe(long);
});

test('an empty file, an archive without files, and one that breaks off', async () => {
  const archiveOf = (...entries: readonly tar.Headers[]): tar.Pack => {
    const archive = tar.pack();
    for (const entry of entries) archive.entry(entry, '');
    archive.finalize();
    return archive;
  };
  expect(await firstFile(archiveOf({ name: 'empty' }))).toBe('');
  expect(await firstFile(archiveOf({ name: 'folder', type: 'directory' }))).toBeUndefined();
  const whole = tar.pack();
  whole.entry({ name: 'file' }, 'x'.repeat(2000));
  whole.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of whole) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  await expect(firstFile(Readable.from([bytes.subarray(0, 1000)]))).rejects.toThrow('Unexpected end');
});

test('a service ends after those that depend on it; a circle of an older file ends too', () => {
  const service = (name: string, needs = '', number = 1) => ({
    Id: `${name}-${number}`,
    Labels: { 'com.docker.compose.service': name, 'com.docker.compose.depends_on': needs },
  });
  const idsOf = (...all: readonly ReturnType<typeof service>[]) =>
    stopWaves(all).map((wave) => wave.map(({ Id }) => Id));
  const app = 'kafka:service_started:false,redis:service_healthy:true';
  const alone = { Id: 'alone', Labels: {} as ReturnType<typeof service>['Labels'] };
  expect(
    idsOf(
      service('redis'),
      service('kafka'),
      service('app', app),
      service('app', app, 2),
      service('front', 'app:x:y'),
      alone,
    ),
  ).toEqual([['front-1'], ['app-1', 'app-2'], ['redis-1', 'kafka-1', 'alone']]);
  expect(idsOf(service('a', 'b:x:y'), service('b', 'a:x:y')).flat().sort()).toEqual(['a-1', 'b-1']);
  expect(stopWaves([])).toEqual([]);
});

test('what Compose says, without its progress', () => {
  const stderr = [
    'time="2026-11-21" level=warning msg="version is obsolete"',
    ' Network p_default  Creating',
    ' Container p-redis-1-1  Started',
    'Error response from daemon: port is already allocated',
    '',
  ].join('\n');
  expect(meaningfulLines(stderr)).toEqual(['port is already allocated']);
});
