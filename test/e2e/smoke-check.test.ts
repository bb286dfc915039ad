import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { SmokeReport } from '../../src/smoke/phases.ts';
import { ROOT, STACKCTL } from '../support/cli.ts';
import { freePorts } from '../support/free-ports.ts';
import { processesIn } from '../support/leftovers.ts';
import { type Envelope, ok, openPlace, type Place } from '../support/project.ts';
import { verdictsOf } from '../support/smoke.ts';
import { waitFor } from '../support/wait-for.ts';

const SECRET = 'a-secret-that-nobody-may-see';

/** One Redis, with or without a memory of its own, at a port that no other test looks at. */
const stackYaml = (options: string, port: number) => `stack: keeper
description: One Redis
values:
  password: { type: secret, default: "", description: Password of Redis }
services:
  redis:
    kind: redis
    ports: { redis: ${port} }
    options: { password: "{{password}}", ${options} }
traffic: traffic
`;

const PROFILE = `profile: entries
description: Entries of a stream
send: { service: redis, settings: { stream: entries } }
stores: [{ service: redis, settings: { stream: entries }, settle: 2s }]
body: { id: "{{id}}" }
`;

async function keeper(options: string) {
  const place = await openPlace(STACKCTL, 'keeper', 'process');
  const port = await freePorts(2);
  await mkdir(join(place.folder, 'keeper/traffic'), { recursive: true });
  await writeFile(join(place.folder, 'keeper/stack.yaml'), stackYaml(options, port));
  await writeFile(join(place.folder, 'keeper/traffic/entries.yaml'), PROFILE);
  return { ...place, port };
}

const SMOKE = ['smoke', './keeper', '--runtime', 'process'];
const KEEPS = 'appendOnly: true';
const FORGETS = 'appendOnly: false, save: ""';

function expectNothingLeft({ folder }: Place): void {
  expect(processesIn(folder)).toEqual([]);
  expect(existsSync(join(folder, '.stackctl'))).toBe(false);
}

/** A stranger at a port. */
async function listenAt(port: number): Promise<AsyncDisposable> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}

test('a stack that keeps what it acknowledges passes, also where a stranger has its port, and nothing is left', async () => {
  await using place = await keeper(KEEPS);
  await using _ = await listenAt(place.port);
  const summary = join(place.folder, 'summary.md');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, STACKCTL_VALUE_PASSWORD: SECRET };
  const answer = ok(
    await place.json([...SMOKE, '--junit', 'junit.xml', '--html', 'page.html', '--artifacts', 'kept'], env),
  );
  const skips = { migrate: 'skipped', failover: 'skipped' };
  expect(verdictsOf(answer)).toEqual({
    ...{ up: 'pass', health: 'pass', ...skips, traffic: 'pass', restart: 'pass', again: 'pass', down: 'pass' },
  });
  expectNothingLeft(place);
  expect(await readFile(join(place.folder, 'junit.xml'), 'utf8')).toContain(
    'tests="8" failures="0" errors="0" skipped="2"',
  );
  expect(await readFile(join(place.folder, 'page.html'), 'utf8')).toContain('1 instance ready');
  expect(await readFile(summary, 'utf8')).toContain('### stackctl smoke keeper: pass');
  expect(existsSync(join(place.folder, 'kept'))).toBe(false);
});

