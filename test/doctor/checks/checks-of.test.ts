import { describe, expect, test } from 'vitest';
import { checksOf, formatBytes, verdictOf } from '../../../src/doctor/checks/checks-of.ts';
import type { Check, Facts } from '../../../src/doctor/facts.ts';
import type { InstanceView, StatusView } from '../../../src/lifecycle/status.ts';
import { holder, machine, noEngine, noImage, noServer, project } from '../facts.ts';

const MIB = 1024 ** 2;
const lines = (facts: Facts): readonly string[] =>
  checksOf(facts).map(({ id, verdict, fix }) => `${verdict} ${id}${fix === null ? '' : ` -> ${fix}`}`);
const find = (facts: Facts, id: string): Check | undefined => checksOf(facts).find((check) => check.id === id);

test('a machine without a fault passes, in the order in which one thing needs the other', () => {
  expect(lines(machine())).toEqual([
    'ok node',
    'ok disk:project',
    'ok memory',
    'ok folder:project',
    'ok docker:engine',
    'ok process:binary:cache-server',
    'ok runtime',
    'ok leftovers',
  ]);
  expect(verdictOf(checksOf(machine()))).toBe('ok');
});

test('a mistake in the configuration is one failed line, and the rest is looked at all the same', () => {
  const facts = machine({ misconfigured: { fact: 'stackctl.yaml:1:1 stak: unknown key', fix: 'mend it' } });
  expect(lines(facts).slice(0, 3)).toEqual(['ok node', 'fail configuration -> mend it', 'ok disk:project']);
  expect(verdictOf(checksOf(facts))).toBe('fail');
});

describe('services', () => {
  const instance = (name: string, change: Partial<InstanceView>): InstanceView =>
    ({ name, health: 'healthy', reasons: [], degraded: [], ...change }) as InstanceView;
  const running = (facts: Readonly<Record<string, unknown>>, ...instances: readonly InstanceView[]) =>
    ({ instances, services: [{ name: 'watch', facts }] }) as unknown as StatusView;

  test('a project that is well has one line: that a failover could happen', () => {
    const facts = { failoverPossible: true, failoverObstacles: [], promotable: ['a-2', 'a-3'] };
    expect(checksOf(machine({ running: running(facts, instance('a-1', {})) })).at(-2)).toEqual({
      id: 'failover:watch',
      area: 'services',
      verdict: 'ok',
      fact: 'watch: a failover could happen now, to a-2 or a-3',
      fix: null,
    });
  });

  test('each finding once, with its command; what is not there is left to the leftovers', () => {
    const same = { reasons: ['sick: `stackctl restart a-1`'], health: 'unhealthy' } as const;
    const found = lines(
      machine({
        advice: ['watch: a bad value'],
        running: running(
          { failoverPossible: false, failoverObstacles: ['nobody answers'], promotable: [] },
          instance('a-1', same),
          instance('a-2', { ...same, degraded: ['no command for it'] }),
          instance('a-3', { health: 'missing', reasons: ['is not there'] }),
        ),
      }),
    );
    expect(found.filter((line) => /setting:|service:|failover:/.test(line))).toEqual([
      expect.stringMatching(/^warn setting:1 -> stackctl config/),
      'warn service:1 -> stackctl restart a-1',
      'warn service:2 -> stackctl logs a-2',
      'warn failover:watch -> stackctl health',
    ]);
  });
});

describe('runtimes', () => {
  test('what one runtime lacks is a warning while the other one works', () => {
    const [docker, process] = machine().runtimes;
    if (docker === undefined || process === undefined) throw new Error('two runtimes');
    expect(find(machine({ runtimes: [noEngine, process] }), 'docker:engine')).toMatchObject({
      verdict: 'warn',
      fix: 'start Docker',
    });
    expect(find(machine({ runtimes: [docker, noServer] }), 'process:binary:cache-server')).toMatchObject({
      verdict: 'warn',
      fix: 'apt-get install cache-server cache-tools',
    });
  });

  test('when none works all of them fail, and doctor offers to install what it can', () => {
    const facts = machine({ runtimes: [noEngine, noServer] });
    expect(lines(facts)).toContain('fail docker:engine -> start Docker');
    expect(lines(facts)).toContain('fail process:binary:cache-server -> stackctl doctor cache --fix');
    expect(find(facts, 'runtime')).toMatchObject({ verdict: 'fail' });
    expect(verdictOf(checksOf(facts))).toBe('fail');
  });

  test('one that can fetch what it lacks is good enough, and the conclusion says so', () => {
    const facts = machine({ runtimes: [noImage, noServer] });
    expect(find(facts, 'docker:image:cache')?.verdict).toBe('warn');
    expect(find(facts, 'process:binary:cache-server')?.verdict).toBe('warn');
    expect(find(facts, 'runtime')?.fact).toBe('cache can run here with: docker (after fetching what is missing)');
  });

  test('a runtime that was chosen by name has to work itself', () => {
    const facts = machine({ runtimes: [noEngine, ...machine().runtimes.slice(1)], chosenRuntime: 'docker' });
    expect(find(facts, 'docker:engine')?.verdict).toBe('fail');
    expect(find(facts, 'runtime')?.fact).toBe('cache cannot run here with: docker');
  });
});

