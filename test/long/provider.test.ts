/** stackctl as the provider of a Compose service, with a real Compose. What is there is asked of the Engine and the servers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Finished, ROOT, run } from '../support/cli.ts';
import { type ComposeProject, openComposeProject, pathsOf } from '../support/compose-project.ts';
import { requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

const APP = `  app:
    image: stackctl-test/redis:8
    init: true
    entrypoint: [sleep, infinity]
    depends_on: [redis]
`;

const COMPOSE_FILE = `name: $NAME
services:
  redis:
    provider:
      type: stackctl
      options:
        stack: redis-sentinel
        values: stack-values.yaml
        set: [$VALUES, failoverTimeoutMs=10000, downAfterMs=2000]
${APP}`;

const FILES = { 'compose.yaml': COMPOSE_FILE, 'stack-values.yaml': 'redisPassword: n0t-shown\n' };

let program: string;

beforeAll(async () => {
  const { code, out, err } = await run('bash', [join(ROOT, 'test/compose-release.sh')]);
  if (code !== 0) throw new Error(err);
  program = out.trim();
}, 600_000);

function compose({ folder, env }: ComposeProject, ...args: readonly string[]): Promise<Finished> {
  return run(program, args, { cwd: folder, env });
}

async function well(running: Promise<Finished>): Promise<Finished> {
  const finished = await running;
  if (finished.code !== 0) throw new Error(`exit ${finished.code}: ${finished.out}${finished.err}`);
  return finished;
}

/** Runs a shell in the container of the application, which has what Compose has given it and nothing else. */
async function inApp({ name }: ComposeProject, script: string): Promise<string> {
  return (await well(run('docker', ['exec', `${name}-app-1`, 'sh', '-ec', script]))).out.trim();
}

const FIND_MASTER = `
first=\${REDIS_SENTINELS%%,*}
master=$(redis-cli -h "\${first%:*}" -p "\${first#*:}" --raw sentinel get-master-addr-by-name "$REDIS_MASTER_NAME" | tr '\\n' ' ')
export REDISCLI_AUTH="$REDIS_PASSWORD"
set -- $master
ask() { redis-cli -h "$host" -p "$port" "$@"; }
host=$1 port=$2
`;

/** Writes to the master that the Sentinels name. @returns its address. */
async function writeAsApp(project: ComposeProject, value: string): Promise<string> {
  const answer = await inApp(
    project,
    `${FIND_MASTER} ask set key ${value} >/dev/null; ask role | head -1; echo "$host:$port"`,
  );
  const [role, address = ''] = answer.split('\n');
  expect(role).toBe('master');
  return address;
}

function readAsApp(project: ComposeProject): Promise<string> {
  return inApp(project, `${FIND_MASTER} ask get key`);
}

test('an application finds the master by its variables, before and after a failover, and down leaves only the data', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openComposeProject(FILES);
  const { out, err } = await well(compose(project, 'up', '-d'));
  expect(out + err).not.toContain('n0t-shown');

  const names = await inApp(project, 'env | grep ^REDIS | cut -d= -f1 | sort');
  expect(names.split('\n')).toEqual(['REDIS_MASTER_NAME', 'REDIS_PASSWORD', 'REDIS_SENTINELS']);
  const before = await writeAsApp(project, 'one');
  expect(await readAsApp(project)).toBe('one');

  const there = await project.objects();
  await well(compose(project, 'up', '-d'));
  expect(await project.objects()).toEqual(there);

  const status = await project.stackctl('failover', '--project', `${project.name}-redis`, '--json');
  expect(JSON.parse(status.out)).toMatchObject({ status: 'ok', data: { from: 'redis-1' } });
  const after = await writeAsApp(project, 'two');
  expect(after).not.toBe(before);
  await well(compose(project, 'up', '-d'));
  expect(await project.objects()).toEqual(there);
  expect(await writeAsApp(project, 'three')).toBe(after);

  // A master that dies is replaced by the Sentinels alone.
  const [host = ''] = after.split(':');
  await killMaster(project, host);
  const replaced = await waitFor('another master', async () => {
    // Who connects to a server that is gone waits long.
    const now = await inApp(project, `${FIND_MASTER} echo "$host:$port"`);
    return now !== after && now;
  });
  expect(await writeAsApp(project, 'four')).toBe(replaced);

  for (const round of [1, 2]) {
    await well(compose(project, 'down'));
    expect(await project.objects('container', 'network'), `round ${round}`).toEqual([]);
  }
  expect((await project.objects('volume')).length).toBe(6);
  await well(compose(project, 'up', '-d'));
  expect(await readAsApp(project)).toBe('four');
});

