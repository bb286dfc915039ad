import { stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { START_SCRIPT } from '../../../src/kinds/sentinel/scripts.ts';
import { type Files, ownOptions, type ScriptRun, SHELLS, scriptRun } from '../../support/script-run.ts';

describe.concurrent.each(SHELLS)('sentinel start script in %s', (shell) => {
  const CONFIG = {
    'sentinel.conf': [
      'port 8001',
      'requirepass "a  b\\\\c\\"d"',
      'sentinel monitor group 127.0.0.1 7001 2',
      'sentinel down-after-milliseconds group 5000',
      '',
    ].join('\n'),
    addresses: 'redis-1 127.0.0.1 7001\nredis-2 127.0.0.1 7002\nsentinel-1 127.0.0.1 8001\nsentinel-2 127.0.0.1 8002\n',
    primary: '0 127.0.0.1 7001\n',
    monitor: '3 2\n',
    members: 'myid aaa\nsentinel 127.0.0.1 8002 bbb\nreplica 127.0.0.1 7001\nreplica 127.0.0.1 7002\n',
  };
  const SAVED = [
    'port 8001',
    'sentinel monitor group 127.0.0.1 7002 2',
    'sentinel down-after-milliseconds group 9999',
    'sentinel config-epoch group 3',
    'sentinel leader-epoch group 4',
    'sentinel known-replica group 127.0.0.1 7009',
    'sentinel known-sentinel group 127.0.0.1 8009 ccc',
    'sentinel current-epoch 5',
    '',
  ].join('\n');
  const run = (script: ScriptRun, files: Partial<Files>): Promise<readonly string[]> =>
    script
      .lay({ ...files, config: { ...CONFIG, ...files.config } })
      .then(() => script.start({ STACKCTL_SELF: '127.0.0.1 8001', STACKCTL_GROUP: 'group' }))
      .then((conf) => conf.trimEnd().split('\n'));

  test('a first start: the recorded master, and everybody it would otherwise have to find', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    expect(await run(script, {})).toEqual([
      'port 8001',
      'requirepass "a  b\\\\c\\"d"',
      'sentinel monitor group 127.0.0.1 7001 2',
      'sentinel down-after-milliseconds group 5000',
      'sentinel config-epoch group 0',
      'sentinel current-epoch 0',
      'sentinel myid aaa',
      'sentinel known-sentinel group 127.0.0.1 8002 bbb',
      'sentinel known-replica group 127.0.0.1 7002',
    ]);
    expect(await script.argv()).toEqual([
      script.at('data', 'sentinel.conf'),
      ...ownOptions(script.at('data'), '127.0.0.1', 8001),
      '--sentinel',
    ]);
    expect((await stat(script.at('data', 'sentinel.conf'))).mode & 0o777).toBe(0o600);
  });

  test('keeps master and epochs, takes new settings, drops members that were removed', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const conf = await run(script, { data: { 'sentinel.conf': SAVED, addresses: CONFIG.addresses } });
    expect(conf.filter((line) => line.startsWith('sentinel'))).toEqual([
      'sentinel monitor group 127.0.0.1 7002 2',
      'sentinel down-after-milliseconds group 5000',
      'sentinel config-epoch group 3',
      'sentinel leader-epoch group 4',
      'sentinel current-epoch 5',
      'sentinel myid aaa',
      'sentinel known-sentinel group 127.0.0.1 8002 bbb',
      'sentinel known-replica group 127.0.0.1 7001',
    ]);
  });

  test('an election that it missed and stackctl has seen counts more', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const data = { 'sentinel.conf': SAVED, addresses: CONFIG.addresses };
    const conf = await run(script, { config: { primary: '7 127.0.0.1 7001\n' }, data });
    expect(conf).toContain('sentinel monitor group 127.0.0.1 7001 2');
    expect(conf).toContain('sentinel config-epoch group 7');
    expect(conf).toContain('sentinel current-epoch 7');
  });

  test('at the same epoch its own decision counts', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const data = { 'sentinel.conf': SAVED, addresses: CONFIG.addresses };
    expect(await run(script, { config: { primary: '3 127.0.0.1 7001\n' }, data })).toContain(
      'sentinel monitor group 127.0.0.1 7002 2',
    );
  });

  test('changed addresses are translated', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const config = {
      addresses: CONFIG.addresses.replaceAll(' 70', ' 90'),
      members: CONFIG.members.replaceAll(' 70', ' 90'),
      primary: '0 127.0.0.1 9001\n',
      'sentinel.conf': CONFIG['sentinel.conf'].replace(' 7001', ' 9001'),
    };
    const conf = await run(script, { config, data: { 'sentinel.conf': SAVED, addresses: CONFIG.addresses } });
    expect(conf).toContain('sentinel monitor group 127.0.0.1 9002 2');
    expect(conf).toContain('sentinel known-replica group 127.0.0.1 9001');
  });

  test('a master that was removed from the stack: the recorded one', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const addresses = CONFIG.addresses.replace('7002', '7005');
    const data = { 'sentinel.conf': SAVED.replace('7002', '7004'), addresses };
    expect(await run(script, { data })).toContain('sentinel monitor group 127.0.0.1 7001 2');
  });

  test('a group that was renamed: the decisions of the old name are not carried over', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const data = { 'sentinel.conf': SAVED.replaceAll(' group ', ' old '), addresses: CONFIG.addresses };
    const conf = await run(script, { data });
    expect(conf.filter((line) => line.includes(' old '))).toEqual([]);
    expect(conf).toContain('sentinel monitor group 127.0.0.1 7001 2');
    expect(conf).toContain('sentinel current-epoch 5');
  });

  test.each([
    ['an empty file', { 'sentinel.conf': '' }],
    ['no addresses', { 'sentinel.conf': SAVED }],
  ])('a start that was killed half way left %s: the recorded master', async (_, data) => {
    await using script = await scriptRun(START_SCRIPT, shell);
    expect(await run(script, { data })).toContain('sentinel monitor group 127.0.0.1 7001 2');
  });
});
