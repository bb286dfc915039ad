import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import type { StatusView } from '../../src/lifecycle/status.ts';
import { ROOT, run } from '../support/cli.ts';
import { type AppOptions, appClient, ioredisOptions, subscribe } from '../support/client-side.ts';
import { FAST, openTestProject, type TestProject, withRole } from '../support/project.ts';
import { gateRounds, requireRuntime } from '../support/require.ts';
import { expectFailover } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

const CHANNEL = 'room:{1}:channel';

// Docker has more in the way of a client.
test.for(gateRounds([], ['process']))(
  '%s: clients with the options of env, and in the form of the guide, follow a failover',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: FAST });
    await project.up();
    const options = await ioredisOptions(project);
    expect(Object.keys(options.natMap ?? {})).toHaveLength(0);
    // The guide: Sentinels on localhost and the name are enough.
    const sentinels = [0, 1, 2].map((index) => ({ host: 'localhost', port: project.ports.sentinel + index }));
    await using fromEnv = await openClient('env', options);
    await using ofGuide = await openClient('guide', { sentinels, name: 'kasagi-master' });
    await expectFailover(project);
    for (const client of [fromEnv, ofGuide]) await client.expectAfter();
  },
);

test('docker: a client on this machine, and an application of another Compose file that joins the network by name, follow a failover', async (context) => {
  requireRuntime(context, 'docker');
  await using project = await openTestProject({ runtime: 'docker', values: { ...FAST, network: 'kasagi-network' } });
  const view = await project.up();
  const options = await ioredisOptions(project);
  expect(Object.keys(options.natMap ?? {})).toHaveLength(6);
  await using client = await openClient('env', options);
  const app = await startApplication(project, view);
  try {
    const writesBefore = await app.waitForMore('wrote', 5);
    const heardBefore = await app.waitForMore('heard', 5);
    await expectFailover(project);
    await client.expectAfter();
    // What was said before the switch is not counted: another five of each can only come from the new master.
    expect(await app.waitForMore('wrote', 5)).toBeGreaterThan(writesBefore);
    expect(await app.waitForMore('heard', 5)).toBeGreaterThan(heardBefore);
  } finally {
    await app.end();
  }
  expect(await project.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0, warnings: [] });
  expect(await project.leftovers()).toEqual([]);
});

interface Client extends AsyncDisposable {
  /** Writes, reads and hears as before, with the same two connections. */
  expectAfter(): Promise<void>;
}

/** A client that has written, and whose subscription has heard. Its keys begin with its name. */
async function openClient(name: string, options: AppOptions): Promise<Client> {
  const client = appClient(options);
  const subscription = await subscribe(options, CHANNEL);
  const [before, after] = [`${name}:before`, `${name}:after`];
  expect(await client.set(before, '1')).toBe('OK');
  await subscription.delivers(client, before);
  // An asynchronous write that only the killed master had would be lost by design.
  expect(await client.wait(2, 2000)).toBe(2);
  return {
    expectAfter: async () => {
      await waitFor('a write on the new master', () => client.set(after, '1').then(isOk, () => false));
      expect(await client.mget(before, after)).toEqual(['1', '1']);
      await subscription.delivers(client, after);
    },
    [Symbol.asyncDispose]: async () => {
      subscription.close();
      client.disconnect();
    },
  };
}

function isOk(reply: string | null): boolean {
  return reply === 'OK';
}

/**
 * The application of the guide: a Compose file of its own, the network joined by its name, the three Sentinels found
 * by theirs. It writes and publishes all the time and prints what was acknowledged and what it has heard.
 */
async function startApplication(project: TestProject, view: StatusView) {
  const folder = join(project.folder, 'app');
  await mkdir(folder);
  await bundle(join(folder, 'app.mjs'));
  await writeFile(join(folder, 'compose.yaml'), composeFile(await networkOf(view)));
  const compose = (...args: string[]) =>
    run('docker', ['compose', '-p', `app-of-${project.id}`, ...args], { cwd: folder });
  const count = async (word: string): Promise<number> => (await compose('logs')).out.split(`${word} `).length - 1;
  expect(await compose('up', '-d')).toMatchObject({ code: 0 });
  return {
    /** Waits until the application has said `word` this many times more than now. */
    waitForMore: async (word: string, more: number): Promise<number> => {
      const now = await count(word);
      return waitFor(`${more} more "${word}"`, async () => (await count(word)) >= now + more && count(word));
    },
    end: () => compose('down', '-t', '0'),
  };
}

async function networkOf(view: StatusView): Promise<string> {
  const { containerId = '' } = withRole(view, 'master');
  const { out } = await run('docker', [
    'inspect',
    '-f',
    '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}',
    containerId,
  ]);
  return out.trim();
}

function composeFile(network: string): string {
  return `services:
  kasagi-server:
    image: stackctl-test/node:20
    command: [node, /app/app.mjs]
    init: true
    volumes: [./app.mjs:/app/app.mjs:ro]
    networks: [kasagi-network]
    environment:
      - SENTINEL_HOST_1=sentinel-1
      - SENTINEL_HOST_2=sentinel-2
      - SENTINEL_HOST_3=sentinel-3
      - REDIS_MASTER_NAME=kasagi-master
networks:
  kasagi-network:
    external: true
    name: ${network}
`;
}

const APPLICATION = `
import { Redis } from 'ioredis';
const env = process.env;
const connect = () => new Redis({
  sentinels: [env.SENTINEL_HOST_1, env.SENTINEL_HOST_2, env.SENTINEL_HOST_3].map((host) => ({ host, port: 26379 })),
  name: env.REDIS_MASTER_NAME,
}).on('error', (error) => console.log('error', error.message));
const [client, subscriber] = [connect(), connect()];
subscriber.on('message', (_, text) => console.log('heard', text));
await subscriber.subscribe('${CHANNEL}');
for (let number = 0; ; number++) {
  const failed = (error) => console.log('failed', number, error.message);
  await client.set('n:' + number, number).then(() => console.log('wrote', number), failed);
  await client.publish('${CHANNEL}', String(number)).catch(failed);
  await new Promise((resolve) => setTimeout(resolve, 200));
}`;

/** One file with ioredis in it: the container has Node.js and nothing else. */
async function bundle(outfile: string): Promise<void> {
  await build({
    stdin: { contents: APPLICATION, resolveDir: ROOT },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}
