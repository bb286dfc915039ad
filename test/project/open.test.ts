import { cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { identityOf } from '../../src/project/identity.ts';
import { locateProject } from '../../src/project/locate.ts';
import { type OpenedProject, openProject } from '../../src/project/open.ts';
import type { OpenInput } from '../../src/project/open-input.ts';
import { writeRecord } from '../../src/project/record.ts';
import { readRegistry, registryFolder } from '../../src/project/registry.ts';
import { type ProjectDecisions, projectBefore, recordOf, saveProject, takeOver } from '../../src/project/save.ts';
import { runtimeNames } from '../../src/stack/contract/plugins.ts';
import { errorOf, folderOf, STACK_FILES, STACK_YAML, testPlugins } from '../support/stack-fixtures.ts';

const FILES = {
  ...Object.fromEntries(Object.entries(STACK_FILES).map(([name, text]) => [`templates/pair/${name}`, text])),
  'templates/solo/stack.yaml': 'stack: solo\ndescription: One store\nservices:\n  store:\n    kind: store\n',
  'work/.git/HEAD': '',
};

const NOW = new Date('2026-11-20T10:00:00Z');
const DECISIONS: ProjectDecisions = {
  runtime: 'process',
  state: 'up',
  counts: {},
  ports: {},
  network: null,
  primaries: {},
};

interface Try extends Partial<Pick<OpenInput, 'env' | 'stackRef' | 'need' | 'forgetsKept'>> {
  /** Folder below the root; by default `work`. */
  readonly at?: string;
  readonly project?: string;
  readonly set?: readonly string[];
  readonly runtime?: string;
}

function open(root: string, { at = 'work', project, set = [], runtime, ...rest }: Try = {}): Promise<OpenedProject> {
  return openProject({
    cwd: join(root, at),
    env: { XDG_STATE_HOME: root },
    global: { project, runtime, set, values: [] },
    templatesFolder: join(root, 'templates'),
    need: 'any',
    plugins: testPlugins,
    random: () => Buffer.alloc(32, 1),
    ...rest,
    ...(rest.env === undefined ? {} : { env: { XDG_STATE_HOME: root, ...rest.env } }),
  });
}

interface UpTry extends Try {
  readonly decisions?: Partial<ProjectDecisions>;
}

async function up(root: string, { decisions, ...how }: UpTry): Promise<OpenedProject> {
  const project = await open(root, how);
  await saveProject(project, recordOf(project, { ...DECISIONS, ...decisions }, NOW), registryIn(root), NOW);
  await mkdir(join(project.paths.rendered, 'store-1'), { recursive: true });
  return project;
}

function registryIn(root: string): string {
  return registryFolder({ XDG_STATE_HOME: root });
}

test('a built-in stack in an empty folder', async () => {
  await using folder = await folderOf(FILES);
  const project = await open(folder.path, { stackRef: 'pair' });
  expect(project.identity).toEqual(identityOf('pair', join(folder.path, 'work')));
  expect(project.identity.id).toMatch(/^pair-[0-9a-f]{6}$/);
  expect(project).toMatchObject({
    record: undefined,
    networkName: 'pair-net',
    needs: { images: ['store:2', 'watcher:1'] },
  });
  const stack = project.resolve('docker');
  expect(stack.network).toEqual({ name: 'pair-net', subnet: '172.30.0.0/24' });
  expect(stack.readiness).toEqual({ timeoutMs: 60_000 });
  expect(stack.services.map(({ name, options }) => [name, options])).toEqual([
    ['store', { size: 2, mode: 'safe', password: expect.any(Secret) }],
    ['watcher', { quorum: 1 }],
  ]);
  expect(stack.services[0]?.instances[1]).toEqual({
    name: 'store-2',
    service: 'store',
    index: 2,
    ports: [{ name: 'main', inside: 7000, host: 7001 }],
    peer: { host: '172.30.0.18', port: 7000 },
    client: { host: '127.0.0.1', port: 7001 },
  });
});

test('the process runtime listens where the host looks, and has no network', async () => {
  await using folder = await folderOf(FILES);
  const stack = (await open(folder.path, { stackRef: 'pair' })).resolve('process');
  expect(stack.network).toBeUndefined();
  expect(stack.services[1]?.instances[0]).toMatchObject({
    ports: [
      { name: 'main', inside: 7100, host: 7100 },
      { name: 'admin', inside: 7200, host: 7200 },
    ],
    peer: { host: '127.0.0.1', port: 7100 },
    client: { host: '127.0.0.1', port: 7100 },
  });
});

test('decisions of the record are in force', async () => {
  await using folder = await folderOf(FILES);
  const project = await open(folder.path, { stackRef: 'pair' });
  const stack = project.resolve('docker', {
    counts: { store: 3 },
    ports: { 'store-1': { main: 7777 } },
    network: { name: 'mine', subnet: '10.1.2.0/24' },
    primaries: { store: { instance: 'store-3', epoch: 2 } },
  });
  expect(stack.network).toEqual({ name: 'mine', subnet: '10.1.2.0/24' });
  expect(stack.services[0]?.instances.map(({ ports, peer }) => [ports[0]?.host, peer.host])).toEqual([
    [7777, '10.1.2.17'],
    [7001, '10.1.2.18'],
    [7002, '10.1.2.19'],
  ]);
  expect(stack.primaries).toEqual({ store: { instance: 'store-3', epoch: 2 } });
  expect(project.portWishes({ store: 3 }).map(({ instance, wanted }) => `${instance}:${wanted}`)).toEqual([
    'store-1:7000',
    'store-2:7001',
    'store-3:7002',
    'watcher-1:7100',
    'watcher-1:7200',
  ]);
});

test('flags of up stay in force, secrets in a file of their own; a later flag wins', async () => {
  await using folder = await folderOf(FILES);
  await up(folder.path, { stackRef: 'pair', set: ['size=5', 'password=hush'], runtime: 'process' });
  const again = await open(folder.path, { need: 'existing' });
  expect(again.resolve('process').services[0]?.options).toMatchObject({ size: 5 });
  const password = again.values.find(({ name }) => name === 'password')?.value;
  expect(password instanceof Secret && password.reveal()).toBe('hush');
  expect(JSON.stringify(again.record)).not.toContain('hush');
  expect(again.record?.keptValues).toEqual({ size: 5 });
  expect(again.runtime).toEqual({ value: 'process', origin: 'project record' });
  const changed = await open(folder.path, { set: ['size=6'] });
  expect(changed.keep.values).toEqual({ size: 6 });
  const declared = await open(folder.path, { forgetsKept: true });
  expect([declared.keep.values, declared.keep.secrets]).toEqual([{}, {}]);
  expect((await readRegistry(registryIn(folder.path))).projects).toMatchObject([{ name: 'pair', stack: 'pair' }]);
});

test('profile production: generated once, and remembered together with the profile', async () => {
  await using folder = await folderOf(FILES);
  const passwordOf = ({ values }: OpenedProject) => {
    const value = values.find(({ name }) => name === 'password')?.value;
    return value instanceof Secret ? value.reveal() : undefined;
  };
  const first = await up(folder.path, { stackRef: 'pair', env: { STACKCTL_PROFILE: 'production' } });
  expect(passwordOf(first)).toBe(Buffer.alloc(32, 1).toString('base64url'));
  const again = await open(folder.path);
  expect(again.profile.value).toBe('production');
  expect(passwordOf(again)).toBe(passwordOf(first));
});

test('a verb without a stack means the only project; several are listed; none says what to run', async () => {
  await using folder = await folderOf(FILES);
  const none = await errorOf(open(folder.path));
  expect(none.code).toBe('E_PROJECT_NOT_FOUND');
  expect(none.hint).toContain('stackctl up <stack>');
  await up(folder.path, { stackRef: 'pair' });
  expect((await open(folder.path)).identity.name).toBe('pair');
  await up(folder.path, { stackRef: 'solo' });
  const several = await errorOf(open(folder.path));
  expect(several.code).toBe('E_PROJECT_AMBIGUOUS');
  expect(several.details.projects).toEqual(['pair', 'solo']);
  expect((await open(folder.path, { project: 'solo', need: 'existing' })).loaded.spec.stack).toBe('solo');
  expect((await errorOf(open(folder.path, { project: 'nope' }))).message).toContain('no project "nope"');
});

test('settings that only lack their stack are named, with the key and what comes next', async () => {
  await using folder = await folderOf({ ...FILES, 'work/stackctl.yaml': '# stack: analytics\n' });
  for (const need of ['any', 'existing'] as const) {
    const error = await errorOf(open(folder.path, { need }));
    expect(error.code).toBe('E_PROJECT_NOT_FOUND');
    expect(error.message).toBe(`there is no project in ${folder.path}/work, and stackctl.yaml names no stack`);
    expect(error.hint).toMatch(/^Write `stack: <name, .*>` into stackctl\.yaml, or run: stackctl up <stack>/);
    expect(error.details).toMatchObject({ file: 'stackctl.yaml', field: 'stack' });
  }
  await up(folder.path, { stackRef: 'pair' });
  expect((await open(folder.path)).identity.name).toBe('pair');
});

test('a stack that was brought up under another name is found by its stack', async () => {
  await using folder = await folderOf(FILES);
  await up(folder.path, { stackRef: 'pair', project: 'mine' });
  expect((await open(folder.path, { stackRef: 'pair', need: 'existing' })).identity.name).toBe('mine');
  expect((await open(folder.path, { stackRef: 'pair', need: 'any' })).identity.name).toBe('pair');
  expect((await errorOf(open(folder.path, { stackRef: 'solo', need: 'existing' }))).code).toBe('E_PROJECT_NOT_FOUND');
  expect((await errorOf(open(folder.path, { stackRef: 'solo', project: 'mine' }))).message).toContain(
    'runs the stack pair',
  );
});

test('stackctl.yaml names the stack, and its values count for that stack only', async () => {
  await using folder = await folderOf({
    ...FILES,
    'work/stackctl.yaml': 'stack: ../templates/pair\nname: mine\nvalues: {size: 7}\n',
  });
  const project = await open(folder.path);
  expect(project.identity.name).toBe('mine');
  expect(project.values.find(({ name }) => name === 'size')).toMatchObject({ value: 7, origin: 'stackctl.yaml:3:16' });
  expect((await open(folder.path, { stackRef: 'solo' })).identity.name).toBe('solo');
});

test('an unknown stack: the list and a guess', async () => {
  await using folder = await folderOf(FILES);
  const error = await errorOf(open(folder.path, { stackRef: 'pari' }));
  expect(error.code).toBe('E_STACK_NOT_FOUND');
  expect(error.message).toContain('did you mean "pair"?');
  expect(error.hint).toContain('pair, solo');
  expect((await errorOf(open(folder.path, { stackRef: './nowhere' }))).message).toContain('no stack.yaml in');
});

test('an unknown stack: who named it, and what may have been meant', async () => {
  await using folder = await folderOf({
    ...FILES,
    'work/stackctl.yaml': 'name: mine\nstack: pari\n',
    'work/own/my-stack/stack.yaml': 'stack: own\n',
  });
  const messageFor = async (how: Try) => {
    const { code, message } = await errorOf(open(folder.path, how));
    expect(code).toBe('E_STACK_NOT_FOUND');
    return message;
  };
  expect(await messageFor({})).toBe('stackctl.yaml:2:8 stack: there is no stack "pari"; did you mean "pair"?');
  expect(await messageFor({ need: 'existing' })).toMatch(/^stackctl.yaml:2:8 stack: /);
  expect(await messageFor({ env: { STACKCTL_STACK: 'sloo' } })).toBe(
    'STACKCTL_STACK: there is no stack "sloo"; did you mean "solo"?',
  );
  expect(await messageFor({ stackRef: './own/my-stak' })).toBe(
    `there is no stack.yaml in ${folder.path}/work/own/my-stak; did you mean "./own/my-stack"?`,
  );
  expect(await messageFor({ stackRef: 'nothing-like-it' })).toBe('there is no stack "nothing-like-it"');
});

test('a value that a kind refuses is blamed on where it was given', async () => {
  await using folder = await folderOf(FILES);
  const error = await errorOf(open(folder.path, { stackRef: 'pair', set: ['quorum=0'] }));
  expect(error.code).toBe('E_VALUE_INVALID');
  expect(error.message).toContain('--set quorum: must be at least 1 (it fills services.watcher.options.quorum)');
  const clash = await errorOf(open(folder.path, { stackRef: 'pair', set: ['storePort=65535'] }));
  expect(clash.message).toContain('--set storePort: ports 65535 to 65536: 65535 is the last there is');
});

test('a built-in stack that was installed somewhere else since is found again', async () => {
  await using folder = await folderOf(FILES);
  const project = await up(folder.path, { stackRef: 'pair' });
  const moved = { ...recordOf(project, DECISIONS, NOW), stackFolder: '/gone/templates/pair' };
  await saveProject(project, moved, registryIn(folder.path), NOW);
  expect((await open(folder.path, { need: 'existing' })).loaded.folder).toBe(join(folder.path, 'templates/pair'));
});

test('a broken stack is refused with its places', async () => {
  await using folder = await folderOf({
    ...FILES,
    'templates/pair/stack.yaml': STACK_YAML.replace('kind: store', 'kind: stor'),
  });
  expect((await errorOf(open(folder.path, { stackRef: 'pair' }))).code).toBe('E_STACK_INVALID');
});

test('mistakes in the settings and in the values are reported together, each once', async () => {
  await using folder = await folderOf({
    ...FILES,
    'work/stackctl.yaml': 'stack: ../templates/pair\nruntime: podman\nvalues:\n  size: abc\n  quorum: [1]\n  sice: 1\n',
  });
  const error = await errorOf(open(folder.path));
  expect(error.code).toBe('E_CONFIG_INVALID');
  expect(error.message.split('\n').slice(1)).toEqual([
    `  stackctl.yaml:2:10 runtime: must be one of auto, ${runtimeNames().join(', ')}, not "podman"`,
    '  stackctl.yaml:4:9 size: must be an integer, not "abc"',
    '  stackctl.yaml:5:11 values.quorum: must be text, a number, true or false',
    '  stackctl.yaml:6:3 sice: the stack has no such value; did you mean "size"?',
  ]);
});

test('mistakes that only a kind can see are reported together with the others', async () => {
  await using folder = await folderOf(FILES);
  const error = await errorOf(open(folder.path, { stackRef: 'pair', set: ['quorum=0', 'size=abc', 'nope=1'] }));
  expect(error.message.split('\n').slice(1)).toEqual([
    '  --set nope: the stack has no such value',
    '  --set quorum: must be at least 1 (it fills services.watcher.options.quorum)',
    '  --set size: must be an integer, not "abc"',
  ]);
});

test('a stackctl.yaml that is not YAML has only that mistake', async () => {
  await using folder = await folderOf({
    ...FILES,
    'work/stackctl.yaml': 'stack: ../templates/pair\nvalues:\n  sice: 1\n  size: [1\n',
  });
  const error = await errorOf(open(folder.path));
  expect(error.code).toBe('E_CONFIG_INVALID');
  expect(error.message).toMatch(/^the configuration has 1 problem:\n {2}stackctl\.yaml:\d+:\d+ not valid YAML/);
});

test('project names become DNS names', () => {
  expect(() => identityOf('Not_Good', '/x')).toThrow(/cannot be a project name/);
  expect(identityOf('a', '/x').id).not.toBe(identityOf('a', '/y').id);
});

describe('only projects that are in use make a verb ambiguous', () => {
  type How = 'up' | 'down' | 'deleted' | 'failed';
  /** What `up`, `down`, `down --volumes` and an `up` without images leave of a project. */
  async function leave(root: string, stackRef: string, how: How): Promise<void> {
    const project = await up(root, {
      stackRef,
      decisions: { state: how === 'up' || how === 'failed' ? 'up' : 'down' },
    });
    if (how === 'failed') await rm(project.paths.rendered, { recursive: true });
    if (how !== 'deleted') return;
    const record = recordOf(project, { ...DECISIONS, state: 'down' }, NOW);
    await writeRecord(project.paths, { ...record, runtimesUsed: [] });
  }

  test.each<readonly [How, How, string]>([
    ['up', 'up', 'both'],
    ['up', 'down', 'both'],
    ['down', 'down', 'both'],
    ['up', 'deleted', 'pair'],
    ['down', 'deleted', 'pair'],
    ['up', 'failed', 'pair'],
    ['down', 'failed', 'pair'],
    ['deleted', 'up', 'solo'],
    ['failed', 'deleted', 'both'],
    ['deleted', 'deleted', 'both'],
  ])('one that is %s beside one that is %s: %s', async (pair, solo, meant) => {
    await using folder = await folderOf(FILES);
    await leave(folder.path, 'pair', pair);
    await leave(folder.path, 'solo', solo);
    const found = open(folder.path, { need: 'existing' });
    if (meant === 'both') expect((await errorOf(found)).code).toBe('E_PROJECT_AMBIGUOUS');
    else expect((await found).identity.name).toBe(meant);
    expect((await open(folder.path, { project: 'solo', need: 'existing' })).identity.name).toBe('solo');
  });

  test.each<How>(['up', 'down', 'deleted', 'failed'])('alone, one that is %s is meant', async (how) => {
    await using folder = await folderOf(FILES);
    await leave(folder.path, 'pair', how);
    expect((await open(folder.path, { need: 'existing' })).identity.name).toBe('pair');
  });

  test('an up that fails before anything was started is taken back', async () => {
    await using folder = await folderOf(FILES);
    const first = await open(folder.path, { stackRef: 'pair', set: ['password=one'] });
    const nothing = await projectBefore(first, registryIn(folder.path));
    await up(folder.path, { stackRef: 'pair', set: ['password=one'] });
    await nothing.restore(NOW);
    expect(await readdir(first.paths.root)).toEqual([]);
    expect((await readRegistry(registryIn(folder.path))).projects).toEqual([]);

    await up(folder.path, {
      stackRef: 'pair',
      set: ['password=one'],
      decisions: { ports: { 'store-1': { main: 1 } } },
    });
    const before = await projectBefore(await open(folder.path), registryIn(folder.path));
    await up(folder.path, { set: ['password=two', 'size=9'], decisions: { ports: { 'store-1': { main: 2 } } } });
    await before.restore(NOW);
    const after = await open(folder.path);
    expect(after.record).toMatchObject({ ports: { 'store-1': { main: 1 } }, keptValues: {} });
    expect(after.keep.secrets.password?.reveal()).toBe('one');
    expect((await readRegistry(registryIn(folder.path))).projects).toMatchObject([
      { ports: { 'store-1': { main: 1 } } },
    ]);
  });
});

describe('a project is known by its record', () => {
  const existing = { need: 'existing' } as const;
  const own = { ...FILES, 'work/mine/stack.yaml': FILES['templates/solo/stack.yaml'] };

  test('a folder that was copied is refused, and opened anew for up', async () => {
    await using folder = await folderOf(own);
    const original = await up(folder.path, { stackRef: './mine', decisions: { ports: { 'store-1': { main: 7123 } } } });
    await cp(join(folder.path, 'work'), join(folder.path, 'copy'), { recursive: true });
    const refused = await errorOf(open(folder.path, { at: 'copy', ...existing }));
    expect(refused.code).toBe('E_PROJECT_COPIED');
    expect(refused.details.original).toEqual({ folder: join(folder.path, 'work'), name: 'solo' });
    const copy = await open(folder.path, { at: 'copy' });
    expect(copy.identity).toEqual(identityOf('solo', join(folder.path, 'copy')));
    expect(copy.record).toMatchObject({ id: copy.identity.id, state: 'down', ports: {}, runtimesUsed: [] });
    // Not the original's stack.yaml either, which may say something else by now.
    expect(copy.loaded.folder).toBe(join(folder.path, 'copy/mine'));
    expect((await open(folder.path, existing)).identity).toEqual(original.identity);
    // The original is moved, and is known where it is now: the copy is still one, with a stack of its own.
    await rename(join(folder.path, 'work'), join(folder.path, 'moved'));
    await takeOver(await locate(folder.path, 'moved'), registryIn(folder.path), NOW);
    expect((await errorOf(open(folder.path, { at: 'copy', ...existing }))).code).toBe('E_PROJECT_COPIED');
    expect((await open(folder.path, { at: 'copy' })).loaded.folder).toBe(join(folder.path, 'copy/mine'));
  });

  test('a folder that was moved is the same project, also after it was moved again', async () => {
    await using folder = await folderOf(own);
    const { identity } = await up(folder.path, { stackRef: './mine' });
    let from = 'work';
    for (const to of ['one', 'two', 'work']) {
      await rename(join(folder.path, from), join(folder.path, to));
      const moved = await open(folder.path, { at: to, ...existing });
      expect(moved.identity).toEqual({ ...identity, folder: join(folder.path, to) });
      expect(moved.loaded.folder).toBe(join(folder.path, to, 'mine'));
      await takeOver(await locate(folder.path, to), registryIn(folder.path), NOW);
      expect(await readRegistry(registryIn(folder.path))).toMatchObject({
        projects: [{ id: identity.id, folder: join(folder.path, to) }],
        lost: [],
      });
      const { record } = await open(folder.path, { at: to, ...existing });
      expect(record).toMatchObject({ folder: join(folder.path, to), movedFrom: join(folder.path, 'work') });
      from = to;
    }
  });

  test('where one was moved away, another one begins with an id of its own', async () => {
    await using folder = await folderOf(FILES);
    const moved = await up(folder.path, { stackRef: 'pair' });
    await rename(join(folder.path, 'work'), join(folder.path, 'elsewhere'));
    await mkdir(join(folder.path, 'work/.git'), { recursive: true });
    const fresh = await open(folder.path, { stackRef: 'pair' });
    expect(fresh.record).toBe(undefined);
    expect(fresh.identity.id).not.toBe(moved.identity.id);
    expect((await open(folder.path, { at: 'elsewhere', ...existing })).identity.id).toBe(moved.identity.id);
  });

  test('a copied project folder beside the original: a copy; a renamed one: the same under its new name', async () => {
    await using folder = await folderOf(FILES);
    const { identity, paths } = await up(folder.path, { stackRef: 'pair' });
    await cp(paths.root, join(paths.root, '../twin'), { recursive: true });
    expect((await errorOf(open(folder.path, { project: 'twin', ...existing }))).code).toBe('E_PROJECT_COPIED');
    expect((await open(folder.path, existing)).identity).toEqual(identity);
    await rm(paths.root, { recursive: true });
    expect((await open(folder.path, existing)).identity).toEqual({ ...identity, name: 'twin' });
  });

  test('two ways to one folder are one project', async () => {
    await using folder = await folderOf(FILES);
    const { identity } = await up(folder.path, { stackRef: 'pair' });
    await mkdir(join(folder.path, 'other'));
    await symlink(join(folder.path, 'work/.stackctl'), join(folder.path, 'other/.stackctl'));
    expect((await open(folder.path, { at: 'other', ...existing })).identity.id).toBe(identity.id);
  });

  test('a record without a folder, of an earlier version: the list of projects tells', async () => {
    await using folder = await folderOf(FILES);
    const { identity, paths, record: none, ...rest } = await up(folder.path, { stackRef: 'pair' });
    expect(none).toBe(undefined);
    const written = recordOf({ ...rest, identity, paths, record: none }, DECISIONS, NOW);
    await writeRecord(paths, { ...written, folder: undefined });
    expect((await open(folder.path, existing)).identity).toEqual(identity);
    await cp(join(folder.path, 'work'), join(folder.path, 'copy'), { recursive: true });
    expect((await errorOf(open(folder.path, { at: 'copy', ...existing }))).code).toBe('E_PROJECT_COPIED');
    await rm(join(folder.path, 'work'), { recursive: true });
    expect((await open(folder.path, { at: 'copy', ...existing })).identity.id).toBe(identity.id);
    // Nothing is known of where it came from: nothing that may be somebody else's is touched.
    await rm(registryIn(folder.path), { recursive: true });
    expect((await errorOf(open(folder.path, { at: 'copy', ...existing }))).code).toBe('E_PROJECT_COPIED');
  });

  function locate(root: string, at: string) {
    return locateProject({
      cwd: join(root, at),
      env: { XDG_STATE_HOME: root },
      global: { project: undefined, runtime: undefined, set: [], values: [] },
      templatesFolder: join(root, 'templates'),
      ...existing,
    });
  }
});
