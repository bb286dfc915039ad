/** What Docker Compose runs for a service with `provider: {type: stackctl}`, run as Compose runs it. */
import { expect, test } from 'vitest';
import { run } from '../support/cli.ts';
import { type ComposeProject, openComposeProject } from '../support/compose-project.ts';
import { requireRuntime } from '../support/require.ts';

interface Message {
  readonly type: string;
  readonly message: string;
}

/** @returns the messages and the variables of a call, which has to end well. */
async function provider(project: ComposeProject, ...args: readonly string[]) {
  const { code, out, err } = await project.stackctl('compose', `--project-name=${project.name}`, ...args);
  const messages = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Message);
  if (code !== 0) throw new Error(`exit ${code}: ${out}${err}`);
  const variables = messages.filter(({ type }) => type === 'setenv').map(({ message }) => message);
  return { types: new Set(messages.map(({ type }) => type)), variables, err };
}

async function docker(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run('docker', args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${err}`);
  return out.trim();
}

test('docker: up joins the network and says where the server is, again the same; down ends it, again nothing', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openComposeProject({ 'compose.yaml': 'services: {}\n' });
  const { name } = project;
  const network = `${name}_default`;
  const labels = [`com.docker.compose.project=${name}`, 'com.docker.compose.network=default'];
  await docker('network', 'create', ...labels.flatMap((label) => ['--label', label]), network);
  const redis = project.values.filter((value) => /^redis/.test(value)).map((value) => `--set=${value}`);
  const up = ['up', '--stack=redis', ...redis, 'cache'];

  const first = await provider(project, ...up);
  expect([...first.types].sort()).toEqual(['info', 'setenv']);
  expect(first.err).toBe('');
  const [url = ''] = first.variables.filter((variable) => variable.startsWith('URL='));
  const client = ['run', '--rm', '--network', network, '--entrypoint', 'redis-cli', 'stackctl-test/redis:8'];
  expect(await docker(...client, '-u', url.slice('URL='.length), 'ping')).toBe('PONG');

  const there = await project.objects();
  expect((await provider(project, ...up)).variables).toEqual(first.variables);
  expect(await project.objects()).toEqual(there);

  await provider(project, 'down', 'cache');
  expect(await project.objects('container')).toEqual([]);
  await docker('network', 'rm', network);
  await provider(project, 'down', 'cache');
  await provider(project, 'down', '--data=remove', 'cache');
  expect(await project.objects()).toEqual([]);
});
