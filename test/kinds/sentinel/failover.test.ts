import { describe, expect, it } from 'vitest';
import { agree } from '../../../src/clients/redis/agree.ts';
import { parseEvent } from '../../../src/kinds/sentinel/failover/events.ts';
import { explain } from '../../../src/kinds/sentinel/failover/explain.ts';
import type { RoleView, SentinelView } from '../../../src/kinds/sentinel/failover/observe.ts';
import { impossible, unable, unsteady } from '../../../src/kinds/sentinel/failover/unsteady.ts';
import { classify } from '../../../src/programs/failover-writer/classify.ts';
import type { ClusterEvent, FailoverInput } from '../../../src/stack/contract/scenario.ts';
import { memberView } from './member-view.ts';

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

describe('classify', () => {
  it.each([
    "READONLY You can't write against a read only replica.",
    'NOREPLICAS Not enough good replicas to write.',
    'LOADING Redis is loading the dataset in memory',
    'MASTERDOWN Link with MASTER is down',
    'NOAUTH Authentication required.',
    'NOPERM this user has no permissions',
    'OOM command not allowed',
    'MISCONF Redis is configured to save RDB snapshots',
    'BUSY Redis is busy running a script.',
    'EXECABORT Transaction discarded',
  ])('a refusal is certain: %s', (message) => {
    expect(classify(replyError(message))).toEqual({
      type: 'failed',
      error: message.split(' ')[0],
      connection: 'keep',
    });
  });

  it.each([
    new Error('Command timed out'),
    new Error('Connection is closed.'),
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    new Error('READONLY is only a refusal when the server says so'),
    'not even an error',
  ])('everything else says nothing about the write: %s', (error) => {
    expect(classify(error)).toMatchObject({ type: 'unknown', connection: 'drop' });
  });

  it('does not guess about a reply that it does not know', () => {
    expect(classify(replyError('STRANGE thing'))).toMatchObject({ type: 'unknown', error: 'STRANGE' });
  });
});

describe('parseEvent', () => {
  const group = 'kasagi-master';
  it.each([
    ['+sdown', 'master kasagi-master 127.0.0.1 6379', 'detected'],
    ['+sdown', 'slave 127.0.0.1:6380 127.0.0.1 6380 @ kasagi-master 127.0.0.1 6379', undefined],
    ['+sdown', 'sentinel abc 127.0.0.1 26380 @ kasagi-master 127.0.0.1 6379', undefined],
    ['-sdown', 'master kasagi-master 127.0.0.1 6379', undefined],
    ['+odown', 'master kasagi-master 127.0.0.1 6379 #quorum 2/2', 'agreed'],
    ['+try-failover', 'master kasagi-master 127.0.0.1 6379', undefined],
    ['+elected-leader', 'master kasagi-master 127.0.0.1 6379', 'elected'],
    ['+promoted-slave', 'slave 127.0.0.1:6380 127.0.0.1 6380 @ kasagi-master 127.0.0.1 6379', 'promoted'],
    ['-failover-abort-no-good-slave', 'master kasagi-master 127.0.0.1 6379', 'aborted'],
    ['-failover-abort-not-elected', 'master kasagi-master 127.0.0.1 6379', 'aborted'],
    ['+convert-to-slave', 'slave 127.0.0.1:6379 127.0.0.1 6379 @ kasagi-master 127.0.0.1 6380', undefined],
    ['+new-epoch', '7', undefined],
  ])('%s %s', (name, text, phase) => {
    expect(parseEvent(name, text, group)).toEqual({ phase, masterAddress: undefined });
  });

  it('reads the new address of a switch', () => {
    expect(parseEvent('+switch-master', 'kasagi-master 127.0.0.1 6379 127.0.0.1 6380', group)).toEqual({
      phase: 'switched',
      masterAddress: '127.0.0.1:6380',
    });
  });

  it.each([
    ['+switch-master', 'other 127.0.0.1 6379 127.0.0.1 6380'],
    ['+sdown', 'master other 127.0.0.1 6379'],
    ['+promoted-slave', 'slave 127.0.0.1:6380 127.0.0.1 6380 @ other 127.0.0.1 6379'],
  ])('leaves out another group: %s', (name, text) => {
    expect(parseEvent(name, text, group)).toBeUndefined();
  });
});

