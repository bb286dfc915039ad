import { describe, expect, test } from 'vitest';
import { arbiter } from '../../../src/kinds/sentinel/arbiter.ts';
import { clientEnv, connection } from '../../../src/kinds/sentinel/client-side.ts';
import { judge, summarize } from '../../../src/kinds/sentinel/judge.ts';
import type { SentinelOptions } from '../../../src/kinds/sentinel/options.ts';
import { sentinelId } from '../../../src/kinds/sentinel/render.ts';
import type { ServiceInput } from '../../../src/stack/contract/model.ts';
import { serviceOf } from '../../../src/stack/contract/model.ts';
import type { Probe } from '../../../src/stack/contract/probe.ts';
import type { RuntimeName } from '../../../src/stack/contract/runtime-facts.ts';
import { builtInStack } from '../../support/built-in-stack.ts';

async function inputFor(runtime: RuntimeName, values = {}): Promise<ServiceInput<SentinelOptions>> {
  const stack = await builtInStack('redis-sentinel', { runtime, values });
  return { stack, service: serviceOf(stack, 'sentinel') } as ServiceInput<SentinelOptions>;
}

describe('what a Sentinel wrote down', () => {
  const saved = (address: string, epoch: string): string =>
    `port 26379\nsentinel monitor other 127.0.0.1 1 2\n  sentinel  monitor kasagi-master ${address} 2\nsentinel config-epoch other 9\n${epoch}\n`;

  test('the master and its epoch, of the right group', async () => {
    const text = saved('127.0.0.1 6381', 'sentinel config-epoch kasagi-master 4');
    expect(arbiter.parseState(await inputFor('process'), text)).toEqual({ instance: 'redis-3', epoch: 4 });
  });

  test('no epoch yet is 0; an address of nobody, and an empty file, say nothing', async () => {
    const input = await inputFor('process');
    expect(arbiter.parseState(input, saved('127.0.0.1 6379', ''))).toEqual({ instance: 'redis-1', epoch: 0 });
    expect(arbiter.parseState(input, saved('127.0.0.1 7000', ''))).toBeUndefined();
    expect(arbiter.parseState(input, '')).toBeUndefined();
  });
});

describe('the primary, by what the probes heard', () => {
  const sentinel = (port: number, epoch: number, ...flags: readonly string[]): Probe => ({
    role: 'sentinel',
    reasons: [],
    facts: { masterAddress: `127.0.0.1:${port}`, epoch, flags: ['master', ...flags] },
  });
  const silent: Probe = { role: undefined, reasons: ['no answer: connection refused'], facts: {} };
  const heard = async (...views: readonly Probe[]) =>
    arbiter.probedPrimary(
      await inputFor('process'),
      new Map(views.map((view, index) => [`sentinel-${index + 1}`, view] as const)),
    );

  test('the newest of all answers, also beside one that missed the last failover', async () => {
    const primary = { instance: 'redis-3', epoch: 2 };
    expect(await heard(sentinel(6380, 1), sentinel(6381, 2), sentinel(6381, 2))).toEqual({ primary, isComplete: true });
  });

  test('one that is silent, or does not run, may know a newer one', async () => {
    const primary = { instance: 'redis-2', epoch: 1 };
    expect(await heard(sentinel(6380, 1), silent, sentinel(6380, 1))).toEqual({ primary, isComplete: false });
    expect(await heard(sentinel(6380, 1), sentinel(6380, 1))).toEqual({ primary, isComplete: false });
    expect(await heard()).toEqual({ primary: undefined, isComplete: false });
  });

  test('one that leads a failover has the new epoch and the old address', async () => {
    const leader = sentinel(6379, 3, 'failover_in_progress');
    const primary = { instance: 'redis-2', epoch: 3 };
    expect(await heard(leader, sentinel(6380, 3), sentinel(6380, 3))).toEqual({ primary, isComplete: false });
    expect(await heard(leader)).toEqual({ primary: undefined, isComplete: false });
  });

  test('a master that is no instance of the stack is no answer', async () => {
    const away = await heard(sentinel(6380, 1), sentinel(7000, 2), sentinel(6380, 1));
    expect(away).toEqual({ primary: undefined, isComplete: false });
  });
});

