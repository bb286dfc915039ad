import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocatePorts } from '../../../src/stack/ports/allocate.ts';
import { claimPorts } from '../../../src/stack/ports/claim-ports.ts';
import { formatOwner, moveText, portConflictError } from '../../../src/stack/ports/port-conflict.ts';
import type { PortMode, PortMove, PortOwner, PortTable, PortWish } from '../../../src/stack/ports/ports.ts';
import { stillKept, wishesFor, wishTable } from '../../../src/stack/ports/wishes.ts';
import { DOCKER, PROCESS } from '../../support/runtime-facts.ts';
import { errorOf } from '../../support/stack-fixtures.ts';

const STRANGER: PortOwner = { type: 'stranger', pid: 812, command: 'redis-server *:6379' };
const OTHER = { id: 'other-1a2b3c', name: 'other', folder: '/home/me/other' };
const PROJECT: PortOwner = { type: 'project', ...OTHER };

function wishes(service: string, base: number, count: number): readonly PortWish[] {
  return Array.from({ length: count }, (_, index) => ({
    service,
    instance: `${service}-${index + 1}`,
    name: 'main',
    wanted: base + index,
  }));
}

function allocate(taken: readonly [number, PortOwner][], mode: PortMode = 'default', kept: PortTable = {}) {
  return allocatePorts({ wishes: wishes('redis', 6379, 3), kept, taken: new Map(taken), mode });
}

function numbers(allocation: ReturnType<typeof allocatePorts>): readonly number[] {
  if (allocation.type === 'conflicts') throw new Error('conflicts');
  return Object.values(allocation.ports).flatMap((byName) => Object.values(byName));
}

test('gives what is wanted when it is free', () => {
  expect(numbers(allocate([]))).toEqual([6379, 6380, 6381]);
});

test('moves a service as a block when another project has one of its ports', () => {
  const allocation = allocate([[6380, PROJECT]]);
  expect(numbers(allocation)).toEqual([6382, 6383, 6384]);
  expect(allocation).toMatchObject({
    moves: [
      { instance: 'redis-1', from: 6379, to: 6382, because: { port: 6380, owner: PROJECT } },
      { instance: 'redis-2', from: 6380, to: 6383 },
      { instance: 'redis-3', from: 6381, to: 6384 },
    ],
  });
});

test('a stranger on a wanted port is a conflict, on the way to a free block it is passed by', () => {
  expect(allocate([[6380, STRANGER]])).toEqual({
    type: 'conflicts',
    conflicts: [{ instance: 'redis-2', name: 'main', port: 6380, owner: STRANGER }],
  });
  expect(
    numbers(
      allocate([
        [6379, PROJECT],
        [6381, PROJECT],
        [6383, STRANGER],
      ]),
    ),
  ).toEqual([6384, 6385, 6386]);
});

test('auto moves away from strangers, strict moves never', () => {
  expect(numbers(allocate([[6379, STRANGER]], 'auto'))).toEqual([6382, 6383, 6384]);
  expect(allocate([[6379, PROJECT]], 'strict').type).toBe('conflicts');
});

test('kept ports stay, and only what has to move does', () => {
  const kept = { 'redis-1': { main: 7001 }, 'redis-2': { main: 7002 } };
  expect(numbers(allocate([], 'default', kept))).toEqual([7001, 7002, 6381]);
  expect(numbers(allocate([[7002, PROJECT]], 'default', kept))).toEqual([7001, 6382, 6383]);
});

test('ports of replicas move away together, also from a stranger, and stay together', () => {
  const replicas = wishes('backend', 3100, 3).map((wish) => ({ ...wish, ofReplica: true as const }));
  const place = (taken: readonly [number, PortOwner][], kept: PortTable = {}, mode: PortMode = 'default') =>
    allocatePorts({ wishes: replicas, kept, taken: new Map(taken), mode });
  expect(numbers(place([[3101, STRANGER]]))).toEqual([3103, 3104, 3105]);
  expect(place([[3101, STRANGER]], {}, 'strict').type).toBe('conflicts');
  const keptAs = (...ports: number[]) =>
    Object.fromEntries(ports.map((port, index) => [`backend-${index + 1}`, { [replicas[0]?.name ?? '']: port }]));
  expect(numbers(place([], keptAs(3102, 3103, 3104)))).toEqual([3102, 3103, 3104]);
  expect(numbers(place([], keptAs(3102, 3103)))).toEqual([3100, 3101, 3102]);
  expect(numbers(place([[3104, PROJECT]], keptAs(3102, 3103, 3104)))).toEqual([3100, 3101, 3102]);
});