test('the first example of docs/provider.md works as it stands', async (context) => {
  requireRuntime(context, 'docker');
  const page = await readFile(join(ROOT, 'docs/provider.md'), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const image = 'stackctl-test/redis:8';
  await using project = await openComposeProject({
    'compose.yaml': `name: $NAME\n${example.replace('redis:7-alpine', image)}`,
    '.env': `STACKCTL_VALUE_REDIS_IMAGE=${image}\nSTACKCTL_VALUE_SENTINEL_IMAGE=${image}\n`,
  });
  await well(compose(project, 'up', '-d'));
  const said = await waitFor('the answer of a Sentinel', async () => {
    const { out } = await run('docker', ['logs', `${project.name}-app-1`]);
    return /^([\d.]+)\n6379\n/.exec(out)?.[1];
  });
  expect(`${said}:6379`).toBe(await writeAsApp(project, 'one'));
  const shown = /```text\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const names = (text: string) => [...text.matchAll(/^(REDIS_\w+)=/gm)].map(([, name]) => name).sort();
  expect(names(await inApp(project, 'env'))).toEqual(names(shown));
});

async function killMaster({ name }: ComposeProject, address: string): Promise<void> {
  const { out } = await run('docker', ['ps', '-q', '--filter', `network=${name}_default`]);
  for (const id of out.trim().split('\n')) {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const found = await run('docker', ['inspect', id, '-f', format]);
    if (found.out.trim() === address) await well(run('docker', ['kill', id]));
  }
}

test('an up that is killed in the middle is completed by the next one', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openComposeProject(FILES);
  // With its provider, and alone: then Compose ends the provider, and what that has started goes on for a moment.
  for (const [containers, signal] of [
    [1, 'SIGKILL'],
    [4, 'SIGINT'],
  ] as const) {
    const child = spawn(program, ['up', '-d'], {
      cwd: project.folder,
      env: project.env,
      detached: true,
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await waitFor(`${containers} containers`, async () => (await project.objects('container')).length >= containers);
    const { pid = 0 } = child;
    process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
    await ended;
  }
  await well(compose(project, 'up', '-d'));
  await writeAsApp(project, 'one');
  expect(await readAsApp(project)).toBe('one');
  await well(compose(project, 'down'));
  expect(await project.objects('container', 'network')).toEqual([]);
});

test('down ends what was started from another folder, and with data: remove leaves nothing', async (context) => {
  requireRuntime(context, 'docker');
  const removed = COMPOSE_FILE.replace('stack: redis-sentinel', 'stack: redis-sentinel\n        data: remove');
  await using project = await openComposeProject({ ...FILES, 'compose.yaml': removed });
  await well(compose(project, 'up', '-d'));
  await well(run(program, ['-f', join(project.folder, 'compose.yaml'), 'down'], { cwd: '/', env: project.env }));
  expect(await project.objects()).toEqual([]);
  await expect(readFile(pathsOf(project, 'redis').record)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('what compose.yaml does not say any more does not count any more', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openComposeProject(FILES);
  await well(compose(project, 'up', '-d'));
  const file = join(project.folder, 'compose.yaml');
  const text = await readFile(file, 'utf8');
  const servers = async () => (await project.objects('container')).length;
  expect(await servers()).toBe(7);
  const downAfter = () =>
    inApp(
      project,
      `first=\${REDIS_SENTINELS%%,*}; redis-cli -h "\${first%:*}" -p "\${first#*:}" --raw sentinel master "$REDIS_MASTER_NAME" | grep -A1 ^down-after | tail -1`,
    );
  expect(await downAfter()).toBe('2000');
  await writeFile(file, text.replace(', downAfterMs=2000', ''));
  await well(compose(project, 'up', '-d'));
  expect(await downAfter()).toBe('5000');
});

test('two stacks of one project on one network keep to their own', async (context) => {
  requireRuntime(context, 'docker');
  const images = 'redisImage=stackctl-test/redis:8, sentinelImage=stackctl-test/redis:8';
  const service = (name: string) =>
    `  ${name}:\n    provider: {type: stackctl, options: {stack: redis-sentinel, set: [${images}]}}\n`;
  const app = APP.replace('[redis]', '[redis, queue]');
  await using project = await openComposeProject({
    'compose.yaml': `name: $NAME\nservices:\n${service('redis')}${service('queue')}${app}`,
  });
  await well(compose(project, 'up', '-d'));
  const first = await writeAsApp(project, 'first');
  const second = await inApp(
    project,
    `REDIS_SENTINELS=$QUEUE_SENTINELS; ${FIND_MASTER} ask set key second >/dev/null; echo "$host:$port"`,
  );
  expect(second).not.toBe(first);
  expect(await readAsApp(project)).toBe('first');
  await well(compose(project, 'down'));
  expect(await project.objects('container', 'network')).toEqual([]);
});

test('without a network of the project the stack has its own, and moves with its data when there is one', async (context) => {
  requireRuntime(context, 'docker');
  const onHost = COMPOSE_FILE.replace('    init: true\n', '    init: true\n    network_mode: host\n');
  await using project = await openComposeProject({ ...FILES, 'compose.yaml': onHost });
  await well(compose(project, 'up', '-d'));
  await writeAsApp(project, 'kept');
  const file = join(project.folder, 'compose.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('    network_mode: host\n', ''));
  await well(compose(project, 'up', '-d'));
  expect(await readAsApp(project)).toBe('kept');
  await well(compose(project, 'down'));
  expect(await project.objects('container', 'network')).toEqual([]);
});

test('what Compose shows of an error is what to do next', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openComposeProject(FILES);
  const file = join(project.folder, 'compose.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('stack: redis-sentinel', 'stack: redis-sentinal'));
  const wrong = await compose(project, 'up', '-d');
  expect(wrong.code).not.toBe(0);
  expect(wrong.err).toContain('did you mean "redis-sentinel"?');

  await writeFile(file, text.replace('stack: redis-sentinel', ''));
  expect((await compose(project, 'up', '-d')).err).toContain('required parameter "stack" is missing');
  await rm(join(project.folder, 'stack-values.yaml'));
  await writeFile(file, text);
  expect((await compose(project, 'up', '-d')).err).toContain('stack-values.yaml');
  await well(compose(project, 'down'));
  expect(await project.objects()).toEqual([]);
});