describe('limits', () => {
  const disk = (freeBytes: number) => machine({ disks: [{ purpose: 'project', path: '/p', freeBytes }] });

  test.each([
    [99 * MIB, 'fail'],
    [100 * MIB, 'warn'],
    [1024 * MIB, 'ok'],
  ])('%d bytes of disk: %s', (bytes, verdict) => {
    expect(find(disk(bytes), 'disk:project')?.verdict).toBe(verdict);
  });

  test.each([
    [0, '0 MiB'],
    [512.9 * MIB, '512 MiB'],
    [1024 * MIB, '1.0 GiB'],
    [77.99 * 1024 * MIB, '77.9 GiB'],
  ])('%d bytes read as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test('an old Node.js and a folder that cannot be written fail', () => {
    expect(find(machine({ node: { version: '20.19.3', wanted: '>=20.19.4' } }), 'node')?.verdict).toBe('fail');
    const folders: Facts['folders'] = [{ purpose: 'state', path: '/s', problem: 'EROFS' }];
    expect(find(machine({ folders }), 'folder:state')).toMatchObject({ verdict: 'fail', fix: 'ls -ld /s' });
  });
});

test('ports: a stranger is a warning with the way around it, our own and other projects are fine', () => {
  const ports: Facts['ports'] = [
    { port: 1, instance: 'a-1', owner: undefined },
    { port: 2, instance: 'a-2', owner: { type: 'own' } },
    { port: 3, instance: 'a-3', owner: { type: 'project', id: 'other-123456', name: 'other', folder: '/b' } },
    { port: 4, instance: 'a-4', owner: { type: 'stranger', pid: 9, command: 'nc -l' } },
  ];
  const checks = checksOf(machine({ ports })).filter(({ area }) => area === 'ports');
  expect(checks.map(({ verdict, fact }) => `${verdict} ${fact}`)).toEqual([
    'ok port 1 (a-1) is free',
    'ok port 2 (a-2) is held by a-2 itself',
    'ok port 3 (a-3) belongs to the project other of /b (nothing listens there now): up takes the next free one',
    'warn port 4 (a-4) is held by nc -l (pid 9)',
  ]);
  expect(checks[3]?.fix).toBe('stackctl up cache --ports auto');
});

test('leftovers: each is named, with the command that mends it', () => {
  const leftovers: Facts['leftovers'] = [
    { type: 'lostProject', project, holders: [{ port: 5, pid: 6, command: 'cache-server' }] },
    { type: 'staleLock', path: '/project/lock', holder },
    { type: 'fault', project, instance: 'a-1', fault: 'pause', at: '2026-01-01T00:00:00.000Z' },
    { type: 'notRunning', project, runtime: 'process' },
    { type: 'unreadable', project, why: 'not JSON' },
    { type: 'servicePolicy', path: '/usr/sbin/policy-rc.d' },
  ];
  const checks = checksOf(machine({ leftovers })).filter(({ area }) => area === 'leftovers');
  expect(checks.map(({ verdict, fact, fix }) => `${verdict} ${fact} -> ${fix}`)).toEqual([
    'warn the folder of project cache is gone (/project), and port 5 is held by cache-server (pid 6) -> stackctl doctor --fix',
    'warn /project/lock was left by "stackctl up" (pid 77, since 2026-01-01T00:00:00.000Z), which no longer runs -> stackctl doctor --fix',
    `warn a-1 of project cache: the fault "pause" of 2026-01-01T00:00:00.000Z was not taken back -> cd '/project' && stackctl heal --project cache`,
    `warn project cache is on record as up with the process runtime, and none of its instances runs -> cd '/project' && stackctl up --project cache (or down)`,
    'warn project cache cannot be looked at: not JSON -> null',
    'warn an interrupted installation left /usr/sbin/policy-rc.d behind: no service starts by itself -> stackctl doctor --fix (as root)',
  ]);
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
});
