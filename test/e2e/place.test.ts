import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemCode } from '../../src/errors.ts';
import { readRecord } from '../../src/project/record.ts';
import { endEverything, leftovers, processesIn } from '../support/leftovers.ts';
import { ok, openTestProject, type Place, portOf, type TestProject, withRole } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

const DOWN = ['down', '--volumes', '--yes'] as const;

describe.each(gateRuntimes('process'))('the folder of a project that is up on %s', (runtime) => {
  test('is copied: nothing reaches the original, and up makes another project of the copy', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const before = await project.up();
    const port = portOf(withRole(before, 'master'));
    await ask(port, 'SET', 'whose', 'original');
    await using copy = await elsewhere(project, 'copy');
    await copyRunning(project.folder, copy.folder);
    for (const verb of [['status'], ['down'], DOWN, ['reset', 'redis', '--yes'], ['restart'], ['clean', '--yes']]) {
      const refused = await copy.json(verb);
      expect({ verb, ...refused }).toMatchObject({ code: 2, error: { code: 'E_PROJECT_COPIED' } });
      expect(refused.error?.message).toContain(project.folder);
    }
    expect((await copy.run(['cli', 'redis', 'SET', 'whose', 'copy'])).code).toBe(2);

    const made = ok(await copy.json(['up'])).data;
    expect(made).toMatchObject({ healthy: true });
    const copied = portOf(withRole(made, 'master'));
    expect(copied).not.toBe(port);
    expect(await ask(copied, 'GET', 'whose')).toBe(null);
    await ask(copied, 'SET', 'whose', 'copy');
    const aside = (await readdir(copy.paths.root)).filter((name) => name.startsWith('copied-from-'));
    expect(aside).toEqual(runtime === 'process' ? [`copied-from-${project.id}`] : []);
    expect(
      ok(await copy.json(['ls']))
        .data.projects.map(place)
        .sort(),
    ).toEqual([
      ['up', copy.folder],
      ['up', project.folder],
    ]);

    const id = await copy.id();
    expect(id).not.toBe(project.id);
    ok(await copy.json(['clean', '--yes']));
    expect(await leftovers({ ...copy, id })).toEqual([]);
    const after = await project.status();
    expect(after.instances.map(identity)).toEqual(before.instances.map(identity));
    expect(await ask(port, 'GET', 'whose')).toBe('original');
  });

  test('is moved: it is the same project, with its servers, its data and its ports', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime });
    const before = await project.up();
    const port = portOf(withRole(before, 'master'));
    await ask(port, 'SET', 'kept', 'yes');
    await using moved = await elsewhere(project, 'moved');
    await rename(project.folder, moved.folder);

    const status = ok(await moved.json(['status']));
    expect(status.data.instances.map(identity)).toEqual(before.instances.map(identity));
    expect(status.data).toMatchObject({ healthy: true });
    expect(status.warnings.join()).toContain(`was moved here from ${project.folder}`);
    expect(ok(await moved.json(['ls'])).data.projects.map(place)).toEqual([['up', moved.folder]]);
    // Somebody begins anew where it was: another project, which ends nothing of this one.
    await mkdir(project.folder);
    await project.run(['down']);
    expect(await ask(port, 'GET', 'kept')).toBe('yes');

    if (runtime === 'process') {
      const refused = await moved.json(['up'], { STACKCTL_BIN_REDIS_SERVER: '/nowhere/redis-server' });
      expect(refused).toMatchObject({ code: 4, error: { code: 'E_BINARY_MISSING' } });
      expect(ok(await moved.json(['status'])).data.instances.map(identity)).toEqual(before.instances.map(identity));
    }
    const up = ok(await moved.json(['up']));
    expect(up.data).toMatchObject({ healthy: true });
    expect(up.data.instances.map(identity)).not.toEqual(before.instances.map(identity));
    expect(up.data.instances.map(({ client }: { client: string }) => client)).toEqual(
      before.instances.map(({ client }) => client),
    );
    expect(await ask(portOf(withRole(up.data, 'master')), 'GET', 'kept')).toBe('yes');
    expect(await moved.id()).toBe(project.id);
    const again = ok(await moved.json(['up']));
    expect(again).toMatchObject({ data: { steps: [] }, warnings: [] });
    expect(processesIn(project.folder)).toEqual([]);

    ok(await moved.json([...DOWN]));
    expect(await leftovers({ ...moved, id: project.id })).toEqual([]);
  });
});

test('moved: the first command may be any; and a copy of what was moved away is a copy', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process' });
  const before = await project.up();
  await using copy = await elsewhere(project, 'copy');
  await copyRunning(project.folder, copy.folder);
  await using moved = await elsewhere(project, 'moved');
  await rename(project.folder, moved.folder);
  expect(await copy.json([...DOWN])).toMatchObject({ code: 2, error: { code: 'E_PROJECT_COPIED' } });
  expect(ok(await moved.json(['up', '--dry-run'])).data.steps).toHaveLength(before.instances.length);
  const up = ok(await moved.json(['up'])).data;
  expect(up.instances.map(identity)).not.toEqual(before.instances.map(identity));
  expect(processesIn(project.folder)).toEqual([]);
  await using again = await elsewhere(project, 'again');
  await rename(moved.folder, again.folder);
  ok(await again.json(['down']));
  expect(await leftovers({ ...again, id: project.id }, { data: false })).toEqual([]);
});

test('a copy beside the original: the original is still the only project that is meant', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process' });
  const before = await project.up();
  const { root } = project.paths;
  await copyRunning(root, join(root, '../twin'));
  const refused = await project.json(['status', '--project', 'twin']);
  expect(refused).toMatchObject({ code: 2, error: { code: 'E_PROJECT_COPIED' } });
  expect((await project.status()).instances.map(identity)).toEqual(before.instances.map(identity));
});

/** As somebody copies a folder in which servers run: a file that one of them replaces meanwhile is copied with the next attempt. */
async function copyRunning(from: string, to: string): Promise<void> {
  await waitFor('a copy of a folder in use', async () => {
    await rm(to, { recursive: true, force: true });
    return cp(from, to, { recursive: true }).then(
      () => true,
      (error: unknown) => systemCode(error) !== 'ENOENT' && Promise.reject(error),
    );
  });
}

interface Elsewhere extends Place, AsyncDisposable {
  id(): Promise<string>;
}

/** The folder of another place, run with the same environment as the project. */
async function elsewhere(project: TestProject, name: string): Promise<Elsewhere> {
  const there = project.at(join(project.folder, '..', name));
  const id = async () => (await readRecord(there.paths))?.id ?? project.id;
  return {
    ...there,
    id,
    [Symbol.asyncDispose]: async () => {
      if (existsSync(there.folder)) await there.run([...DOWN]);
      await endEverything({ ...there, id: await id() });
    },
  };
}

function identity({ name, pid, containerId, client }: Pick<Identified, 'name' | 'pid' | 'containerId' | 'client'>) {
  return { name, pid, containerId, client };
}

type Identified = Awaited<ReturnType<TestProject['status']>>['instances'][number];

function place({ state, folder }: { readonly state: string; readonly folder: string }): readonly string[] {
  return [state, folder];
}
