import { expect, test } from 'vitest';
import { refuseDowngrade } from '../../src/lifecycle/refuse-downgrade.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { ObservedInstance, Runtime } from '../../src/stack/contract/runtime.ts';
import type { ServerVersion } from '../../src/stack/contract/versions.ts';
import { type FixtureOptions, fixtureKind, fixtureStack } from '../support/fixture-kind.ts';
import { DOCKER, PROCESS } from '../support/runtime-facts.ts';

/** Version n reads and writes format n. */
const version = (n: number): ServerVersion => ({
  title: `App ${n}`,
  writes: n,
  readsUpTo: n,
  reads: (format) => format <= n,
});

interface Situation {
  /** What the program prints. */
  readonly wanted?: string | undefined;
  /** Instance -> format of its file. */
  readonly files?: Readonly<Record<string, number>>;
  /** Instance -> version of its server. */
  readonly running?: Readonly<Record<string, number>>;
  readonly starting?: readonly string[];
  /** Instance -> image of its container; then it runs from images. */
  readonly images?: Readonly<Record<string, string>>;
}

async function refusal({ wanted = '1', files = {}, running = {}, starting = ['app-1', 'app-2'], images }: Situation) {
  const asked: string[] = [];
  const notes: string[] = [];
  const kind: Kind<FixtureOptions> = {
    ...fixtureKind,
    versions: {
      formatName: 'format',
      parseVersion: (text) => version(Number(text)),
      askVersion: async ({ instance }) => version(running[instance.name] ?? Number.NaN),
      stored: async ({ read }) => {
        const text = await read('data', 4);
        return text === undefined ? [] : [{ file: 'data', format: Number(text) }];
      },
    },
  };
  const place = { folder: '/nowhere', name: 'fixture', id: 'f', image: 'app:1', network: undefined, marker: 'one' };
  const stack = fixtureStack({ runtime: images === undefined ? PROCESS : DOCKER, ...place, count: 2, kind });
  const runtime: Partial<Runtime> = {
    versionText: async () => {
      asked.push('version');
      return wanted === 'absent' ? undefined : wanted;
    },
    readState: async (name) => {
      asked.push(`read ${name}`);
      return files[name] === undefined ? undefined : String(files[name]);
    },
  };
  const names = new Set([...Object.keys(running), ...Object.keys(images ?? {})]);
  const observed = [...names].map((name) => {
    const image = images?.[name];
    return { name, state: name in running ? 'running' : 'stopped', ...(image !== undefined && { image }) };
  });
  const error = await refuseDowngrade({
    stack,
    runtime: runtime as Runtime,
    paths: { renderedHashes: '/nowhere/hashes.json' },
    rendered: { files: [], places: new Map(), hashes: new Map([['app-1', 'h']]) },
    observed: observed as unknown as readonly ObservedInstance[],
    starting,
    emit: (event) => void (event.type === 'note' && notes.push(event.text)),
    signal: new AbortController().signal,
  }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { asked, notes, error: error as { code: string; message: string } | undefined };
}

test('nothing is there: nothing is asked for a version', async () => {
  expect(await refusal({})).toEqual({ asked: ['read app-1', 'read app-2'], notes: [], error: undefined });
});

test('what it reads is no reason', async () => {
  expect(
    (await refusal({ wanted: '2', files: { 'app-1': 2, 'app-2': 1 }, running: { 'app-1': 2 } })).error,
  ).toBeUndefined();
});

test('a file that is newer, with its instance', async () => {
  const { error } = await refusal({ files: { 'app-1': 1, 'app-2': 3 } });
  expect(error).toMatchObject({
    code: 'E_DATA_TOO_NEW',
    message: 'App 1 reads format 1 at most, and app is ahead of it: app-2 has data with format 3',
  });
});

test('a server that runs and is newer, also one that is not started again', async () => {
  const { error } = await refusal({ running: { 'app-1': 2 }, starting: ['app-2'] });
  expect(error?.message).toContain('app-1 runs App 2, which writes format 2');
});

test('nothing that is started: nothing is asked', async () => {
  expect(await refusal({ files: { 'app-1': 3 }, running: { 'app-1': 3 }, starting: [] })).toMatchObject({ asked: [] });
});

test('a version that is not known is a note', async () => {
  const { error, notes } = await refusal({ wanted: 'absent', files: { 'app-1': 3 } });
  expect({ error, notes: notes.length }).toEqual({ error: undefined, notes: 1 });
});

test.each<[string, Readonly<Record<string, string>>, string[]]>([
  ['the same image: nothing is read', { 'app-1': 'app:1', 'app-2': 'app:1' }, []],
  ['another image', { 'app-1': 'app:2', 'app-2': 'app:1' }, ['read app-1']],
])('containers of %s', async (_what, images, asked) => {
  expect(await refusal({ images })).toMatchObject({ asked });
});