describe('agree', () => {
  const answers = (...all: readonly [string, number][]) => all.map(([address, at]) => ({ address, at }));
  it.each<[string, readonly [string, number][], string | undefined]>([
    ['no answer', [], undefined],
    ['one answer', [['a', 95]], 'a'],
    [
      'a majority',
      [
        ['a', 95],
        ['b', 99],
        ['b', 98],
      ],
      'b',
    ],
    [
      'a tie',
      [
        ['a', 95],
        ['b', 99],
      ],
      undefined,
    ],
    [
      'a stale third that would have made a majority',
      [
        ['a', 20],
        ['a', 95],
        ['b', 99],
      ],
      undefined,
    ],
    [
      'three different ones',
      [
        ['a', 95],
        ['b', 95],
        ['c', 95],
      ],
      undefined,
    ],
  ])('%s', (_name, all, expected) => {
    expect(agree(answers(...all), 100, 50)).toBe(expected);
  });
});

describe('unsteady', () => {
  const members = new Map([
    ['h:1', 'redis-1'],
    ['h:2', 'redis-2'],
    ['h:3', 'redis-3'],
  ]);
  const sentinel = (name: string, change: Partial<SentinelView['master']> = {}): SentinelView => ({
    name,
    master: {
      address: 'h:1',
      epoch: 3,
      quorum: 2,
      downAfterMs: 5000,
      failoverTimeoutMs: 30_000,
      flags: ['master'],
      replicas: 2,
      otherSentinels: 2,
      ...change,
    },
    replicas: ['h:2', 'h:3'].map((address) => memberView({ address })),
    quorumProblem: undefined,
    tilt: false,
  });
  const replica = (name: string, change: { master?: string; link?: string; priority?: number } = {}): RoleView => ({
    name,
    role: 'slave',
    master: 'h:1',
    link: 'connected',
    priority: 100,
    ...change,
  });
  const sentinels = [sentinel('s1'), sentinel('s2'), sentinel('s3')];
  const roles: RoleView[] = [{ name: 'redis-1', role: 'master', replicas: 2 }, replica('redis-2'), replica('redis-3')];

  it('finds nothing in a steady group', () => {
    expect(unsteady({ view: { sentinels, members: roles }, members })).toEqual([]);
  });

  const withSentinel = (one: SentinelView) => ({ sentinels: [sentinel('s1'), sentinel('s2'), one], members: roles });
  const withRoles = (...changed: readonly RoleView[]) => ({ sentinels, members: changed });
  const [master, second, third] = roles as [RoleView, RoleView, RoleView];

  it.each<[string, Parameters<typeof unsteady>[0]['view'], RegExp]>([
    ['a Sentinel with another master', withSentinel(sentinel('s3', { address: 'h:2' })), /different masters: h:1, h:2/],
    ['a Sentinel at another epoch', withSentinel(sentinel('s3', { epoch: 4 })), /different epochs: 3, 4/],
    [
      'a flagged master',
      withSentinel(sentinel('s3', { flags: ['master', 's_down'] })),
      /s3 flags the master as .*s_down/,
    ],
    ['a missing replica', withSentinel(sentinel('s3', { replicas: 1 })), /s3 knows 1 of 2 replicas/],
    ['a missing Sentinel', withSentinel(sentinel('s3', { otherSentinels: 1 })), /s3 knows 1 of 2 other Sentinels/],
    ['no quorum', withSentinel({ ...sentinel('s3'), quorumProblem: 'NOQUORUM 1 usable' }), /s3: NOQUORUM/],
    [
      'a flagged replica',
      withSentinel({ ...sentinel('s3'), replicas: [memberView({ flags: ['slave', 's_down'] })] }),
      /s3 flags the replica h:2 as s_down/,
    ],
    [
      'two masters',
      withRoles(master, { name: 'redis-2', role: 'master', replicas: 0 }, third),
      /exactly one .*redis-1, redis-2/,
    ],
    ['no master', withRoles(replica('redis-1'), second, third), /exactly one .*none/],
    [
      'another master than the Sentinels name',
      withRoles(replica('redis-1', { master: 'h:2' }), { name: 'redis-2', role: 'master', replicas: 2 }, third),
      /redis-2 is the master; the Sentinels name redis-1/,
    ],
    [
      'a replica that the master misses',
      withRoles({ name: 'redis-1', role: 'master', replicas: 1 }, second, third),
      /redis-1 has 1 of 2/,
    ],
    ['a replica of another', withRoles(master, replica('redis-2', { master: 'h:3' }), third), /redis-2 follows h:3/],
    [
      'a replica that still syncs',
      withRoles(master, replica('redis-2', { link: 'sync' }), third),
      /redis-2 is not in sync \(sync\)/,
    ],
    [
      'an instance that does not answer',
      { sentinels, members: [master, second, { name: 'redis-3', problem: 'connection refused' }] },
      /redis-3: connection refused/,
    ],
  ])('%s', (_name, view, reason) => {
    expect(unsteady({ view, members }).join('\n')).toMatch(reason);
  });

  it('can fail over when a replica may be promoted and every Sentinel acts', () => {
    const view = { sentinels, members: [master, replica('redis-2', { priority: 0 }), third] };
    expect([...unable(view), ...impossible(view)]).toEqual([]);
  });

  it('says why it cannot fail over now', () => {
    const stale = { ...sentinel('s2'), replicas: [memberView({ linkDownMs: 60_000 })] };
    const view = { sentinels: [{ ...sentinel('s1'), tilt: true }, stale], members: roles };
    expect(unable(view)).toEqual([
      expect.stringMatching(/^s1 is in TILT mode/),
      's2 would not promote the replica h:2: its link to the master has been down for 60 s, so its data is too old',
    ]);
    expect(impossible(view)).toEqual([]);
  });

  it('waits neither for a priority that nobody changes nor for a replica that the stack does not have', () => {
    const never = [replica('redis-2', { priority: 0 }), replica('redis-3', { priority: 0 })];
    expect(impossible({ sentinels, members: [master, ...never] }).join()).toMatch(/priority 0.*redis-2, redis-3/);
    const silent = { name: 'redis-3', problem: 'connection refused' };
    expect(impossible({ sentinels, members: [master, replica('redis-2', { priority: 0 }), silent] })).toEqual([]);
    expect(impossible({ sentinels, members: [master] }).join()).toMatch(/one server and no replica/);
  });
});