test('one that forgets is found out: exit code 6, with what explains it and without its secret; the project of the user stays', async () => {
  await using place = await keeper(FORGETS);
  const env = { GITHUB_ACTIONS: 'true', STACKCTL_VALUE_PASSWORD: SECRET };
  const up = ok(await place.json(['up', './keeper', '--runtime', 'process', '--ports', 'auto'], env));
  const run = await place.run([...SMOKE, '--artifacts', 'kept', '--json'], env);
  expect(run.code).toBe(6);
  const answer = JSON.parse(run.out) as Envelope;
  expect(verdictsOf(answer)).toMatchObject({
    up: 'pass',
    traffic: 'pass',
    restart: 'fail',
    again: 'fail',
    down: 'pass',
  });
  expect(answer.error).toMatchObject({ code: 'E_VERDICT_FAIL', message: 'failed: restart, again' });
  expect(run.err).toMatch(
    /^::error title=stackctl smoke%3A again::redis entries had 1000 events of run [\w-]+, and has 0$/m,
  );

  const files = await readdir(join(place.folder, 'kept'), { recursive: true });
  expect(files).toEqual(expect.arrayContaining(['phases.json', 'status.json', 'logs/redis-1.log']));
  for (const name of files.filter((file) => /\.\w+$/.test(file)))
    expect(await readFile(join(place.folder, 'kept', name), 'utf8'), name).not.toContain(SECRET);
  expect(files.some((file) => file.endsWith('redis.conf'))).toBe(true);
  expect(await readFile(join(place.folder, 'kept/status.txt'), 'utf8')).not.toContain('\u001b');

  const status = ok(await place.json(['status', '--project', 'keeper'], env));
  expect(status.data.instances[0].pid).toBe(up.data.instances[0].pid);
});

/** A program that tells everybody how it would have logged in. */
const TELLS = `
const answer = (request, response) => {
  response.statusCode = request.method === 'GET' ? 200 : 500;
  request.resume().on('end', () => response.end(process.env.LOGIN + ' ' + process.env.OWN));
};
require('node:http').createServer(answer).listen(process.env.PORT, process.env.HOST);
process.once('SIGTERM', () => process.exit());
`;

test("a password in a program's answer is in nothing that a CI shows or keeps; nor is one of a file of variables, or one that was generated", async () => {
  await using place = await keeper(KEEPS);
  const folder = join(place.folder, 'keeper');
  const api = `  api:
    kind: app
    build: api
    command: [node, tells.js]
    ports: { http: ${await freePorts(1)} }
    envFile: login.env
    environment: { OWN: { value: "{{password}}", description: That of Redis } }
`;
  const text = stackYaml(KEEPS, place.port).replace('traffic: traffic', `${api}traffic: traffic`);
  await writeFile(join(folder, 'stack.yaml'), text);
  await mkdir(join(folder, 'api'));
  await writeFile(join(folder, 'api/tells.js'), TELLS);
  await writeFile(join(folder, 'login.env'), `LOGIN=postgres://me:${SECRET}@db:5432/shop\n`);
  const send = 'send: { service: api, settings: { path: /orders } }';
  await writeFile(join(folder, 'traffic/entries.yaml'), PROFILE.replace(/^send: .*$/m, send));
  const summary = join(place.folder, 'summary.md');
  // In production the password of Redis is one that was made for this project.
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, STACKCTL_PROFILE: 'production' };
  const files = ['--junit', 'reports/junit.xml', '--html', 'reports/page.html', '--artifacts', 'reports/kept'];
  await mkdir(join(place.folder, 'reports'));
  const { code, out, err } = await place.run([...SMOKE, ...files, '--json'], env);
  expect({ code, out }, err).toMatchObject({ code: 8 });
  expect(out).toContain('HTTP 500: [redacted] [redacted]');
  expect(out + err).not.toContain(SECRET);
  const kept = await readdir(join(place.folder, 'reports'), { recursive: true, withFileTypes: true });
  const paths = kept.filter((one) => one.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  expect(paths.length).toBeGreaterThan(5);
  for (const path of [...paths, summary]) expect(await readFile(path, 'utf8'), path).not.toContain(SECRET);
  expectNothingLeft(place);
});

test('what cannot come up fails in its first phase, and is ended', async () => {
  await using place = await keeper(KEEPS);
  const api = '  api: { kind: app, image: node:22, command: [node, -e, "process.exit(3)"] }\n';
  const text = stackYaml(KEEPS, place.port).replace(
    'traffic: traffic',
    `${api}readiness: { timeout: 3s }\ntraffic: traffic`,
  );
  await writeFile(join(place.folder, 'keeper/stack.yaml'), text);
  const answer = await place.json(SMOKE);
  expect(answer.code, JSON.stringify(answer.error)).toBe(6);
  expect(verdictsOf(answer)).toMatchObject({ up: 'fail', health: 'skipped', restart: 'skipped', down: 'pass' });
  expectNothingLeft(place);
});