test('room for more replicas counts in Docker alone, a hidden port with local processes alone', () => {
  const [wish] = wishes('backend', 3100, 1);
  if (wish === undefined) throw new Error('no wish');
  const all = [
    { ...wish, ofReplica: true as const },
    { ...wish, wanted: 3101, spare: true as const },
  ];
  const hidden = { ...wish, wanted: 9093, unpublished: true as const };
  expect(wishesFor(DOCKER, [...all, hidden]).map(({ wanted }) => wanted)).toEqual([3100, 3101]);
  expect(wishesFor(PROCESS, [...all, hidden]).map(({ wanted }) => wanted)).toEqual([3100, 9093]);
});

test('a port that the project itself holds is no conflict', () => {
  const allocation = allocatePorts({
    wishes: wishes('redis', 6379, 1),
    kept: { 'redis-1': { main: 6379 } },
    taken: new Map([[6379, STRANGER]]),
    own: new Set([6379]),
    mode: 'strict',
  });
  expect(numbers(allocation)).toEqual([6379]);
});

test('a wish that changed gives up its kept port', () => {
  const before = wishTable(wishes('redis', 6379, 2));
  const kept = { 'redis-1': { main: 6382 }, 'redis-2': { main: 6383 } };
  expect(stillKept(kept, before, wishes('redis', 6379, 3))).toEqual(kept);
  expect(stillKept(kept, before, wishes('redis', 7000, 2))).toEqual({ 'redis-1': {}, 'redis-2': {} });
  expect(stillKept(kept, {}, wishes('redis', 7000, 2))).toEqual(kept);
});

const portNumber = fc.integer({ min: 7000, max: 7030 });
const owner = fc.constantFrom<PortOwner>(STRANGER, PROJECT);
const scene = fc.record({
  taken: fc.array(fc.tuple(portNumber, owner)).map((entries) => new Map(entries)),
  kept: fc
    .uniqueArray(portNumber, { maxLength: 3 })
    .map((ports) => Object.fromEntries(ports.map((port, index) => [`a-${index + 1}`, { main: port }]))),
  mode: fc.constantFrom<PortMode>('default', 'auto', 'strict'),
  counts: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
});

test('whatever the scene: ports are distinct, free, and moved only where the mode allows it', () => {
  fc.assert(
    fc.property(scene, ({ taken, kept, mode, counts }) => {
      const wanted = [...wishes('a', 7000, counts[0]), ...wishes('b', 7010, counts[1])];
      const allocation = allocatePorts({ wishes: wanted, kept, taken, mode });
      if (allocation.type === 'conflicts') {
        expect(mode).not.toBe('auto');
        for (const { port, owner } of allocation.conflicts) {
          expect(taken.get(port)).toBe(owner);
          if (mode === 'default') expect(owner.type).toBe('stranger');
        }
        return;
      }
      const ports = numbers(allocation);
      expect(new Set(ports).size).toBe(wanted.length);
      for (const port of ports) expect(taken.has(port)).toBe(false);
      for (const { instance } of wanted) {
        const before = kept[instance]?.main;
        if (before !== undefined && !taken.has(before)) expect(allocation.ports[instance]?.main).toBe(before);
      }
    }),
  );
});

test('the same again gives the same', () => {
  fc.assert(
    fc.property(scene, ({ taken, kept, mode, counts }) => {
      const wanted = [...wishes('a', 7000, counts[0]), ...wishes('b', 7010, counts[1])];
      const once = allocatePorts({ wishes: wanted, kept, taken, mode });
      if (once.type === 'conflicts') return;
      expect(allocatePorts({ wishes: wanted, kept: once.ports, taken, mode })).toMatchObject({
        ports: once.ports,
        moves: [],
      });
    }),
  );
});

