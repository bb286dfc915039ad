import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { InstanceView } from '../../src/lifecycle/status.ts';
import { identityOf } from '../../src/project/identity.ts';
import { projectPaths } from '../../src/project/paths.ts';
import { ROOT } from '../support/cli.ts';
import { leftovers } from '../support/leftovers.ts';
import { ok, openTestProject, portOf, type TestProject } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';

const STACK_YAML = `stack: mine
description: One Redis
services:
  redis:
    kind: redis
    image: IMAGE
    config: {redis.conf: config/redis.conf.tmpl}
    ports: {redis: PORT}
`;

interface Way {
  readonly what: string;
  /** What the warning says of it. */
  readonly says: string;
  readonly spoil: (folder: string) => Promise<void>;
  readonly mend: (folder: string) => Promise<void>;
}

const WAYS: readonly Way[] = [
  spoiled('a line that is no YAML', 'stack.yaml', (text) => `${text}  redis: [\n`, 'stack/stack.yaml:'),
  spoiled('a kind that nobody knows', 'stack.yaml', (text) => text.replace('kind: redis', 'kind: reddis'), ':5:11'),
  {
    what: 'no folder any more',
    says: 'there is no stack.yaml in',
    spoil: (folder) => rename(join(folder, 'stack'), join(folder, 'gone')),
    mend: (folder) => rename(join(folder, 'gone'), join(folder, 'stack')),
  },
  {
    what: 'a template that is gone',
    says: 'redis.conf.tmpl',
    spoil: (folder) => rename(join(folder, 'stack/config'), join(folder, 'stack/gone')),
    mend: (folder) => rename(join(folder, 'stack/gone'), join(folder, 'stack/config')),
  },
  {
    what: 'a value that the stack does not have',
    says: 'stackctl.yaml:2:',
    spoil: (folder) => writeFile(join(folder, 'stackctl.yaml'), 'values:\n  nobody: 1\n'),
    mend: (folder) => rm(join(folder, 'stackctl.yaml')),
  },
  {
    what: 'a stackctl.yaml that is no YAML',
    says: 'stackctl.yaml:',
    spoil: (folder) => writeFile(join(folder, 'stackctl.yaml'), 'values: [1\nname: {\n'),
    mend: (folder) => rm(join(folder, 'stackctl.yaml')),
  },
];

describe.each(gateRuntimes('process'))('what cannot be read of a project that is up on %s', (runtime) => {
  test('is said, and everything that only needs the record works', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    await writeStack(project);
    const up = ok(await project.json(['up', './stack', '--runtime', runtime])).data;
    const [before] = up.instances as readonly [InstanceView];
    // What is read is the same on both.
    for (const { what, says, spoil, mend } of runtime === 'process' ? WAYS : WAYS.slice(0, 1)) {
      await spoil(project.folder);
      const status = ok(await project.json(['status']));
      expect({ what, warnings: status.warnings.join() }).toMatchObject({ warnings: expect.stringContaining(says) });
      const { name, pid, containerId, client } = before;
      expect(status.data).toMatchObject({ healthy: false, stack: 'mine', runtime });
      expect(status.data.instances).toMatchObject([
        { name, client, health: 'unknown', ...(pid === undefined ? { containerId } : { pid }) },
      ]);
      const logs = ok(await project.json(['logs', 'redis']));
      expect(logs.data.lines.length, what).toBeGreaterThan(0);
      expect({ what, ...(await project.json(['up'])) }).toMatchObject({ code: 2 });
      expect(await ask(portOf(before), 'PING'), what).toBe('PONG');
      await mend(project.folder);
    }
    await rename(join(project.folder, 'stack'), join(project.folder, 'gone'));
    expect(await project.json(['status', '--exit-code'])).toMatchObject({ code: 5 });
    ok(await project.json(['heal']));
    for (const verb of [['restart'], ['scale', 'redis=2'], ['health']]) {
      expect({ verb, ...(await project.json(verb)) }).toMatchObject({ code: 2, error: { code: 'E_STACK_NOT_FOUND' } });
    }
    ok(await project.json(['down']));
    expect(await project.json(['status'])).toMatchObject({ code: 0, data: { instances: [] } });
    ok(await project.json(['down', '--volumes', '--yes']));
    const { folder } = project;
    const { id } = identityOf('mine', folder);
    expect(await leftovers({ folder, id, runtime, paths: projectPaths(folder, 'mine') })).toEqual([]);
    ok(await project.json(['clean', '--yes']));
    expect(ok(await project.json(['ls'])).data.projects).toEqual([]);
  });
});

function spoiled(what: string, file: string, change: (text: string) => string, says: string): Way {
  const path = (folder: string): string => join(folder, 'stack', file);
  let before = '';
  return {
    what,
    says,
    spoil: async (folder) => {
      before = await readFile(path(folder), 'utf8');
      await writeFile(path(folder), change(before));
    },
    mend: (folder) => writeFile(path(folder), before),
  };
}

async function writeStack({ folder, ports }: TestProject): Promise<void> {
  const images = parse(await readFile(join(ROOT, 'test/images/values.yaml'), 'utf8'));
  const image: string = images['redisImage?'];
  const text = STACK_YAML.replace('PORT', String(ports.redis)).replace('IMAGE', image);
  await mkdir(join(folder, 'stack/config'), { recursive: true });
  await writeFile(join(folder, 'stack/stack.yaml'), text);
  await writeFile(join(folder, 'stack/config/redis.conf.tmpl'), 'maxmemory 10mb\n');
}
