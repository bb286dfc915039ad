/** A part of a Compose project's network, asked of a real Engine. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { availability, joinNetwork } from '../../../src/runtimes/docker/index.ts';
import type { Network } from '../../../src/stack/contract/model.ts';
import { overlaps } from '../../../src/stack/ports/subnet.ts';
import { run } from '../../support/cli.ts';
import { errorOf } from '../../support/stack-fixtures.ts';

interface NetworkView {
  readonly Id: string;
  readonly Internal: boolean;
  readonly Labels: Readonly<Record<string, string>>;
  readonly IPAM: { readonly Config: readonly { readonly Subnet: string; readonly IPRange?: string }[] };
}

const project = `joined-${randomBytes(3).toString('hex')}`;

const needs = { images: ['stackctl-test/debian:trixie'], binaries: [] };
const { available, reason } = await availability(needs, process.env, { pull: false });
const required = (process.env.STACKCTL_REQUIRE ?? '').split(',').includes('docker');
if (!available) console.log(`skipped: networks of Compose projects, because ${reason}`);

describe.skipIf(!available && !required)('the network of a Compose project', () => {
  afterEach(async () => {
    const label = ['--filter', `label=com.docker.compose.project=${project}`];
    for (const id of words(await docker('ps', '-aq', ...label))) await docker('rm', '-f', id);
    for (const id of words(await docker('network', 'ls', '-q', ...label))) await docker('network', 'rm', id);
  });

  it('is made again with a range for everybody, once, and all else as it was', async () => {
    const before = await make('default', '--internal', '--label', 'com.docker.compose.config-hash=abc');
    const first = await join();
    const after = await inspect('default');
    expect(after.Id).not.toBe(before.Id);
    expect(after).toMatchObject({ Internal: true, Labels: before.Labels });
    expect(after.IPAM.Config[0]?.Subnet).toBe(before.IPAM.Config[0]?.Subnet);
    expect(first).toEqual({ name: `${project}_default`, subnet: expect.stringMatching(/\.0\/24$/), external: true });
    expect(overlaps(first.subnet, after.IPAM.Config[0]?.IPRange ?? '0.0.0.0/0')).toBe(false);

    const second = await join({ others: [first] });
    expect(second.subnet).not.toBe(first.subnet);
    expect(await join({ kept: second, others: [first] })).toEqual(second);
    expect((await inspect('default')).Id).toBe(after.Id);
  });

  it('gives strangers no address of a project', async () => {
    await make('default');
    const { subnet } = await join();
    await docker('run', '-d', ...labels('default'), '--network', `${project}_default`, ...SLEEPER);
    const [id = ''] = words(await docker('ps', '-q', '--filter', `network=${project}_default`));
    const address = await docker('inspect', id, '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}');
    expect(address).toMatch(/^\d/);
    expect(overlaps(address, subnet)).toBe(false);
  });

  it('that somebody uses without such a range is left alone, with what to do', async () => {
    const before = await make('default');
    await docker(
      'run',
      '-d',
      '--name',
      `${project}-app`,
      ...labels('default'),
      '--network',
      `${project}_default`,
      ...SLEEPER,
    );
    expect(await errorOf(join())).toMatchObject({
      code: 'E_START_FAILED',
      message: expect.stringContaining(`in use: ${project}-app (running)`),
      hint: expect.stringContaining(`docker compose -p ${project} down`),
    });
    expect((await inspect('default')).Id).toBe(before.Id);
  });

  it('with a range of its own stays as it is', async () => {
    const before = await make('default', '--subnet', '10.213.0.0/20', '--ip-range', '10.213.0.0/22');
    expect(await join()).toMatchObject({ subnet: '10.213.4.0/24' });
    expect((await inspect('default')).Id).toBe(before.Id);
  });

  it('is the one that is named, else the default one, else the only one, and none where there is none', async () => {
    expect(
      await joinNetwork(process.env, { project, network: undefined, kept: undefined, others: [] }),
    ).toBeUndefined();
    expect(await errorOf(join({ network: 'back' }))).toMatchObject({
      message: expect.stringContaining('it has none now'),
    });
    await make('back');
    expect((await join()).name).toBe(`${project}_back`);
    await make('front');
    expect(await errorOf(join())).toMatchObject({ message: expect.stringContaining('(it has: back, front)') });
    expect((await join({ network: 'front' })).name).toBe(`${project}_front`);
  });

  it('that is too small says how to make it larger', async () => {
    await make('default', '--subnet', '10.213.0.0/26');
    expect(await errorOf(join())).toMatchObject({
      code: 'E_START_FAILED',
      message: expect.stringContaining('smaller than a /24'),
      hint: expect.stringContaining('networks: {default: {ipam:'),
    });
  });
});

const SLEEPER = ['--entrypoint', 'sleep', 'stackctl-test/debian:trixie', 'infinity'];

async function join(more: { network?: string; kept?: Network; others?: readonly Network[] } = {}): Promise<Network> {
  const joined = await joinNetwork(process.env, { project, network: undefined, kept: undefined, others: [], ...more });
  if (joined === undefined) throw new Error('there is no network');
  return joined;
}

function labels(key: string): readonly string[] {
  return [`com.docker.compose.project=${project}`, `com.docker.compose.network=${key}`].flatMap((one) => [
    '--label',
    one,
  ]);
}

async function make(key: string, ...options: readonly string[]): Promise<NetworkView> {
  await docker('network', 'create', ...labels(key), ...options, `${project}_${key}`);
  return inspect(key);
}

async function inspect(key: string): Promise<NetworkView> {
  return (JSON.parse(await docker('network', 'inspect', `${project}_${key}`)) as readonly [NetworkView])[0];
}

async function docker(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run('docker', args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${err}`);
  return out.trim();
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