test('the error names every port, its holder and what to do', () => {
  const error = portConflictError(
    [
      { instance: 'redis-1', name: 'main', port: 6379, owner: STRANGER },
      { instance: 'redis-2', name: 'main', port: 6380, owner: { type: 'stranger' } },
    ],
    'default',
  );
  expect(error.code).toBe('E_PORT_IN_USE');
  expect(error.message).toBe(
    'port 6379 (redis-1) is held by redis-server *:6379 (pid 812)\nport 6380 (redis-2) is held by a process that this user cannot see',
  );
  expect(error.hint).toContain('--ports auto');
  expect(error.hint).toContain('pid 812');
});

test('the command that it advises asks for the same numbers of instances', () => {
  const conflicts = [{ instance: 'redis-2', name: 'main', port: 6380, owner: STRANGER }];
  const counts = { backend: 2, redis: 2 };
  expect(portConflictError(conflicts, 'default', counts).hint).toContain(
    'stackctl up --scale backend=2 --scale redis=2 --ports auto',
  );
});

test('claims ports by looking only at those that it would use', async () => {
  const looked: number[] = [];
  const claimed = await claimPorts({
    wishes: wishes('redis', 6379, 2),
    kept: {},
    reserved: new Map([[6380, OTHER]]),
    mode: 'default',
    lookUp: async (port) => {
      looked.push(port);
      return port === 6382 ? { pid: 1, command: 'init' } : undefined;
    },
  });
  expect(claimed.ports).toEqual({ 'redis-1': { main: 6383 }, 'redis-2': { main: 6384 } });
  expect(looked.sort()).toEqual([6379, 6380, 6381, 6382, 6383, 6384]);
});

test.each<[PortOwner, string]>([
  [STRANGER, 'redis-server *:6379 (pid 812)'],
  [{ type: 'stranger' }, 'a process that this user cannot see'],
  [{ type: 'stranger', closing: true }, 'a connection that was just closed; it is free within a minute'],
  [PROJECT, 'the project other of /home/me/other (nothing listens there now)'],
  [
    { type: 'project', ...OTHER, holder: { pid: 3, command: 'node' } },
    'the project other of /home/me/other (node, pid 3)',
  ],
  [{ type: 'project', ...OTHER, holder: {} }, 'the project other of /home/me/other'],
])('who has a port: $1', (has, text) => {
  expect(formatOwner(has)).toBe(text);
});

test('a move names who has the port itself, or which other port of the service is taken', () => {
  const { moves } = allocate([[6380, PROJECT]]) as { moves: readonly PortMove[] };
  expect(moves.map(moveText)).toEqual([
    "redis-1: main port 6382 instead of 6379, beside the service's other ports: 6380 is held by the project other of /home/me/other (nothing listens there now)",
    'redis-2: main port 6380 is held by the project other of /home/me/other (nothing listens there now), 6383 is used instead',
    "redis-3: main port 6384 instead of 6381, beside the service's other ports: 6380 is held by the project other of /home/me/other (nothing listens there now)",
  ]);
});

test('a kept port of another service is in the way, and no instance is named that has nothing to do with it', () => {
  const wanted = [...wishes('a', 7000, 1), ...wishes('b', 7000, 2)];
  const { moves } = allocatePorts({
    wishes: wanted,
    kept: { 'a-1': { main: 7000 } },
    taken: new Map(),
    mode: 'default',
  }) as {
    moves: readonly PortMove[];
  };
  expect(moves.map(moveText)).toEqual([
    'b-1: main port 7000 is held by a-1 of this project, 7002 is used instead',
    "b-2: main port 7003 instead of 7001, beside the service's other ports: 7000 is held by a-1 of this project",
  ]);
});

test('who listens on a port that another project has on record is named beside it', async () => {
  const claimed = await claimPorts({
    wishes: wishes('redis', 6379, 1),
    kept: {},
    reserved: new Map([[6379, OTHER]]),
    mode: 'default',
    lookUp: async (port) => (port === 6379 ? { pid: 9, command: 'redis-server' } : undefined),
  });
  expect(claimed.moves[0]?.because?.owner).toEqual({ ...PROJECT, holder: { pid: 9, command: 'redis-server' } });
});

test('a stranger on a wanted port is named', async () => {
  const error = await errorOf(
    claimPorts({
      wishes: wishes('redis', 6379, 2),
      kept: {},
      reserved: new Map(),
      mode: 'default',
      lookUp: async (port) => (port === 6379 ? { pid: 9, command: 'nginx' } : undefined),
    }),
  );
  expect(error.message).toBe('port 6379 (redis-1) is held by nginx (pid 9)');
});