describe('agreement', () => {
  const master: Probe = { role: 'master', reasons: [], facts: {} };
  const sentinel = (port: number, epoch: number): Probe => ({
    role: 'sentinel',
    reasons: [],
    facts: { masterAddress: `127.0.0.1:${port}`, epoch },
  });
  const probes = (...views: readonly Probe[]) =>
    new Map<string, Probe>([
      ['redis-2', master],
      ...views.map((view, index) => [`sentinel-${index + 1}`, view] as const),
    ]);

  test('all name the server that is master', async () => {
    const input = await inputFor('process');
    const table = probes(sentinel(6380, 1), sentinel(6380, 1), sentinel(6380, 1));
    expect([...judge(input, table).values()].flatMap(({ reasons }) => reasons)).toEqual([]);
    expect(summarize(input, table)).toMatchObject({
      masterName: 'kasagi-master',
      master: 'redis-2',
      quorum: 2,
      epoch: 1,
      agreement: 3,
      sentinels: 3,
    });
  });

  test('one that missed the election is named with both epochs; one that does not answer counts for nothing', async () => {
    const input = await inputFor('process');
    const silent: Probe = { role: undefined, reasons: ['no answer'], facts: {} };
    const table = probes(sentinel(6379, 1), sentinel(6380, 2), silent);
    expect(judge(input, table).get('sentinel-1')?.reasons).toEqual([
      'names 127.0.0.1:6379 as master, which does not say so itself',
      expect.stringMatching(/^is at configuration epoch 1, another Sentinel at 2; .*stackctl restart sentinel-1/),
    ]);
    expect(judge(input, table).get('sentinel-2')?.reasons).toEqual([]);
    expect(judge(input, table).has('sentinel-3')).toBe(false);
    expect(summarize(input, table)).toMatchObject({ agreement: 1, epoch: 2 });
  });
});

describe('whether a failover could happen', () => {
  const replica = (priority: number): Probe => ({ role: 'replica', reasons: [], facts: { priority } });
  const view = (facts: Readonly<Record<string, unknown>> = {}): Probe => ({
    role: 'sentinel',
    reasons: [],
    facts: { masterAddress: '127.0.0.1:6379', epoch: 1, quorum: 2, tilt: false, ...facts },
  });
  const table = (second: Probe, third: Probe, ...views: readonly Probe[]) =>
    new Map<string, Probe>([
      ['redis-1', { role: 'master', reasons: [], facts: {} }],
      ['redis-2', second],
      ['redis-3', third],
      ...views.map((one, index) => [`sentinel-${index + 1}`, one] as const),
    ]);

  test('each Sentinel is judged by what it would do itself', async () => {
    const blind = view({ notPromotable: { 'redis-2': 's_down' } });
    const judged = judge(await inputFor('process'), table(replica(100), replica(0), view(), blind));
    expect(judged.get('sentinel-1')).toMatchObject({ reasons: [], standing: [], degraded: [] });
    expect(judged.get('sentinel-2')).toMatchObject({
      reasons: [expect.stringMatching(/no replica may be promoted \(redis-2: s_down; redis-3: replica-priority 0\)/)],
      standing: [],
    });
  });

  test('a priority of 0 everywhere stays until somebody changes it', async () => {
    const judged = judge(await inputFor('process'), table(replica(0), replica(0), view()));
    const { reasons, standing } = judged.get('sentinel-1') ?? {};
    expect(reasons).toEqual([expect.stringMatching(/every replica has replica-priority 0/)]);
    expect(standing).toEqual(reasons);
  });

  test('too few Sentinels that act', async () => {
    const tilted = view({ tilt: true });
    const one = judge(await inputFor('process'), table(replica(100), replica(100), tilted, view(), view()));
    expect([...one.values()].flatMap(({ reasons }) => reasons)).toEqual([]);
    const two = judge(await inputFor('process'), table(replica(100), replica(100), tilted, view(), tilted));
    expect(two.get('sentinel-2')?.reasons).toEqual([expect.stringMatching(/TILT mode: sentinel-1, sentinel-3/)]);
  });
});