describe('explain', () => {
  const input = {
    service: { instances: [1, 2, 3], options: { quorum: 2, failoverTimeoutMs: 30_000 } },
  } as unknown as FailoverInput;
  const told = (...names: readonly (readonly [source: string, name: string, text?: string])[]): ClusterEvent[] =>
    names.map(([source, name, text = 'master m h 1']) => {
      const phase = parseEvent(name, text, 'm')?.phase;
      return { at: 1, source, name, text, phase, primary: undefined };
    });
  const down = [
    ['s1', '+sdown'],
    ['s1', '+odown'],
  ] as const;

  it.each<[string, ClusterEvent[], RegExp]>([
    ['nothing', [], /^no Sentinel found the master down$/],
    ['one of three', told(['s2', '+sdown']), /^1 of 3 Sentinels found the master down \(s2\); 2 have to agree$/],
    ['a replica that is down only', told(['s2', '+sdown', 'slave h:2 h 2 @ m h 1']), /^no Sentinel/],
    ['no try', told(...down), /none tried a failover: .* wait 60 s \(twice failoverTimeoutMs\)/],
    ['no votes', told(...down, ['s1', '+try-failover']), /^s1 asked for votes and was not elected$/],
    ['elected', told(...down, ['s1', '+try-failover'], ['s1', '+elected-leader']), /did not become master$/],
    [
      'no good replica',
      told(...down, ['s1', '+try-failover'], ['s1', '+elected-leader'], ['s1', '-failover-abort-no-good-slave']),
      /^s1 gave the failover up: no replica may be promoted .*\(-failover-abort-no-good-slave\)$/,
    ],
    [
      'an abort of another kind',
      told(['s1', '-failover-abort-new-kind']),
      /^s1 gave the failover up: -failover-abort-new-kind$/,
    ],
  ])('%s', (_name, events, text) => {
    expect(explain(input, events).join('\n')).toMatch(text);
  });

  it('names who was in TILT mode', () => {
    expect(explain(input, told(['s3', '+tilt', '#tilt mode entered']))[0]).toMatch(/TILT mode.*: s3$/);
  });
});
