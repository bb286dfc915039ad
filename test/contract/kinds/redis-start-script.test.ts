import { mkdir, rm, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { START_SCRIPT } from '../../../src/kinds/_shared/redis/scripts.ts';
import { poll } from '../../../src/lib/poll.ts';
import { type Files, ownOptions, type ScriptRun, SHELLS, scriptRun } from '../../support/script-run.ts';
import { patience } from '../../support/wait-for.ts';

const ANNOUNCED = ['--replica-announce-ip', '127.0.0.1', '--replica-announce-port', '7001'];

/** As `redis-cli SENTINEL MASTER` prints it into a pipe; the run id of a master that was never reached is an empty line. */
function view(epoch: number, port: number, flags = 'master', { unansweredMs = 0, answeredMs = 1 } = {}): string {
  const fields = {
    ...{ name: 'group', ip: '127.0.0.1', port, runid: '', flags, quorum: 2, 'config-epoch': epoch },
    ...{ 'last-ping-sent': unansweredMs, 'last-ok-ping-reply': answeredMs },
  };
  return Object.entries(fields)
    .map(([key, value]) => `${key}\n${value}\n`)
    .join('');
}

describe.concurrent.each(SHELLS)('redis start script in %s', (shell) => {
  const CONFIG = {
    'redis.conf': 'port 7001\nmin-replicas-to-write 1\nmin-replicas-max-lag 2',
    addresses: 'redis-1 127.0.0.1 7001\nredis-2 127.0.0.1 7002\nredis-3 127.0.0.1 7003\n',
    sentinels: '127.0.0.1 8001\n127.0.0.1 8002\n127.0.0.1 8003\n',
    primary: '0 127.0.0.1 7001\n',
    group: 'group\n',
  };
  const FENCE = ['--min-replicas-to-write', '1000000', '--min-replicas-max-lag', '10'];
  const SETTINGS = 'min-replicas-max-lag\n2\nmin-replicas-to-write\n1\n';
  const run = (script: ScriptRun, files: Partial<Files>, environment = {}): Promise<string> =>
    script
      .lay({ ...files, config: { ...CONFIG, ...files.config }, fake: { settings: SETTINGS, ...files.fake } })
      .then(() =>
        script.start({
          STACKCTL_SELF: '127.0.0.1 7001',
          STACKCTL_ASK_S: '0',
          ...environment,
        }),
      );
  const sentinels = (...views: readonly (string | undefined)[]) =>
    Object.fromEntries(
      views.flatMap((content, index) => (content === undefined ? [] : [[`sentinel-${8001 + index}`, content]])),
    );
  const lifted = (script: ScriptRun): Promise<string> =>
    poll(async () => (await script.text('fake', 'calls').catch(() => '')).match(/[\s\S]*to-write.*\n/)?.[0], {
      everyMs: 20,
      signal: patience(),
    });
  /** The guard asks the server's time once a round: by the third, two rounds did not lift the fence. */
  const thirdRound = (script: ScriptRun): Promise<true> =>
    poll(async () => (await script.text('fake', 'clock').catch(() => '')).split('\n').length > 3 || undefined, {
      everyMs: 20,
      signal: patience(),
    });

  test('all Sentinels name another master: starts as its replica, with the settings of the rendered file', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const conf = await run(script, { fake: sentinels(view(1, 7002), view(1, 7002), view(1, 7002)) });
    expect(conf).toBe(`${CONFIG['redis.conf']}\nreplicaof 127.0.0.1 7002\n`);
    expect(await script.argv()).toEqual([
      script.at('data', 'redis.conf'),
      ...ownOptions(script.at('data')),
      ...ANNOUNCED,
    ]);
    expect(await script.text('fake', 'asked').catch(() => 'nobody')).toBe('nobody');
    expect((await stat(script.at('data', 'redis.conf'))).mode & 0o777).toBe(0o600);
    expect(await script.text('data', 'primary')).toBe(CONFIG.primary);
    expect(await script.text('data', 'addresses')).toBe(CONFIG.addresses);
  });

  test('reads and writes the configuration file that its kind names', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const files = { config: { 'valkey.conf': 'port 7001' }, fake: sentinels(view(1, 7002), view(1, 7002)) };
    expect(await run(script, files, { STACKCTL_CONF: 'valkey.conf' })).toBe('port 7001\nreplicaof 127.0.0.1 7002\n');
    expect((await script.argv())[0]).toBe(script.at('data', 'valkey.conf'));
  });

  test.each<[string, readonly (string | undefined)[], string]>([
    [
      'a stale minority answer loses against a majority with a higher epoch',
      [view(1, 7001), view(2, 7003), view(2, 7003)],
      '7003',
    ],
    [
      'a stale majority loses against the one with a higher epoch',
      [view(1, 7001), view(1, 7001), view(2, 7003)],
      '7003',
    ],
    ['epochs are numbers, not text', [view(9, 7001), view(10, 7002), view(10, 7002)], '7002'],
    [
      'one that leads a failover has its epoch, and still the master of before: it does not count',
      [view(2, 7001, 'master,failover_in_progress'), view(2, 7003), view(2, 7003)],
      '7003',
    ],
    ['a majority is enough', [undefined, view(3, 7002), view(3, 7002)], '7002'],
    ['one answer counts when only an election can have made it', [undefined, undefined, view(4, 7002)], '7002'],
  ])('%s', async (_, views, master) => {
    await using script = await scriptRun(START_SCRIPT, shell);
    expect(await run(script, { fake: sentinels(...views) })).toContain(`\nreplicaof 127.0.0.1 ${master}\n`);
  });

  test('what stackctl has seen counts against Sentinels that missed it', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const config = { primary: '5 127.0.0.1 7003\n' };
    const conf = await run(script, { config, fake: sentinels(view(4, 7001), view(4, 7001), view(4, 7001)) });
    expect(conf).toContain('\nreplicaof 127.0.0.1 7003\n');
  });

  test('a majority names this server: a fenced master, and the fence goes when it is confirmed', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const views = sentinels(view(1, 7001), view(1, 7001), view(1, 7001));
    expect(await run(script, { fake: { ...views, role: 'master\n0\n' } })).toBe(`${CONFIG['redis.conf']}\n`);
    expect(await script.argv()).toEqual([
      script.at('data', 'redis.conf'),
      ...ownOptions(script.at('data')),
      ...ANNOUNCED,
      ...FENCE,
    ]);
    expect(await lifted(script)).toBe('min-replicas-max-lag 2\nmin-replicas-to-write 1\n');
    const asked = Number(await script.text('fake', 'asked'));
    expect(() => process.kill(asked, 0)).toThrow('ESRCH');
  });

  test.each([
    ['names another master', view(2, 7002)],
    ['does not see this one up yet', view(1, 7001, 'master,disconnected')],
    ['takes this one for down', view(1, 7001, 's_down,master')],
    ['leads a failover that began before', view(1, 7001, 'master,failover_in_progress')],
    ['waits for an answer of this one', view(1, 7001, 'master', { unansweredMs: 1900 })],
    ['has had its last answer before the start', view(1, 7001, 'master', { answeredMs: 100_000 })],
  ])('the fence stays while a Sentinel %s', async (_, against) => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const views = sentinels(view(1, 7001), view(1, 7001), view(1, 7001));
    // Only the answers after the start speak against it: `role` is asked first.
    await run(script, { fake: { ...views, role: '' } });
    await script.lay({ config: {}, fake: { ...sentinels(against), role: 'master\n' } });
    await thirdRound(script);
    expect(await script.text('fake', 'calls').catch(() => 'none')).toBe('none');
    await script.lay({ config: {}, fake: sentinels(view(1, 7001)) });
    expect(await lifted(script)).toContain('min-replicas-to-write 1\n');
  });

  test('a fence that the server refuses to lift is lifted later', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const views = sentinels(view(1, 7001), view(1, 7001), view(1, 7001));
    await run(script, { fake: { ...views, role: 'master\n', refuse: '' } });
    await poll(() => script.text('fake', 'refused').catch(() => undefined), {
      everyMs: 20,
      signal: patience(),
    });
    await rm(script.at('fake', 'refuse'));
    expect(await lifted(script)).toBe('min-replicas-max-lag 2\nmin-replicas-to-write 1\n');
  });

  test('a server that has become a replica is let go at once', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    await run(script, { fake: { ...sentinels(view(1, 7001), view(1, 7001)), role: 'slave\n' } });
    expect(await lifted(script)).toContain('min-replicas-to-write 1\n');
  });

  test('CONFIG has another name: asked and lifted with that', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const config = { 'config.command': 'cfg-7f3a' };
    await run(script, { config, fake: { ...sentinels(view(1, 7001), view(1, 7001)), role: 'slave\n' } });
    expect(await lifted(script)).toContain('min-replicas-to-write 1\n');
    expect(await script.text('fake', 'commands')).toBe('cfg-7f3a\n');
  });

  test('a server that cannot be asked never starts: the reason is in the log', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const fake = { ...sentinels(view(1, 7001), view(1, 7001)), unknown: "ERR unknown command 'CONFIG'\n" };
    await expect(run(script, { fake })).rejects.toThrow(
      "the server does not say how many replicas a write needs:\nERR unknown command 'CONFIG'",
    );
    expect(await script.text('fake', 'argv').catch(() => 'none')).toBe('none');
  });

  test.each([
    ['alone', { includes: 'extra.conf\n', sentinels: '' }],
    ['watched by Sentinels', { includes: 'extra.conf\n' }],
  ])('an included file that names a master: never started (%s)', async (_, config) => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const fake = { ...sentinels(view(1, 7001), view(1, 7001)), 'probe-role': 'slave\n10.0.0.9\n6379\nconnect\n-1\n' };
    await expect(run(script, { config, fake })).rejects.toThrow('names by include says replicaof 10.0.0.9 6379');
    expect(await script.text('fake', 'argv').catch(() => 'none')).toBe('none');
  });

  test('an included file that names none: starts, without asking CONFIG when no Sentinel is there', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const config = { includes: 'extra.conf\n', sentinels: '' };
    await run(script, { config, fake: { unknown: "ERR unknown command 'CONFIG'\n" } });
    expect(await script.argv()).toEqual([
      script.at('data', 'redis.conf'),
      ...ownOptions(script.at('data')),
      ...ANNOUNCED,
    ]);
  });

  test('in a container it listens for its neighbours', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    await run(script, { fake: sentinels(view(1, 7002), view(1, 7002)) }, { STACKCTL_SELF: '172.30.0.17 6379' });
    expect((await script.argv()).slice(1, -4)).toEqual(ownOptions(script.at('data'), '172.30.0.17', 6379));
  });

  test('a folder that Redis would take for a pattern: the same file by another name', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    const data = script.at('app[1]*?\\ "q"\nx');
    await mkdir(data);
    await run(script, { fake: sentinels(view(1, 7002), view(1, 7002)) }, { STACKCTL_DATA: data });
    const [conf, ...options] = (await script.text('fake', 'argv')).replace(data, 'DATA').split('\n');
    expect(conf).toBe('/proc/self/cwd/redis.conf');
    expect(options).toEqual([...ownOptions('DATA'), ...ANNOUNCED, '']);
  });

  describe('nobody answers', () => {
    const replica = { 'redis.conf': 'port 7001\nreplicaof 127.0.0.1 7002\n', addresses: CONFIG.addresses };

    test('a first start follows what is recorded', async () => {
      await using script = await scriptRun(START_SCRIPT, shell);
      expect(await run(script, { config: { primary: '0 127.0.0.1 7003\n' } })).toContain(
        '\nreplicaof 127.0.0.1 7003\n',
      );
    });

    test('nothing recorded since the last start: its own saved role', async () => {
      await using script = await scriptRun(START_SCRIPT, shell);
      const conf = await run(script, { data: { ...replica, primary: CONFIG.primary } });
      expect(conf).toContain('\nreplicaof 127.0.0.1 7002\n');
    });

    test('it was the master itself: a master again, fenced', async () => {
      await using script = await scriptRun(START_SCRIPT, shell);
      const data = { 'redis.conf': 'port 7001\n', addresses: CONFIG.addresses, primary: '0 127.0.0.1 7002\n' };
      expect(await run(script, { config: { primary: '0 127.0.0.1 7002\n' }, data })).not.toContain('replicaof');
      expect(await script.argv()).toEqual(expect.arrayContaining(FENCE));
    });

    test('recorded since the last start: that', async () => {
      await using script = await scriptRun(START_SCRIPT, shell);
      const data = { ...replica, primary: CONFIG.primary };
      expect(await run(script, { config: { primary: '2 127.0.0.1 7003\n' }, data })).toContain(
        '\nreplicaof 127.0.0.1 7003\n',
      );
    });

    test('a stale minority does not count more than its own saved role', async () => {
      await using script = await scriptRun(START_SCRIPT, shell);
      const conf = await run(script, { data: { ...replica, primary: CONFIG.primary }, fake: sentinels(view(0, 7001)) });
      expect(conf).toContain('\nreplicaof 127.0.0.1 7002\n');
    });

    test('the address of its master has changed since: translated', async () => {
      await using script = await scriptRun(START_SCRIPT, shell);
      const config = { addresses: CONFIG.addresses.replaceAll(' 70', ' 90') };
      const conf = await run(
        script,
        { config, data: { ...replica, primary: CONFIG.primary } },
        { STACKCTL_SELF: '127.0.0.1 9001' },
      );
      expect(conf).toContain('\nreplicaof 127.0.0.1 9002\n');
    });

    test('the fence goes after the time for asking', async () => {
      await using script = await scriptRun(START_SCRIPT, shell);
      await run(script, { fake: { role: 'master\n' } });
      expect(await lifted(script)).toContain('min-replicas-to-write 1\n');
    });
  });

  test('a single server asks nobody and is not fenced', async () => {
    await using script = await scriptRun(START_SCRIPT, shell);
    expect(await run(script, { config: { sentinels: '', group: '' } })).toBe(`${CONFIG['redis.conf']}\n`);
  });
});