describe('could a failover happen now?', () => {
  const replica = (priority: number): Probe => ({ role: 'replica', reasons: [], facts: { priority } });
  const silent: Probe = { role: undefined, reasons: ['no answer'], facts: {} };
  const view = (facts: Readonly<Record<string, unknown>> = {}): Probe => ({
    role: 'sentinel',
    reasons: [],
    facts: {
      masterAddress: '127.0.0.1:6379',
      epoch: 1,
      quorum: 2,
      otherSentinels: 2,
      knownSentinels: 3,
      downAfterMs: 5000,
      failoverTimeoutMs: 30_000,
      quorumOk: true,
      tilt: false,
      ...facts,
    },
  });
  const answer = async (replicas: readonly [Probe, Probe], ...views: readonly Probe[]) => {
    const table = new Map<string, Probe>([
      ['redis-1', { role: 'master', reasons: [], facts: {} }],
      ['redis-2', replicas[0]],
      ['redis-3', replicas[1]],
      ...views.map((one, index) => [`sentinel-${index + 1}`, one] as const),
    ]);
    const { failoverPossible, failoverObstacles, promotable } = summarize(await inputFor('process'), table);
    return { failoverPossible, failoverObstacles, promotable };
  };
  const yes = (...promotable: readonly string[]) => ({ failoverPossible: true, failoverObstacles: [], promotable });
  const no = (...failoverObstacles: readonly unknown[]) => ({
    failoverPossible: false,
    failoverObstacles,
    promotable: [],
  });
  const well = [replica(100), replica(100)] as const;

  test('yes, to the replicas that may be promoted and answer', async () => {
    expect(await answer(well, view(), view(), view())).toEqual(yes('redis-2', 'redis-3'));
    expect(await answer([replica(0), replica(1)], view(), view(), view())).toEqual(yes('redis-3'));
    expect(await answer([silent, replica(1)], view(), view(), view())).toEqual(yes('redis-3'));
  });

  test('one Sentinel that can lead it is enough', async () => {
    const few = view({ quorumOk: false, quorum: 4 });
    const blind = view({ notPromotable: { 'redis-2': 's_down', 'redis-3': 's_down' } });
    expect(await answer(well, view({ tilt: true }), view(), view())).toMatchObject({ failoverPossible: true });
    expect(await answer(well, blind, view(), blind)).toMatchObject({ failoverPossible: true });
    expect(await answer(well, few, few, few)).toEqual(
      no('sentinel-1, sentinel-2, sentinel-3: reaches 3 of 3 Sentinels, itself included; quorum 4, majority 2'),
    );
  });

  test('no: the servers, the Sentinels, or each for a reason of its own', async () => {
    expect(await answer([replica(0), silent], view(), view(), view())).toEqual(
      no(
        'sentinel-1, sentinel-2, sentinel-3: no replica may be promoted (redis-2: replica-priority 0; redis-3: does not answer)',
      ),
    );
    expect(await answer(well, silent, silent, silent)).toEqual(no('0 of 3 Sentinels answer'));
    const tilted = view({ tilt: true });
    expect(await answer(well, tilted, view(), tilted)).toEqual(
      no(expect.stringMatching(/1 of the 2 .*TILT mode/), 'sentinel-1, sentinel-3: is in TILT mode'),
    );
  });

  test('a setting that was changed by hand is named with that of the others; what all have is only judged by its risk', async () => {
    const input = await inputFor('process');
    const degraded = (...views: readonly Probe[]) =>
      [...judge(input, new Map(views.map((one, index) => [`sentinel-${index + 1}`, one]))).values()].map(
        (one) => one.degraded,
      );
    expect(degraded(view(), view(), view())).toEqual([[], [], []]);
    expect(degraded(view(), view({ quorum: 3 }), view())).toEqual([
      [],
      [
        'quorum is 3 here, 2 at sentinel-1, 2 at sentinel-3: `stackctl restart sentinel-2` brings back what the stack declares',
      ],
      [],
    ]);
    const quick = view({ downAfterMs: 300 });
    expect(degraded(quick, quick, quick)[0]).toEqual([expect.stringMatching(/milliseconds 300 is below 1500: .*5000/)]);
    expect(degraded(view({ failoverTimeoutMs: 9000 }), view({ failoverTimeoutMs: 9000 }))).toEqual([[], []]);
  });
});

describe('for a client on the host', () => {
  test('local processes have one address each and need no natMap', async () => {
    expect(connection(await inputFor('process')).clientOptions?.ioredis).toEqual({
      sentinels: [26379, 26380, 26381].map((port) => ({ host: '127.0.0.1', port })),
      name: 'kasagi-master',
      natMap: {},
    });
  });

  test('in Docker every inside address is mapped, those of the Sentinels too', async () => {
    expect(connection(await inputFor('docker')).clientOptions?.ioredis?.natMap).toEqual({
      '172.30.0.17:6379': { host: '127.0.0.1', port: 6379 },
      '172.30.0.18:6379': { host: '127.0.0.1', port: 6380 },
      '172.30.0.19:6379': { host: '127.0.0.1', port: 6381 },
      '172.30.0.33:26379': { host: '127.0.0.1', port: 26379 },
      '172.30.0.34:26379': { host: '127.0.0.1', port: 26380 },
      '172.30.0.35:26379': { host: '127.0.0.1', port: 26381 },
    });
  });

  test('passwords are there and print as nothing', async () => {
    const input = await inputFor('process', { redisPassword: 's3cret-a', sentinelPassword: 's3cret-b' });
    const shown = JSON.stringify([connection(input), clientEnv(input)]);
    expect(shown).not.toContain('s3cret');
    expect(shown).toContain('"password":"[redacted]","sentinelPassword":"[redacted]"');
    expect(shown).toContain('"REDIS_PASSWORD":"[redacted]"');
  });
});

test('ids are 40 hexadecimal digits, the same every time and different for every Sentinel of every project', () => {
  const ids = [sentinelId('a-1', 'sentinel-1'), sentinelId('a-1', 'sentinel-2'), sentinelId('a-2', 'sentinel-1')];
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{40}$/);
  expect(new Set(ids).size).toBe(3);
  expect(sentinelId('a-1', 'sentinel-1')).toBe(ids[0]);
});
