import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StatusView } from '../../src/lifecycle/status.ts';
import { STACKCTL } from '../support/cli.ts';
import { freePorts } from '../support/free-ports.ts';
import { ok, openPlace, type Place } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { RUNTIMES, requireRuntime } from '../support/require.ts';
import { instanceIn } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

/** A server that no kind knows (as far as this stack says), asked by its own client, and a worker without a port. */
const stackYaml = (port: number): string => `stack: own
description: A server and a worker
services:
  cache:
    kind: container
    image: stackctl-test/redis:8
    ports: {redis: ${port}, bus: {inside: 7001, outside: ${port + 2}}}
    command: [sh, -c, 'exec redis-server --port "$PORT" --protected-mode no --save ""']
    options: {readiness: {exec: [sh, -c, 'redis-cli -p "$PORT" ping | grep PONG']}}
  worker:
    kind: container
    build: worker
    command: [node, worker.mjs]
    dependsOn: [cache]
    environment: {CACHE: "{{cache.address}}", BUS: "{{cache.port.bus}}"}
    volumes: {jobs: /jobs}
    envFile: worker.env
    options: {readiness: {log: "^working with "}, stopGraceS: 3}
`;

const WORKER = `
import { appendFileSync, readFileSync } from 'node:fs';
const starts = process.env.STACKCTL_VOLUME_JOBS + '/starts';
appendFileSync(starts, '.');
console.log('told ' + process.env.TOLD.length);
console.log('start number ' + readFileSync(starts, 'utf8').length);
console.log('working with ' + process.env.CACHE + ' ' + process.env.BUS + ' ' + process.env.PORT);
setInterval(() => console.log('still'), 200);
process.once('SIGTERM', () => process.exit(0));
`;

/** A secret that only a file has. */
const TOLD = 'hush-4711 # $x';

/** Stops what the init of the container has started. */
const STOP =
  'for f in /proc/[0-9]*/stat; do read -r pid name state parent rest <$f; if [ "$parent" = 1 ]; then kill -STOP $pid; fi; done';

async function openStack(runtime: (typeof RUNTIMES)[number], yaml: string): Promise<Place & AsyncDisposable> {
  const place = await openPlace(STACKCTL, 'own', runtime);
  const folder = join(place.folder, 'own');
  await mkdir(join(folder, 'worker'), { recursive: true });
  await writeFile(join(folder, 'stack.yaml'), yaml);
  await writeFile(join(folder, 'worker.env'), `TOLD='${TOLD}'\n`);
  await writeFile(join(folder, 'worker/worker.mjs'), WORKER);
  await writeFile(join(folder, 'worker/Dockerfile'), 'FROM stackctl-test/node:20\nCOPY worker.mjs .\n');
  return place;
}

