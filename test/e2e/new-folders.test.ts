import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identify } from '../../src/lib/process-identity.ts';
import type { StatusView } from '../../src/lifecycle/status.ts';
import { kindNames } from '../../src/stack/contract/plugins.ts';
import { ask } from '../extra/kinds/notes/ask.ts';
import { builtInNames, builtInStack } from '../support/built-in-stack.ts';
import { buildWithExtras } from '../support/extended-program.ts';
import { EXAMPLE_SERVICE, EXTRA_KINDS, writeExample } from '../support/kinds-under-test.ts';
import { ok, openPlace, type Place } from '../support/project.ts';

/** A kind and a runtime that only tests know, each a folder in the source and nothing else: the built program has them. */

let built: Awaited<ReturnType<typeof buildWithExtras>>;
beforeAll(async () => {
  built = await buildWithExtras();
});
afterAll(() => built[Symbol.asyncDispose]());

const UP = ['up', './example', '--ports', 'auto'];

/** A place with the example of a kind, in which `up` is said as UP. */
async function exampleOf(kind: string, runtime: string): Promise<Place & AsyncDisposable> {
  const place = await openPlace(built.program, 'example', runtime);
  await writeExample(kind, join(place.folder, 'example'));
  return place;
}

// The others come up with the built-in stacks that have them.
const stacks = await Promise.all(builtInNames().map((name) => builtInStack(name, { runtime: 'process' })));
const used = new Set(stacks.flatMap(({ services }) => services.map(({ kind }) => kind.name)));

function pidsOf({ instances }: StatusView): readonly number[] {
  return instances.map(({ pid = 0 }) => pid);
}

test.each([...kindNames().filter((name) => !used.has(name)), ...EXTRA_KINDS])(
  'kind %s: its example comes up, is healthy, and goes down',
  async (kind) => {
    await using project = await exampleOf(kind, 'process');
    const view: StatusView = ok(await project.json([...UP, '--runtime', 'process'])).data;
    expect(view).toMatchObject({ runtime: 'process', healthy: true });
    expect(view.services).toContainEqual(expect.objectContaining({ name: EXAMPLE_SERVICE, kind }));
    expect(ok(await project.json(['status'])).data).toMatchObject({ healthy: true });
    ok(await project.json(['down', '--volumes', '--yes']));
    expect(pidsOf(view).filter((pid) => identify(pid) !== undefined)).toEqual([]);
  },
);

test('a new runtime is chosen in stackctl.yaml, starts, changes and ends instances, and is asked for by its name', async () => {
  await using project = await exampleOf('notes', 'bare');
  await writeFile(join(project.folder, 'stackctl.yaml'), 'stack: ./example\nruntime: bare\n');

  const first: StatusView = ok(await project.json(UP)).data;
  expect(first).toMatchObject({
    runtime: 'bare',
    healthy: true,
    instances: [{ name: 'it-1', kind: 'notes', role: 'server', health: 'healthy', facts: { notes: 0 } }],
  });
  expect(existsSync(project.paths.supervisor)).toBe(false);
  expect(existsSync(join(project.paths.rendered, 'compose.yaml'))).toBe(false);

  const [{ client, pid } = { client: '', pid: 0 }] = first.instances;
  const address = { host: '127.0.0.1', port: Number(client.split(':')[1]) };
  const within = { timeoutMs: 3000, signal: new AbortController().signal };
  expect(await ask(address, ['SET a 1', 'GET a'], within)).toMatchObject({ text: 'OK\n1\n' });
  expect(ok(await project.json(UP)).data.instances[0]).toMatchObject({ pid, facts: { notes: 1 } });
  expect(ok(await project.json(['config'])).data).toMatchObject({ settings: { runtime: { value: 'bare' } } });
  expect((await project.run(['logs'])).out).toContain('ready for notes');

  expect(await project.json([...UP, '--runtime', 'process'])).toMatchObject({
    code: 2,
    error: { message: expect.stringContaining('runs on the bare runtime') },
  });
  expect(await project.json(['status', '--runtime', 'bear'])).toMatchObject({
    code: 2,
    error: { message: expect.stringMatching(/auto, docker, process,? (or )?bare/) },
  });
  expect((await project.run(['up', '--help'])).out).toMatch(/one of: auto, docker, process, bare\)/);

  const changed: StatusView = ok(await project.json([...UP, '--set', 'password=other'])).data;
  expect(changed.instances[0]?.pid).not.toBe(pid);
  expect(await ask(address, ['COUNT', 'AUTH other', 'COUNT'], within)).toMatchObject({ text: 'NO\nOK\n0\n' });

  ok(await project.json(['down', '--volumes', '--yes']));
  expect(pidsOf(changed).map(identify)).toEqual([undefined]);
});
