/** The Compose lines of the guides, as they are printed, in the folder of a rendered compose.yaml. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Finished, run } from '../support/cli.ts';
import { openTestProject, type TestProject } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';
import { untilHealthy } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

/** A line of a shell, and what its output has to hold. */
type Line = readonly [line: string, answer?: RegExp];

test('event-tracking: from nothing, three backends behind one port, and nothing left', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openTestProject({ stack: 'event-tracking', runtime: 'docker' });
  const { backendPort, testAppPort } = project.portValues;
  const api = `http://127.0.0.1:${backendPort}`;
  const rendered = ['render', 'event-tracking', ...project.upArgs.slice(2), '--out', 'deploy'];
  expect(await project.run(rendered)).toMatchObject({ code: 0 });
  const shell = shellIn(join(project.folder, 'deploy'), project);
  const events = async (): Promise<number> => (await jsonOf(`${api}/api/v1/debug/events?window=15`)).count;

  await shell(['docker-compose build --no-cache'], ['docker-compose up --build -d']);
  await waitFor('the backend', () => answers(`${api}/api/v1/debug/stats`));
  await waitFor('the test application', () => answers(`http://127.0.0.1:${testAppPort}/api/v1/users`));
  await waitFor('an event', async () => (await events()) > 0);
  const before = await events();
  await shell(['docker-compose restart backend']);
  await waitFor('the backend again', () => answers(`${api}/api/v1/debug/stats`));
  expect(await events()).toBe(before);
  await shell(
    ['docker-compose ps', /-redis-1 .*-test-app-1 /s],
    ['docker-compose logs backend', /Redis connection established/],
    ['docker-compose logs redis', /Ready to accept connections/],
    ['docker-compose exec -T redis redis-cli ping', /^PONG/],
    ['docker-compose exec -T backend env | grep EVENT_STORAGE', /^EVENT_STORAGE=redis$/m],
    ['docker-compose exec -T redis redis-cli ZCARD sentinel:events', new RegExp(`^${before}$`, 'm')],
    ['docker-compose up --scale backend=3 -d'],
  );
  await waitFor('a healthy Redis', async () => /\(healthy\)/.test((await shell.try('docker-compose ps redis')).out));
  const served = new Set<string | null>();
  await waitFor('requests to all three', async () => {
    const answer = await fetch(`${api}/api/v1/debug/stats`, { signal: AbortSignal.timeout(5000) }).catch(
      () => undefined,
    );
    if (answer?.ok) served.add(answer.headers.get('x-upstream'));
    return served.size === 3;
  });
  expect(await events()).toBe(before);

  // What was started by hand is taken over, with its data.
  const view = await project.up();
  expect(view.instances.map(({ name }) => name)).toEqual(['redis-1', 'backend-1', 'gateway-1', 'test-app-1']);
  expect(await events()).toBe(before);

  // What Compose itself scales is seen, costs no container that is there, and is taken back.
  const containers = async () =>
    (await untilHealthy(project)).instances.map(({ name, containerId }) => [name, containerId]);
  const kept = await containers();
  await shellIn(project.paths.rendered, project)(['docker-compose up --scale backend=3 -d']);
  expect((await untilHealthy(project)).surplus).toEqual(['backend-2', 'backend-3']);
  for (const name of ['backend-2', 'backend-3']) {
    expect(await project.json(['logs', name, '--tail', '1'])).toMatchObject({ data: { lines: [{ instance: name }] } });
    expect(await project.run(['exec', name, 'echo', name])).toMatchObject({ code: 0, out: `${name}\n` });
  }
  expect(await project.json(['restart', 'backend-1'])).toMatchObject({ code: 0 });
  expect(await containers()).toEqual(kept);
  expect((await project.up()).surplus).toEqual([]);
  await shell(['docker-compose down'], ['docker-compose down -v']);
  expect(await leftoversOfCompose(project)).toEqual([]);
});

test('analytics: looks, restarts and an end', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openTestProject({ stack: 'analytics', runtime: 'docker' });
  await project.up();
  const shell = shellIn(project.paths.rendered, project);
  const psql = 'docker-compose exec -T timescaledb psql -U analytics_user -d analytics';
  await shell(
    ['docker-compose up -d'],
    ['docker-compose ps', /-redis-1 .*-timescaledb-1 /s],
    ['docker-compose restart'],
    ['docker-compose exec -T redis redis-cli ping', /^PONG/],
  );
  await waitFor('PostgreSQL', async () => (await shell.try(`${psql} -c 'SELECT 1'`)).code === 0);
  await shell([`${psql} -c 'SELECT count(*) FROM events'`, /^ +0$/m]);
  await untilHealthy(project);
  const traffic = await project.json(['seed', 'traffic', '--count', '200']);
  expect(traffic).toMatchObject({ code: 0, data: { acked: 200, verified: true } });
  await shell.follow('docker-compose logs -f redis', /Ready to accept connections/);
  await shell.follow('docker-compose logs -f timescaledb', /ready to accept connections/);
  await shell(['docker-compose down -v']);
  expect(await leftoversOfCompose(project)).toEqual([]);
});

