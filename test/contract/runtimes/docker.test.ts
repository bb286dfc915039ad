/** What only the docker runtime has: Compose, networks, strangers on them. Needs an Engine and test/images. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { projectPaths } from '../../../src/project/paths.ts';
import { composeText } from '../../../src/render/compose.ts';
import { findEngine } from '../../../src/runtimes/docker/engine/find-engine.ts';
import { availability, open } from '../../../src/runtimes/docker/index.ts';
import { instancesOf, type Stack } from '../../../src/stack/contract/model.ts';
import type { ObservedInstance, Runtime } from '../../../src/stack/contract/runtime.ts';
import { CLIENTS } from '../../../src/stack/contract/runtime-facts.ts';
import { writeRenderedHashes } from '../../../src/stack/derived/rendered-hashes.ts';
import { fakeStack } from '../../runtimes/docker/fake-stack.ts';
import { ROOT } from '../../support/cli.ts';
import { processesIn } from '../../support/leftovers.ts';
import { waitFor } from '../../support/wait-for.ts';

const needs = { images: ['stackctl-test/redis:8'], binaries: [] };
const { available, reason } = await availability(needs, process.env, { pull: false });
const required = (process.env.STACKCTL_REQUIRE ?? '').split(',').includes('docker');
if (!available) console.log(`skipped: the docker runtime's own tests, because ${reason}`);

describe.skipIf(!available && !required)('docker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stackctl-docker-'));
  const id = `docker-test-${process.pid}`;
  const paths = projectPaths(folder, 'fake');
  const both = ['redis-1', 'redis-2'];
  const { signal } = new AbortController();
  let stack = fakeStack({ id, folder, prefix: '172.29.81', firstPort: 17479 });
  let runtime: Runtime;

  beforeAll(async () => {
    runtime = await open({ projectId: id, paths, env: process.env });
    await start(stack);
  });

  afterAll(async () => {
    docker('rm', '-fv', `${id}-app`);
    await runtime.down({ volumes: true });
    await runtime.close();
    rmSync(folder, { recursive: true });
    for (const kind of ['container', 'network', 'volume']) {
      const all = kind === 'container' ? ['--all'] : [];
      expect(docker(kind, 'ls', '--quiet', ...all, '--filter', `label=dev.stackctl.project=${id}`)).toBe('');
    }
  });

  async function start(wanted: Stack, hash = 'h1'): Promise<void> {
    const names = instancesOf(wanted).map(({ name }) => name);
    for (const name of names) mkdirSync(join(paths.rendered, name), { recursive: true });
    const hashes = new Map(names.map((name) => [name, hash]));
    writeFileSync(join(paths.rendered, 'compose.yaml'), composeText(wanted, hashes).text());
    await writeRenderedHashes(paths, hashes);
    await runtime.start(wanted, names, { signal });
  }

  async function one(name: string): Promise<ObservedInstance | undefined> {
    return (await runtime.observe()).find((instance) => instance.name === name);
  }

  /** From inside redis-2: the name of redis-1 leads to a server, and to its own address. */
  function reachesByName(): void {
    expect(docker('exec', `${id}-redis-2-1`, 'redis-cli', '-h', 'redis-1', 'ping')).toBe('PONG');
    expect(
      docker('inspect', `${id}-redis-1-1`, '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'),
    ).toBe(stack.services[0]?.instances[0]?.peer.host);
  }

  it('renders a file that Compose accepts, and means the same project without stackctl', () => {
    const file = join(paths.rendered, 'compose.yaml');
    docker('compose', '-f', file, 'config', '--quiet');
    expect(docker('compose', '-f', file, 'ps', '--services').split('\n').sort()).toEqual(both);
    expect(docker('exec', `${id}-redis-1-1`, 'printenv', 'GREETING')).toBe('costs $5');
  });

  it('answers the same to stackctl itself and to dockerode', async () => {
    const { reader, docker: dockerode, close } = await findEngine(process.env);
    const client = await dockerode();
    const filters = { label: [`dev.stackctl.project=${id}`] };
    const [listed, other] = [await reader.listContainers(filters), await client.listContainers({ all: true, filters })];
    const steady = ({ Id, Names, Labels, Ports }: (typeof listed)[number]) => ({ Id, Names, Labels, Ports });
    expect(listed.map(steady)).toEqual(other.map(steady));
    const [{ Id } = { Id: '' }] = listed;
    expect((await reader.inspectContainer(Id)).State.Pid).toBe((await client.getContainer(Id).inspect()).State.Pid);
    expect(await reader.listNetworks(filters)).toEqual(await client.listNetworks({ filters }));
    const names = (volumes: readonly { readonly Name: string }[]) => volumes.map(({ Name }) => Name).sort();
    expect(names(await reader.listVolumes(filters))).toEqual(names((await client.listVolumes({ filters })).Volumes));
    const [image = ''] = needs.images;
    expect((await reader.inspectImage(image)).Id).toBe((await client.getImage(image).inspect()).Id);
    expect(await reader.listImages(filters)).toEqual(await client.listImages({ filters }));
    const { Version, ApiVersion } = await client.version();
    expect(await reader.identify(signal)).toMatchObject({ version: Version.split('+')[0], apiVersion: ApiVersion });
    const refused = (work: Promise<unknown>) => work.catch(({ statusCode }) => statusCode);
    expect(await refused(reader.inspectContainer('none'))).toBe(await refused(client.getContainer('none').inspect()));
    close();
  });

  it('comes back from a partition with the same address and name', async () => {
    await runtime.inject('redis-1', 'partition');
    expect(() => reachesByName()).toThrow();
    await runtime.heal('redis-1', 'partition');
    reachesByName();
  });

  /** Whether something at redis-2 reaches redis-1 within two seconds, and whether this machine does. */
  const reach = (): readonly [boolean, boolean] => {
    const port = String(stack.services[0]?.instances[0]?.client.port);
    const answers = (...argv: readonly string[]): boolean => {
      try {
        return execFileSync('timeout', ['2', ...argv], { encoding: 'utf8', stdio: 'pipe' }).trim() === 'PONG';
      } catch {
        return false;
      }
    };
    return [
      answers('docker', 'exec', `${id}-redis-2-1`, 'timeout', '1', 'redis-cli', '-h', 'redis-1', 'ping'),
      answers('redis-cli', '-p', port, 'ping'),
    ];
  };

  const rulesLeft = async (): Promise<string> => {
    const pid = String((await one('redis-1'))?.pid);
    return execFileSync('nsenter', ['--net', '--target', pid, '--', 'iptables', '-S'], { encoding: 'utf8' });
  };

  it.skipIf(process.getuid?.() !== 0)(
    'drops packets between some, shows that the kernel did, and lets them pass',
    async () => {
      expect([...runtime.faults]).toEqual(expect.arrayContaining(['cut', 'loss']));
      expect(await runtime.confirmFaults?.()).toMatchObject({ faults: runtime.faults });
      docker('exec', '--detach', `${id}-redis-2-1`, 'redis-cli', '-h', 'redis-1', '-r', '400', '-i', '0.05', 'ping');
      const before = await rulesLeft();
      const from = performance.now();
      const cut = await runtime.inject('redis-1', 'cut', { from: ['redis-2'] });
      expect(cut.source).toContain('packets that it has dropped');
      expect(cut.notYetAt).toBeGreaterThan(from);
      expect(cut.seenAt).toBeGreaterThan(cut.notYetAt);
      expect(reach()).toEqual([false, true]);
      await runtime.heal('redis-1', 'cut');
      expect(reach()).toEqual([true, true]);
      // Clients of this machine ask while their packets are dropped.
      const asking = spawn('redis-cli', [
        '-p',
        String(stack.services[0]?.instances[0]?.client.port),
        '-r',
        '400',
        '-i',
        '0.05',
        'ping',
      ]);
      await once(asking.stdout, 'data');
      await runtime.inject('redis-1', 'cut', { from: [CLIENTS], to: [CLIENTS] });
      expect(reach()).toEqual([true, false]);
      // A second one takes the place of the first.
      await runtime.inject('redis-1', 'loss', { share: 0.9 });
      await runtime.heal('redis-1', 'loss');
      await runtime.heal('redis-1', 'loss');
      expect(reach()).toEqual([true, true]);
      expect(await rulesLeft()).toBe(before);
      asking.kill('SIGKILL');
      await once(asking, 'close');
    },
  );

  /** What PING takes from redis-2 to redis-1 on a connection that is there, in milliseconds; the least of a few. */
  const answerMs = (): number => {
    const argv = [
      'exec',
      `${id}-redis-2-1`,
      'redis-cli',
      '-h',
      'redis-1',
      '-r',
      '4',
      '-i',
      '0.01',
      '--latency',
      '--raw',
    ];
    const out = execFileSync('timeout', ['2', 'docker', ...argv], { encoding: 'utf8', stdio: 'pipe' });
    return Number(out.trim().split(/\s+/)[0]);
  };

  it.skipIf(process.getuid?.() !== 0)(
    'lets some hear each other late, also who was connected before, and nobody else; a program of it is left to nobody',
    async () => {
      const container = docker('inspect', '--format', '{{.Id}}', `${id}-redis-1-1`).trim();
      const programs = () => processesIn(ROOT.replace(/\/$/, '')).filter(({ command }) => command.includes(container));
      const before = await rulesLeft();
      // Somebody connects again and again.
      const asking = 'for i in $(seq 400); do redis-cli -h redis-1 ping; sleep 0.05; done';
      docker('exec', '--detach', `${id}-redis-2-1`, 'sh', '-c', asking);
      const fast = answerMs();
      const slow = { from: ['redis-1', 'redis-2'], ports: [6379], delayMs: 100, jitterMs: 20 };
      const effect = await runtime.inject('redis-1', 'slow', slow);
      expect(effect.source).toMatch(/(connections that it has redirected|packets that it has held back)$/);
      const needed = effect.source.includes('held back') ? 0 : 1;
      expect(effect.seenAt).toBeGreaterThan(effect.notYetAt);
      expect(programs()).toHaveLength(needed);
      // To connect and to answer, or each way of an answer: twice 80 ms at least.
      expect(answerMs()).toBeGreaterThan(fast + 150);
      expect(reach()).toEqual([true, true]);
      // A second time takes the place of the first.
      await runtime.inject('redis-1', 'slow', { ...slow, delayMs: 50, jitterMs: 0 });
      expect(programs()).toHaveLength(needed);
      await runtime.heal('redis-1', 'slow');
      await runtime.heal('redis-1', 'slow');
      expect(programs()).toEqual([]);
      expect(await rulesLeft()).toBe(before);
      expect(answerMs()).toBeLessThan(100);
    },
  );

  it('refuses to slow down somebody who is not there, and leaves nothing', async (context) => {
    if (!runtime.faults.has('slow')) return context.skip(String(runtime.lacks?.slow));
    const slow = { from: ['redis-9'], ports: [6379], delayMs: 100 };
    await expect(runtime.inject('redis-1', 'slow', slow)).rejects.toMatchObject({ code: 'E_FAULT_FAILED' });
    expect(await rulesLeft()).not.toContain('STACKCTL');
  });

  it('refuses to cut from somebody who is not there, and leaves no rule', async (context) => {
    if (!runtime.faults.has('cut')) return context.skip(String(runtime.lacks?.cut));
    await expect(runtime.inject('redis-1', 'cut', { from: ['redis-9'] })).rejects.toMatchObject({
      code: 'E_FAULT_FAILED',
      message: expect.stringContaining('redis-9 has no address'),
    });
    expect(await rulesLeft()).not.toContain('STACKCTL');
  });

  it('is healed by start from several faults at once', async () => {
    await runtime.inject('redis-1', 'partition');
    await runtime.inject('redis-1', 'kill');
    await runtime.inject('redis-2', 'pause');
    await start(stack);
    await waitFor('a server that answers', () => {
      reachesByName();
      return true;
    });
  });

  it('is restarted by the Engine after a crash, with the exit on record', async (context) => {
    const before = await one('redis-1');
    if (before?.pid === undefined || process.getuid?.() !== 0) return context.skip();
    process.kill(before.pid, 'SIGKILL');
    const after = await waitFor('a restart', async () => {
      const now = await one('redis-1');
      return now?.state === 'running' && now.restarts > 0 && now;
    });
    expect(after.lastExit).toMatchObject({ code: 137, signal: 'SIGKILL' });
  });

  it('gets another subnet, with its data', async () => {
    docker('exec', `${id}-redis-1-1`, 'sh', '-c', 'echo kept >/data/state');
    stack = fakeStack({ id, folder, prefix: '172.29.82', firstPort: 17479 });
    await start(stack, 'h2');
    reachesByName();
    expect(await runtime.readState('redis-1', 'state')).toBe('kept\n');
  });

  it('says why an instance cannot be started', async () => {
    const stranger = createServer().listen(17489, '127.0.0.1');
    await once(stranger, 'listening');
    const taken = fakeStack({ id, folder, prefix: '172.29.82', firstPort: 17489 });
    await expect(start(taken, 'h3')).rejects.toMatchObject({
      code: 'E_PORT_IN_USE',
      message: `port 17489 (redis-1) is held by ${process.execPath} (pid ${process.pid})`,
      hint: expect.stringContaining('--ports auto'),
    });
    stranger.close();
    await start(stack, 'h2');
  });

  it('keeps a network for a stranger, also a stopped one, names both, and works without the rendered file', async () => {
    docker(
      'run',
      '--detach',
      '--name',
      `${id}-app`,
      '--network',
      `${id}-network`,
      'stackctl-test/redis:8',
      'sleep',
      '60',
    );
    docker('stop', '--time', '0', `${id}-app`);
    await runtime.inject('redis-2', 'pause');
    rmSync(join(paths.rendered, 'compose.yaml'));
    const warnings = await runtime.down({ volumes: false });
    expect(warnings).toEqual([expect.stringContaining(`${id}-app (exited)`)]);
    expect(warnings[0]).toContain(`${id}-network`);
    expect(await runtime.observe()).toEqual([]);
    expect(docker('network', 'ls', '--quiet', '--filter', `name=${id}-network`)).not.toBe('');
    docker('start', `${id}-app`);
  });

  it('reads state when only the volume is left, and leaves no container', async () => {
    expect(await runtime.readState('redis-1', 'state')).toBe('kept\n');
    expect(await runtime.readState('redis-1', 'nothing')).toBeUndefined();
    expect(await runtime.readState('redis-9', 'state')).toBeUndefined();
    expect(docker('ps', '--all', '--quiet', '--filter', `label=dev.stackctl.project=${id}`)).toBe('');
  });

  it('starts on the network that was kept', async () => {
    await start(stack, 'h2');
    const ping = () => docker('exec', `${id}-app`, 'redis-cli', '-h', 'redis-1', 'ping');
    // It is started, which does not mean that it listens.
    await vi.waitFor(() => expect(ping()).toBe('PONG'), { timeout: 10_000, interval: 100 });
  });

  it('calls the only instance as its service, and an instance whose Compose service is renamed keeps its data', async () => {
    const only = fakeStack({ id, folder, prefix: '172.29.82', firstPort: 17479, instances: 1 });
    await start(only, 'h3');
    expect(containers()).toEqual([`${id}-redis-1`]);
    expect(docker('exec', `${id}-app`, 'redis-cli', '-h', 'redis', 'ping')).toBe('PONG');
    const ping = () => docker('exec', `${id}-app`, 'redis-cli', '-h', 'redis-1', 'ping');
    // It is started, which does not mean that it listens.
    await vi.waitFor(() => expect(ping()).toBe('PONG'), { timeout: 10_000, interval: 100 });
    expect(await runtime.readState('redis-1', 'state')).toBe('kept\n');
    await start(stack, 'h2');
    expect(containers()).toEqual([`${id}-redis-1-1`, `${id}-redis-2-1`]);
    expect(await runtime.readState('redis-1', 'state')).toBe('kept\n');
  });

  it('has replicas of one Compose service, each by itself: a stop, a removal, a partition', async () => {
    const three = fakeStack({ id, folder, prefix: '172.29.82', firstPort: 17479, instances: 3, replicas: true });
    await start(three, 'h4');
    expect(containers()).toEqual([1, 2, 3].map((number) => `${id}-redis-${number}`));
    const hostPorts = (await runtime.observe()).map(({ reached }) => reached?.ports[6379]);
    for (const port of hostPorts) expect(Number(port) - 17479).toBeOneOf([...Array(14).keys()]);
    expect(new Set(hostPorts).size).toBe(3);

    await runtime.stop(['redis-2'], { signal });
    expect(await states()).toEqual(['redis-1 running', 'redis-2 stopped', 'redis-3 running']);
    docker('rm', '--force', `${id}-redis-1`);
    expect(await states()).toEqual(['redis-1 stopped', 'redis-2 running']);
    await start(three, 'h4');
    expect(await states()).toEqual(['redis-1 running', 'redis-2 running', 'redis-3 running']);
    await runtime.remove(['redis-1'], { signal });
    expect(containers()).toEqual([`${id}-redis-3`, `${id}-redis-4`]);

    // A start touches nobody else: not one that was stopped, not one that is paused, none that runs beside them.
    const [left] = await runtime.observe();
    docker('compose', '-f', join(paths.rendered, 'compose.yaml'), 'up', '-d', '--no-recreate', '--scale', 'redis=4');
    await runtime.inject('redis-2', 'pause');
    await runtime.stop(['redis-1'], { signal });
    const before = await ids();
    expect(await states()).toEqual(['redis-1 stopped', 'redis-2 paused', 'redis-3 running', 'redis-4 running']);
    await runtime.stop(['redis-3'], { signal });
    await runtime.start(three, ['redis-3'], { signal });
    expect(await ids()).toEqual(before);
    expect(before).toContain(left?.containerId);
    expect(await states()).toEqual(['redis-1 stopped', 'redis-2 paused', 'redis-3 running', 'redis-4 running']);
    await runtime.heal('redis-2', 'pause');

    await runtime.inject('redis-2', 'partition');
    expect(await one('redis-2')).toMatchObject({ partitioned: true, reached: { host: undefined } });
    await runtime.heal('redis-2', 'partition');
    const { reached } = (await one('redis-2')) ?? {};
    const found = docker('exec', `${id}-app`, 'getent', 'ahostsv4', 'redis');
    expect(found).toContain(reached?.host ?? 'nowhere');
    await start(stack, 'h2');
  });

  it('removes nothing for an instance that the rendered file does not have', async () => {
    const before = await ids();
    const renamed = fakeStack({ id, folder, prefix: '172.29.82', firstPort: 17479, instances: 3 });
    const asked = runtime.start(renamed, ['redis-3'], { signal });
    await expect(asked).rejects.toMatchObject({ code: 'E_START_FAILED', message: expect.stringContaining('redis-3') });
    expect(await ids()).toEqual(before);
  });

  async function ids(): Promise<readonly (string | undefined)[]> {
    return (await runtime.observe()).map(({ containerId }) => containerId);
  }

  function containers(): readonly string[] {
    const ours = ['--filter', `label=dev.stackctl.project=${id}`];
    return docker('ps', '--all', '--format', '{{.Names}}', ...ours)
      .split('\n')
      .sort();
  }

  async function states(): Promise<readonly string[]> {
    return (await runtime.observe()).map(({ name, state }) => `${name} ${state}`);
  }
});

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
