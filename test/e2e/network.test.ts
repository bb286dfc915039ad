import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { StatusView } from '../../src/lifecycle/status.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { run } from '../support/cli.ts';
import { openTestProject } from '../support/project.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';

test('docker: down keeps a network that somebody else uses, names him, and up takes it again', async (context) => {
  requireRuntime(context, 'docker');
  const network = uniqueNetwork();
  await using project = await openTestProject({ runtime: 'docker', values: { network } });
  await project.up();
  await using stranger = await startStranger(network);

  const down = await project.json(['down', '--volumes', '--yes']);
  expect(down).toMatchObject({ code: 0, status: 'ok' });
  const [warning, ...others] = down.warnings;
  expect(others).toEqual([]);
  expect(warning).toContain(stranger.name);
  expect(warning).toContain(network);
  const kept = await project.leftovers();
  expect(kept).toEqual([expect.stringMatching(/^network /)]);
  expect(await stranger.isRunning()).toBe(true);

  expect(await project.up()).toMatchObject({ healthy: true });
  expect((await project.leftovers()).filter((line) => line.startsWith('network '))).toEqual(kept);
  await stranger.end();
  expect(await project.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0, warnings: [] });
  expect(await project.leftovers()).toEqual([]);
});

test.for(gateRuntimes('docker'))('%s: two projects of one stack live side by side', async (runtime, context) => {
  requireRuntime(context, runtime);
  const network = uniqueNetwork();
  await using first = await openTestProject({ runtime, values: valuesFor(runtime, network) });
  // The same registry of projects and the same wishes: the second project has to make way.
  const env = { XDG_STATE_HOME: first.env.XDG_STATE_HOME };
  const { redis, sentinel } = first.ports;
  await using second = await openTestProject({
    runtime,
    values: { ...valuesFor(runtime, network), redisPort: redis, sentinelPort: sentinel },
    env,
  });
  expect(second.id).not.toBe(first.id);
  const one = await first.up();
  const two = await second.up();

  expect([one.healthy, two.healthy]).toEqual([true, true]);
  expect(addresses(one).filter((address) => addresses(two).includes(address))).toEqual([]);
  expect(identities(one).filter((identity) => identities(two).includes(identity))).toEqual([]);
  if (runtime === 'docker') {
    expect([await networksOf(one), await networksOf(two)]).toEqual([[network], [`${network}-${second.id}`]]);
  }
  expect(await first.run(['cli', 'redis', 'SET', 'whose', 'first'])).toMatchObject({ code: 0 });
  expect(await second.run(['cli', 'redis', 'SET', 'whose', 'second'])).toMatchObject({ code: 0 });

  expect(await first.json(['down', '--volumes', '--yes'])).toMatchObject({ code: 0, warnings: [] });
  expect(await first.leftovers()).toEqual([]);
  const after = await second.status();
  expect(after).toMatchObject({ healthy: true });
  expect(identities(after)).toEqual(identities(two));
  expect(await second.run(['cli', 'redis', 'GET', 'whose'])).toMatchObject({ code: 0, out: 'second\n' });
});

/** No other project on this machine may have it. */
function uniqueNetwork(): string {
  return `e2e-${randomBytes(4).toString('hex')}`;
}

function valuesFor(runtime: RuntimeName, network: string): Readonly<Record<string, string>> {
  return runtime === 'docker' ? { network } : {};
}

function addresses(view: StatusView): readonly string[] {
  return view.instances.flatMap(({ peer, client }) => [peer, client]);
}

function identities(view: StatusView): readonly (string | number | undefined)[] {
  return view.instances.map(({ pid, containerId }) => pid ?? containerId);
}

/** Every network that an instance of the project is connected to. */
async function networksOf(view: StatusView): Promise<readonly string[]> {
  const format = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
  const ids = view.instances.map(({ containerId }) => containerId ?? '');
  const { out } = await run('docker', ['inspect', '-f', format, ...ids]);
  return [...new Set(out.split(/\s+/).filter((name) => name !== ''))];
}

/** A container that no project has started, connected to the network. */
async function startStranger(network: string) {
  const name = `stranger-on-${network}`;
  const image = 'stackctl-test/node:20';
  const argv = ['run', '-d', '--init', '--name', name, '--network', network, image, 'sleep', '600'];
  expect(await run('docker', argv)).toMatchObject({ code: 0 });
  const end = async () => {
    await run('docker', ['rm', '-f', name]);
  };
  return {
    name,
    isRunning: async () => (await run('docker', ['inspect', '-f', '{{.State.Running}}', name])).out.trim() === 'true',
    end,
    [Symbol.asyncDispose]: end,
  };
}