test('cache-api: the troubleshooting', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openTestProject({ stack: 'cache-api', runtime: 'docker' });
  await project.up();
  const shell = shellIn(project.paths.rendered, project);
  await shell(
    ['docker compose ps redis', /-redis-1 /],
    ['docker compose exec -T opalmind-api ping -c 1 redis', /1 (packets )?received/],
    ['docker compose logs redis', /Ready to accept connections/],
    ['docker compose restart opalmind-api'],
  );
  await untilHealthy(project);
  const traffic = await project.json(['seed', 'traffic', '--count', '200', '--seed', '7']);
  expect(traffic.data).toMatchObject({ asked: 200, acked: 200, verified: true });
  await shell(['docker compose down -v']);
  expect(await leftoversOfCompose(project)).toEqual([]);
  await expectImageKept(project, 'opalmind-api', 'matomo-sandbox');
});

/** The end of a project removes the images that were built for it, and keeps one that a container of others uses. */
async function expectImageKept(project: TestProject, kept: string, removed: string): Promise<void> {
  const [image, stranger] = [`stackctl/${project.id}-${kept}`, `${project.id}-stranger`];
  await run('docker', ['create', '--name', stranger, image]);
  const { code, err } = await project.run(['down', '--volumes', '--yes']);
  expect(code).toBe(0);
  expect(err).toContain(`the images that were built for it are removed: stackctl/${project.id}-${removed}\n`);
  expect(err).toMatch(new RegExp(`warning: the image ${image} is kept: .*To remove it: docker image rm ${image}\n`));
  expect(await project.leftovers()).toEqual([expect.stringMatching(/^container /), expect.stringMatching(/^image /)]);
  await run('docker', ['rm', stranger]);
  await run('docker', ['image', 'rm', image]);
}

test('email-timing: logs, a rebuild, a restart', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openTestProject({ stack: 'email-timing', runtime: 'docker' });
  await project.up();
  const shell = shellIn(project.paths.rendered, project);
  for (const service of ['connector', 'consumer', 'inference'])
    await shell.follow(`docker-compose logs -f ${service}`, /"message":"started"/);
  await shell(
    ['docker-compose ps', /-kafka-1 .*-postgres-1 /s],
    ['docker-compose up -d --build connector'],
    ['docker-compose up -d --build connector consumer inference'],
    ['docker-compose logs kafka', /started/i],
    ['docker-compose restart connector'],
  );
  await untilHealthy(project);
  const traffic = await project.json(['seed', 'traffic', '--count', '200']);
  expect(traffic).toMatchObject({ code: 0, data: { acked: 200, verified: true } });
  await shell(['docker-compose down -v']);
  expect(await leftoversOfCompose(project)).toEqual([]);
});

interface Shell {
  /** Runs the lines one after the other; all have to succeed. */
  (...lines: readonly Line[]): Promise<void>;
  try(line: string): Promise<Finished>;
  /** Runs a line that does not end until it has said what is waited for. */
  follow(line: string, answer: RegExp): Promise<void>;
}

function shellIn(cwd: string, { env }: TestProject): Shell {
  const attempt = (line: string): Promise<Finished> => run('sh', ['-c', line], { cwd, env });
  const shell = async (...lines: readonly Line[]): Promise<void> => {
    for (const [line, answer = /(?:)/] of lines) {
      const { code, out, err } = await attempt(line);
      expect(code, `${line}\n${err}`).toBe(0);
      expect(out, line).toMatch(answer);
    }
  };
  const follow = async (line: string, answer: RegExp): Promise<void> => {
    const child = spawn('sh', ['-c', `exec ${line}`], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(child, 'exit');
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    try {
      await waitFor(`${line} to say ${answer}`, () => answer.test(said));
    } finally {
      child.kill('SIGINT');
      await ended;
    }
  };
  return Object.assign(shell, { try: attempt, follow });
}

/** Compose keeps the images that it has built; `stackctl down --volumes` takes them away. */
async function leftoversOfCompose(project: TestProject): Promise<readonly string[]> {
  return (await project.leftovers()).filter((what) => !what.startsWith('image '));
}

/** With a deadline of its own: one request that gets no answer must not end the wait for the next one. */
function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(5000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function jsonOf(url: string): Promise<{ readonly count: number }> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { readonly count: number };
}
