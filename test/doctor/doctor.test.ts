import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DoctorInput, type DoctorResult, doctor } from '../../src/doctor/doctor.ts';
import type { Machine } from '../../src/doctor/scope.ts';
import { StackctlError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/lib/events.ts';
import { takeLock } from '../../src/lib/lock.ts';
import { projectPaths } from '../../src/project/paths.ts';
import { type ProjectRecord, writeRecord } from '../../src/project/record.ts';
import { putProject } from '../../src/project/registry.ts';
import { diagnose } from '../../src/runtimes/process/index.ts';
import type { Diagnosis } from '../../src/stack/contract/needs.ts';
import type { RuntimeModule } from '../../src/stack/contract/runtime.ts';

let folder: string;
const registry = (): string => join(folder, 'state', 'projects');

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'stackctl-doctor-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const missing: Diagnosis = { id: 'engine', verdict: 'fail', fact: 'it does not answer' };
const fine: Diagnosis = { id: 'engine', verdict: 'ok', fact: 'it answers' };

function runtime(diagnoses: readonly Diagnosis[], available = true): RuntimeModule {
  return {
    open: async () => {
      throw new StackctlError('E_ENGINE_MISSING', 'it does not answer');
    },
    diagnose: async () => diagnoses,
    availability: async () => ({ available, reason: available ? 'it is there' : 'no registry' }),
    isRunning: async () => false,
    takenNetworks: async () => ({ names: new Map(), subnets: [] }),
  };
}

interface TestMachine {
  readonly modules?: { readonly docker: RuntimeModule; readonly process: RuntimeModule };
  readonly held?: readonly number[];
  readonly fix?: boolean;
  readonly events?: ProgressEvent[];
  readonly scope?: Partial<DoctorInput['scope']>;
}

function runDoctor({ modules, held = [], fix = false, events = [], scope }: TestMachine = {}): Promise<DoctorResult> {
  const { docker, process: local } = modules ?? { docker: runtime([fine]), process: runtime([fine]) };
  const machine: Machine = {
    env: {},
    platform: 'linux',
    uid: 1000,
    nodeVersion: '20.19.4',
    wantedNode: '>=20.19.4',
    temporaryFolder: tmpdir(),
    registry: registry(),
    plugins: {
      runtimeNames: () => ['docker', 'process'],
      loadRuntime: async (name) => (name === 'docker' ? docker : local),
    },
    lookUp: async (port) => (held.includes(port) ? { pid: 4, command: 'nc' } : undefined),
    policyFolder: folder,
  };
  const input: DoctorInput = {
    scope: { project: undefined, folder, needs: { images: [], binaries: [] }, runtime: 'auto', ...scope },
    machine,
    fix,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
  };
  return doctor(input);
}

const facts = ({ checks }: DoctorResult, area: string): readonly string[] =>
  checks.filter((check) => check.area === area).map(({ verdict, fact }) => `${verdict} ${fact}`);

const RECORD: ProjectRecord = {
  schemaVersion: 1,
  id: 'p-000000',
  name: 'p',
  stack: 's',
  stackFolder: '/s',
  runtime: 'process',
  runtimesUsed: ['process'],
  profile: 'dev',
  state: 'up',
  keptValues: {},
  counts: {},
  ports: { 'a-1': { main: 7001 } },
  wantedPorts: {},
  network: null,
  primaries: {},
  createdAt: '2026-01-01T00:00:00.000Z',
};

async function register(name: string, at: string): Promise<void> {
  const entry = {
    id: `${name}-000000`,
    name,
    stack: 's',
    folder: at,
    runtime: 'process',
    ports: RECORD.ports,
  } as const;
  await putProject(registry(), { ...entry, updatedAt: RECORD.createdAt });
}

async function leaveLock(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const dead = { pid: 999_999_999, started: '1@x', host: hostname(), command: 'stackctl up', since: RECORD.createdAt };
  await writeFile(path, JSON.stringify(dead));
}

test('nothing is changed by looking, and the folder does not get a state folder', async () => {
  const { verdict, fixed } = await runDoctor();
  expect(verdict).toBe('ok');
  expect(fixed).toEqual([]);
  await expect(stat(join(folder, '.stackctl'))).rejects.toThrow('ENOENT');
});

test('a runtime that cannot even look at itself does not hide the others', async () => {
  const broken: RuntimeModule = {
    ...runtime([]),
    diagnose: async () => {
      throw new StackctlError('E_COMPOSE_MISSING', 'no Compose', { hint: 'install it' });
    },
  };
  const result = await runDoctor({ modules: { docker: broken, process: runtime([fine]) } });
  expect(facts(result, 'runtimes')).toEqual([
    'warn docker: no Compose',
    'ok process: it answers',
    'ok every kind of service can run here with: process',
  ]);
});

test.each(['auto', 'process', 'docker'] as const)('a service without a command, asked for %s', async (asked) => {
  const local = { ...runtime([]), diagnose };
  const needs = { images: [], binaries: [], lacking: { image: [], binary: ['page'] } };
  const modules = { docker: runtime([missing]), process: local };
  const result = await runDoctor({ modules, scope: { needs, runtime: asked } });
  // With docker its commands were read for containers.
  expect(facts(result, 'runtimes').filter((fact) => fact.includes('page'))).toEqual(
    asked === 'docker' ? [] : ['fail process: page has no command for a local process'],
  );
  expect(facts(result, 'runtimes').at(-1)).toMatch(/^fail every kind of service cannot run here with: /);
});

test('a project on record as up whose ports nobody holds is a leftover, a running one is not', async () => {
  await writeRecord(projectPaths(folder, 'p'), RECORD);
  expect(facts(await runDoctor(), 'leftovers')).toEqual([
    'warn project p is on record as up with the process runtime, and none of its instances runs',
  ]);
  expect(facts(await runDoctor({ held: [7001] }), 'leftovers')).toEqual(['ok nothing is left of dead projects']);
});

test('a registered project without a record is a leftover, with who still holds its ports', async () => {
  const paths = projectPaths(folder, 'p');
  await mkdir(paths.instances, { recursive: true });
  await register('p', folder);
  const gone = `warn the record of project p is gone (${paths.record})`;
  expect(facts(await runDoctor({ held: [7001] }), 'leftovers')).toEqual([
    `${gone}, and port 7001 is held by nc (pid 4)`,
  ]);
  expect(facts(await runDoctor(), 'leftovers')).toEqual([gone]);
  const { checks, fixed } = await runDoctor({ fix: true });
  expect(fixed).toEqual([]);
  expect(checks.find(({ area }) => area === 'leftovers')?.fix).toBe(`cd '${folder}' && stackctl clean --project p`);
});

test('a fault is left over only once the command that injected it is gone', async () => {
  const paths = projectPaths(folder, 'p');
  await writeRecord(paths, { ...RECORD, state: 'down' });
  const fault = { instance: 'a-1', fault: 'pause', at: RECORD.createdAt, command: 'stackctl failover-test' };
  await writeFile(paths.faults, JSON.stringify([fault]));
  const release = await takeLock(paths.lock, 'stackctl failover-test');
  expect(facts(await runDoctor(), 'leftovers')).toEqual(['ok nothing is left of dead projects']);
  await release();
  expect(facts(await runDoctor(), 'leftovers')).toEqual([
    'warn a-1 of project p: the fault "pause" of 2026-01-01T00:00:00.000Z was not taken back',
  ]);
});

test('a broken record is named and does not end the examination', async () => {
  const paths = projectPaths(folder, 'p');
  await mkdir(paths.root, { recursive: true });
  await writeFile(paths.record, '{');
  expect(facts(await runDoctor(), 'leftovers')[0]).toMatch(
    /^warn project p cannot be looked at: .*project\.json is not valid JSON/,
  );
});

test('--fix removes dead locks and dead entries, says each before it does it, and answers with what is true then', async () => {
  const gone = join(folder, 'gone');
  await register('gone', gone);
  await register('kept', folder);
  await writeRecord(projectPaths(folder, 'kept'), { ...RECORD, name: 'kept', state: 'down' });
  await leaveLock(projectPaths(folder, 'kept').lock);
  await leaveLock(join(registry(), 'allocation.lock'));
  expect((await runDoctor({ held: [7001] })).verdict).toBe('warn');

  const events: ProgressEvent[] = [];
  const { verdict, fixed } = await runDoctor({ fix: true, events });
  expect(verdict).toBe('ok');
  expect(fixed.map(({ text }) => text)).toEqual([
    `forget project gone, whose folder ${gone} is gone`,
    `remove the lock ${join(registry(), 'allocation.lock')}, whose holder is gone`,
    `remove the lock ${projectPaths(folder, 'kept').lock}, whose holder is gone`,
  ]);
  expect(events.map((event) => event.type === 'step' && event.state)).toEqual(fixed.flatMap(() => ['start', 'done']));
  await expect(stat(join(registry(), 'kept-000000.json'))).resolves.toBeDefined();
});

test('--fix lets a runtime fetch what it lacks; when that fails the verdict says why', async () => {
  const lacking: Diagnosis = { id: 'image:x', verdict: 'warn', fact: 'image x is not there yet' };
  const missing: Diagnosis = { id: 'binary:x', verdict: 'fail', fact: 'x is not installed' };
  const modules = { docker: runtime([lacking], false), process: runtime([missing], false) };
  expect((await runDoctor({ modules })).verdict).toBe('warn');
  const result = await runDoctor({ modules, fix: true });
  expect(result.fixed).toEqual([]);
  expect(facts(result, 'runtimes')).toEqual([
    'warn docker: image x is not there yet',
    'fail docker: no registry',
    'fail process: x is not installed',
    'fail every kind of service cannot run here with: docker, process',
  ]);
});
