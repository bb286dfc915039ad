import { describe, expect, it } from 'vitest';
import { agree } from '../../../src/kinds/sentinel/failover/agree.ts';
import { classify } from '../../../src/kinds/sentinel/failover/classify.ts';
import { parseEvent } from '../../../src/kinds/sentinel/failover/events.ts';
import type { RoleView, SentinelView } from '../../../src/kinds/sentinel/failover/observe.ts';
import { unsteady } from '../../../src/kinds/sentinel/failover/unsteady.ts';

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
    master: { address: 'h:1', epoch: 3, quorum: 2, flags: ['master'], replicas: 2, otherSentinels: 2, ...change },
    replicas: ['h:2', 'h:3'].map((address) => ({ address, flags: ['slave'], priority: 100 })),
    quorumProblem: undefined,
  });
  const replica = (name: string, change: { master?: string; link?: string } = {}): RoleView => ({
    name,
    role: 'slave',
    master: 'h:1',
    link: 'connected',
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
      withSentinel({ ...sentinel('s3'), replicas: [{ address: 'h:2', flags: ['slave', 's_down'], priority: 100 }] }),
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
});