test('--timeout is the limit of every step: what never gets ready fails when it is over', async () => {
  await using place = await keeper(KEEPS);
  const api = `  api: { kind: app, image: node:22, command: [node, -e, "setInterval(() => {}, 1000)"], ports: { http: ${await freePorts(1)} } }\n`;
  const own = `${api}readiness: { timeout: 20m }\ntraffic: traffic`;
  await writeFile(
    join(place.folder, 'keeper/stack.yaml'),
    stackYaml(KEEPS, place.port).replace('traffic: traffic', own),
  );
  const answer = await place.json([...SMOKE, '--timeout', '2s']);
  expect(answer.code, JSON.stringify(answer.error)).toBe(6);
  const [up] = (answer.data as SmokeReport).phases;
  expect(up).toMatchObject({ verdict: 'fail', reasons: [expect.stringContaining('not ready in time')] });
  expectNothingLeft(place);
});

test('a mistake in the stack is told before anything is started, and no verdict', async () => {
  await using place = await keeper('apendOnly: true');
  const summary = join(place.folder, 'summary.md');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const run = await place.run([...SMOKE, '--junit', 'junit.xml', '--json'], env);
  expect(run.code).toBe(2);
  expect(JSON.parse(run.out)).toMatchObject({ error: { code: 'E_STACK_INVALID' } });
  expect(run.err).toMatch(/^::error file=keeper\/stack\.yaml,line=\d+,col=\d+,title=stackctl smoke%3A start::/m);
  const meant = 'did you mean "appendOnly"?';
  expect(run.err).toMatch(/^::error .*did you mean "appendOnly"\?$/m);
  expect(await readFile(summary, 'utf8')).toMatch(
    /^### stackctl smoke keeper: inconclusive$[\s\S]*did you mean "appendOnly"\?/m,
  );
  const junit = await readFile(join(place.folder, 'junit.xml'), 'utf8');
  expect(junit).toContain(meant.replaceAll('"', '&quot;'));
  expect(junit).toMatch(/<testsuite name="smoke keeper" [\s\S]*<property name="project" value="keeper-smoke"\/>/);
  expectNothingLeft(place);
});

test('a mistake in a migration is told with the path of its file, as the checkout has it', async () => {
  await using place = await openPlace(STACKCTL, 'shop', 'process');
  ok(await place.json(['init', '--new', './shop']));
  await writeFile(join(place.folder, 'shop/migrations/database/0002_more.sql'), '-- migrate:up\n');
  const run = await place.run(['smoke', './shop', '--runtime', 'process'], { GITHUB_ACTIONS: 'true' });
  expect(run.code).toBe(2);
  const file = 'shop/migrations/database/0002_more.sql';
  expect(run.err).toMatch(
    new RegExp(`^::error file=${file},line=1,col=1,title=[^:]+::${file}:1:1 "-- migrate:up"`, 'm'),
  );
  expectNothingLeft(place);
});

test('where a server is missing nothing is started and nothing made, and the reports say why', async () => {
  await using place = await keeper(KEEPS);
  const env = { STACKCTL_BIN_REDIS_SERVER: '/nowhere/redis-server' };
  expect(await place.json([...SMOKE, '--junit', 'junit.xml'], env)).toMatchObject({
    ...{ code: 4, error: { code: 'E_BINARY_MISSING' } },
  });
  expect(await readFile(join(place.folder, 'junit.xml'), 'utf8')).toContain('/nowhere/redis-server');
  expectNothingLeft(place);
});

