/** Instances on a network that others have made. Needs an Engine and test/images. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectPaths } from '../../../src/project/paths.ts';
import { composeText } from '../../../src/render/compose.ts';
import { availability, open } from '../../../src/runtimes/docker/index.ts';
import { instancesOf, type Stack } from '../../../src/stack/contract/model.ts';
import type { Runtime } from '../../../src/stack/contract/runtime.ts';
import { writeRenderedHashes } from '../../../src/stack/derived/rendered-hashes.ts';
import { fakeStack } from '../../runtimes/docker/fake-stack.ts';
import { run } from '../../support/cli.ts';

const needs = { images: ['stackctl-test/redis:8'], binaries: [] };
const { available, reason } = await availability(needs, process.env, { pull: false });
const required = (process.env.STACKCTL_REQUIRE ?? '').split(',').includes('docker');
if (!available) console.log(`skipped: networks that others have made, because ${reason}`);

describe.skipIf(!available && !required)('a network that others have made', () => {
  const id = `external-test-${process.pid}`;
  const name = `${id}-theirs`;
  let folder: string;
  let runtime: Runtime;
  let stack: Stack;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stackctl-external-'));
    runtime = await open({ projectId: id, paths: projectPaths(folder, 'fake'), env: process.env });
    const network = { name, subnet: '172.29.83.0/24', external: true } as const;
    stack = { ...fakeStack({ id, folder, prefix: '172.29.83', firstPort: 17579 }), network };
    await docker('network', 'create', '--subnet', '172.29.82.0/23', '--ip-range', '172.29.82.0/24', name);
    await start('h1', ['redis-1', 'redis-2']);
  });

  afterAll(async () => {
    await runtime.down({ volumes: true });
    await runtime.close();
    await docker('network', 'rm', name);
    await rm(folder, { recursive: true });
  });

  async function start(hashOfFirst: string, names: readonly string[]): Promise<void> {
    const paths = projectPaths(folder, 'fake');
    const { rendered } = paths;
    for (const one of instancesOf(stack)) await mkdir(join(rendered, one.name), { recursive: true });
    const hashes = new Map(instancesOf(stack).map((one, index) => [one.name, index === 0 ? hashOfFirst : 'h1']));
    await writeFile(join(rendered, 'compose.yaml'), composeText(stack, hashes).text());
    await writeRenderedHashes(paths, hashes);
    await runtime.start(stack, names, { signal: new AbortController().signal });
  }

  async function containers(): Promise<readonly (string | undefined)[]> {
    const observed = await runtime.observe();
    return ['redis-1', 'redis-2'].map((one) => observed.find((instance) => instance.name === one)?.containerId);
  }

  it('gives each instance its own address', async () => {
    const format = '{{range .Containers}}{{.IPv4Address}} {{end}}';
    const addresses = (await docker('network', 'inspect', name, '-f', format)).trim().split(' ').sort();
    expect(addresses).toEqual(['172.29.83.11/23', '172.29.83.12/23']);
  });

  it('is no reason to touch an instance when another one is started again', async () => {
    const [first, second] = await containers();
    await start('h2', ['redis-1']);
    const [changed, same] = await containers();
    expect(changed).not.toBe(first);
    expect(same).toBe(second);
  });

  it('heals a partition with the same address, and stays after down', async () => {
    await runtime.inject('redis-2', 'partition');
    await runtime.heal('redis-2', 'partition');
    const found = (await runtime.observe()).find((instance) => instance.name === 'redis-2');
    expect(found).toMatchObject({ partitioned: false, network: name });
    expect(await runtime.down({ volumes: false })).toEqual([]);
    expect(await docker('network', 'inspect', name, '-f', '{{len .Containers}}')).toBe('0');
  });

  it('that is gone is not made by stackctl', async () => {
    const gone = { ...stack, network: { name: `${id}-gone`, subnet: '172.29.83.0/24', external: true } as const };
    await expect(runtime.start(gone, ['redis-1'], { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'E_START_FAILED',
      message: expect.stringContaining(`the network ${id}-gone, on which the stack was started, is not there`),
    });
  });
});

async function docker(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run('docker', args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${err}`);
  return out.trim();
}