describe.each(RUNTIMES)('containers on %s', (runtime) => {
  test('a server and a worker come up, are found by their ports, scale, restart, and are named when they are frozen', async (context) => {
    requireRuntime(context, runtime);
    const port = await freePorts(4);
    await using project = await openStack(runtime, stackYaml(port));
    const up: StatusView = ok(await project.json(['up', './own', '--runtime', runtime])).data;
    expect(up.healthy).toBe(true);
    expect(instanceIn(up, 'cache-1')).toMatchObject({ kind: 'container', client: `127.0.0.1:${port}` });
    expect(instanceIn(up, 'worker-1')).toMatchObject({ client: '-', peer: '-', facts: { readiness: 'log' } });
    expect(await ask(port, 'PING')).toBe('PONG');
    expect((await project.run(['env'])).out).toBe(
      `export CACHE_HOST=127.0.0.1\nexport CACHE_PORT=${port}\nexport CACHE_PORT_REDIS=${port}\nexport CACHE_PORT_BUS=${port + 2}\n`,
    );
    const rows: { readonly instance: string; readonly port: string; readonly host: number }[] = ok(
      await project.json(['ports']),
    ).data.ports;
    expect(rows.map((row) => [row.instance, row.port, row.host])).toEqual([
      ['cache-1', 'redis', port],
      ['cache-1', 'bus', port + 2],
    ]);
    const place = runtime === 'docker' ? `cache:${port} 7001` : `127.0.0.1:${port} ${port + 2}`;
    expect((await project.run(['logs', 'worker'])).out).toContain(`working with ${place} undefined`);

    expect((await project.run(['logs', 'worker'])).out).toContain(`told ${TOLD.length}`);
    const shown = await Promise.all([
      project.run(['status', '--json']),
      project.run(['config']),
      project.run(['render', './own']),
    ]);
    expect(shown.map(({ out, err }) => out + err).join('')).not.toContain('hush');
    expect(await withText(project.paths.rendered, 'hush')).toEqual(
      runtime === 'docker' ? [{ name: 'worker-1/secrets.env', mode: '600' }] : [],
    );

    ok(await project.json(['restart', 'worker']));
    const two: StatusView = ok(await project.json(['scale', 'worker=2', 'cache=2'])).data;
    expect(two.instances.map(({ name, client }) => [name, client])).toEqual([
      ['cache-1', `127.0.0.1:${port}`],
      ['cache-2', `127.0.0.1:${port + 1}`],
      ['worker-1', '-'],
      ['worker-2', '-'],
    ]);
    expect(await ask(port + 1, 'PING')).toBe('PONG');

    for (const name of ['worker-2', 'cache-1']) {
      const { containerId, pid = 0 } = instanceIn(two, name);
      if (containerId !== undefined) await project.run(['exec', name, '--', 'sh', '-c', STOP]);
      else process.kill(pid, 'SIGSTOP');
      const frozen = await waitFor(`${name} to be frozen`, async () => {
        const answer = await project.json(['health']);
        return answer.code === 5 ? answer : undefined;
      });
      expect(frozen.error?.message).toBe(`not healthy: ${name}`);
      expect(frozen.error?.details.instances[0].reasons[0]).toMatch(
        containerId !== undefined ? /^is frozen: a signal has stopped pid \d+ \((node|redis-server)\)$/ : /^is paused$/,
      );
      if (containerId !== undefined)
        await project.run(['exec', name, '--', 'sh', '-c', STOP.replace('-STOP', '-CONT')]);
      else process.kill(pid, 'SIGCONT');
      await waitFor(`${name} to go on`, async () => (await project.json(['health'])).code === 0);
    }

    const starts = async () => {
      const { out } = await project.run(['logs', 'worker-1']);
      return out.match(/start number \d+/g)?.at(-1);
    };
    expect(await starts()).toBe('start number 2');
    ok(await project.json(['down']));
    ok(await project.json(['up', './own', '--runtime', runtime]));
    expect(await starts()).toBe('start number 3');
    ok(await project.json(['down', '--volumes', '--yes']));
    ok(await project.json(['up', './own', '--runtime', runtime]));
    expect(await starts()).toBe('start number 1');
  });
});

test('a program that is not installed is named, with what to do', async () => {
  await using project = await openStack(
    'process',
    stackYaml(await freePorts(4)).replace('[node,', '[no-such-program,'),
  );
  expect(await project.json(['up', './own', '--runtime', 'process'])).toMatchObject({
    code: 4,
    error: {
      code: 'E_BINARY_MISSING',
      message: expect.stringContaining('no-such-program is not installed'),
      hint: expect.stringContaining('--runtime docker'),
    },
  });
});

test('without a command the image runs its own, and as a local process it is refused with its place', async (context) => {
  requireRuntime(context, 'docker');
  const port = await freePorts(4);
  const yaml = stackYaml(port)
    .replace(/ {4}command: \[sh.*\n.*\n/, '')
    .replace(`redis: ${port}`, `redis: {inside: 6379, outside: ${port}}`);
  await using project = await openStack('docker', yaml);
  expect(await project.json(['up', './own', '--runtime', 'process'])).toMatchObject({
    code: 2,
    error: {
      code: 'E_STACK_INVALID',
      message: expect.stringMatching(/stack\.yaml:4:3 services\.cache: has no `command`/),
    },
  });
  const view: StatusView = ok(await project.json(['up', './own', 'cache', '--runtime', 'docker'])).data;
  expect(instanceIn(view, 'cache-1')).toMatchObject({ health: 'healthy', facts: { readiness: 'tcp' } });
  // Docker takes connections for a port at which nobody listens inside.
  const silent = yaml.replace('  worker:\n', '    options: {readiness: {tcp: {port: bus}}}\n  worker:\n');
  await writeFile(join(project.folder, 'own/stack.yaml'), silent);
  expect(await project.json(['up', './own', 'cache', '--timeout', '3s'])).toMatchObject({
    code: 5,
    error: { code: 'E_NOT_READY', message: expect.stringContaining('cache-1: no connection: ') },
  });
  await waitFor('an answer of the image', async () =>
    /PONG|DENIED/.test(String(await ask(port, 'PING').catch(String))),
  );
});

/** Files below a folder that have this text. */
async function withText(
  folder: string,
  text: string,
): Promise<readonly { readonly name: string; readonly mode: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    paths.map(async (path) => ({
      path,
      has: (await readFile(path, 'utf8')).includes(text),
      mode: (await stat(path)).mode,
    })),
  );
  return found
    .filter(({ has }) => has)
    .map(({ path, mode }) => ({ name: relative(folder, path), mode: (mode & 0o777).toString(8) }));
}