test('interrupted, it cleans up; killed, the next one does; beside a running one there is no other', async () => {
  await using place = await keeper(KEEPS);
  const started = async (...words: readonly string[]) => {
    const running = place.begin([...SMOKE, ...words]);
    const hasServer = () => processesIn(place.folder).some(({ command }) => command.includes('redis-server'));
    await waitFor('the server runs', async () => hasServer() || undefined);
    return running;
  };
  const first = await started();
  first.child.kill('SIGSTOP');
  expect(await place.json(SMOKE)).toMatchObject({
    ...{ code: 7, error: { code: 'E_LOCKED', message: expect.stringContaining('stackctl smoke') } },
  });
  first.child.kill('SIGCONT');
  first.child.kill('SIGINT');
  expect((await first.ended).code).toBe(130);
  expectNothingLeft(place);

  const second = await started('--junit', 'junit.xml');
  second.child.kill('SIGKILL');
  await second.ended;
  expect(await readFile(join(place.folder, 'junit.xml'), 'utf8')).toContain(
    '<error message="the check has not ended"/>',
  );
  ok(await place.json(SMOKE));
  expectNothingLeft(place);
});

test("what a killed check left behind is the user's as soon as it was brought up by hand", async () => {
  await using place = await keeper(KEEPS);
  await mkdir(join(place.folder, '.stackctl/keeper-smoke'), { recursive: true });
  await writeFile(join(place.folder, '.stackctl/keeper-smoke/smoke'), '');
  ok(await place.json(['up', './keeper', '--project', 'keeper-smoke', '--runtime', 'process', '--ports', 'auto']));
  expect(await place.json(SMOKE)).toMatchObject({
    code: 2,
    error: { message: expect.stringContaining('keeper-smoke') },
  });
  expect(ok(await place.json(['status', '--project', 'keeper-smoke'])).data).toMatchObject({ healthy: true });
  ok(await place.json(['clean', '--project', 'keeper-smoke', '--yes']));
});

test('with --keep it stays up; a project that somebody else made is not taken for one of a check', async () => {
  await using place = await keeper(KEEPS);
  const kept = ok(await place.json([...SMOKE, '--keep']));
  expect(verdictsOf(kept)).toMatchObject({ again: 'pass', down: 'skipped' });
  const status = ok(await place.json(['status', '--project', 'keeper-smoke']));
  expect(status.data).toMatchObject({ healthy: true });
  ok(await place.json(['clean', '--project', 'keeper-smoke', '--yes']));

  ok(await place.json(['up', './keeper', '--project', 'keeper-smoke', '--runtime', 'process', '--ports', 'auto']));
  expect(await place.json(SMOKE)).toMatchObject({
    code: 2,
    error: { message: expect.stringContaining('keeper-smoke') },
  });
  ok(await place.json(['clean', '--project', 'keeper-smoke', '--yes']));
});

test('what `init --new` makes passes as it is: its program is built, its migration applied, its profile read back', async () => {
  await using place = await openPlace(STACKCTL, 'shop', 'process');
  ok(await place.json(['init', '--new', './shop']));
  const answer = ok(await place.json(['smoke', '--runtime', 'process']));
  expect(verdictsOf(answer)).toMatchObject({
    up: 'pass',
    migrate: 'pass',
    traffic: 'pass',
    restart: 'pass',
    again: 'pass',
  });
  expectNothingLeft(place);
});

test('the step of the action for GitHub runs the check, and what it is given is no part of its script', async () => {
  const action = parse(await readFile(join(ROOT, 'action.yml'), 'utf8')) as Action;
  for (const { run = '' } of action.runs.steps) expect(run).not.toContain('${{');
  const step = action.runs.steps.find(({ name }) => name === 'stackctl smoke');
  await using place = await keeper(KEEPS);
  const env = {
    ...{ STACKCTL, STACK: './keeper', RUNTIME: 'process', FOLDER: join(place.folder, 'reports') },
    ARGUMENTS: `--set password=${SECRET}`,
  };
  expect(Object.keys(step?.env ?? {}).toSorted()).toEqual(Object.keys(env).toSorted());
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', step?.run ?? 'false'], {
    cwd: place.folder,
    env: { PATH: process.env.PATH, HOME: place.folder, ...env },
  });
  expect(stdout).toContain('PASS  keeper');
  expect(await readdir(join(place.folder, 'reports'))).toEqual(['junit.xml', 'smoke.html']);
});

interface Action {
  readonly runs: {
    readonly steps: readonly {
      readonly name?: string;
      readonly run?: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}
