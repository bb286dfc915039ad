import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { START_SCRIPT as REDIS_SCRIPT } from '../../src/kinds/_shared/redis/scripts.ts';
import { START_SCRIPT as SENTINEL_SCRIPT } from '../../src/kinds/sentinel/scripts.ts';
import { poll } from '../../src/lib/poll.ts';
import { canRun } from '../support/need.ts';

/** The shells of the images and machines that the scripts run on. */
const SHELLS = ['sh', ...(canRun('busybox') ? ['busybox'] : [])];
/** What BusyBox brings itself in an Alpine image. */
const APPLETS = [
  'rm',
  'sh',
  'awk',
  'cat',
  'chmod',
  'cmp',
  'cp',
  'date',
  'grep',
  'mv',
  'sleep',
  'sort',
  'timeout',
  'wc',
];

/**
 * Answers from files: `sentinel-<port>`, `role`, and `settings` for the server that is asked before the start; a second
 * passes with every TIME; notes every CONFIG SET in `calls`.
 */
const REDIS_CLI = `#!/bin/sh
cd "$FAKE"
case "$*" in
*ask.sock*ROLE*) cat probe-role 2>/dev/null || echo master ;;
*ask.sock*) if [ -e unknown ]; then cat unknown >&2; exit 1; fi; cat settings ;;
*SENTINEL*) cat "sentinel-$4" ;;
*ROLE*) cat role ;;
*TIME*) echo . >>clock; wc -l <clock; echo 0 ;;
*SET*) [ ! -e refuse ] || exit 1; while [ "$2" != SET ]; do shift; done
  echo "$1" >commands; echo "$3 $4" >>calls ;;
esac
`;

/** Stands for redis-server: keeps what it was started with and runs until the test is over, or it has been asked. */
const SERVER = `#!/bin/sh
case "$*" in *ask.sock*) echo "$$" >"$FAKE/asked"; exec sleep 20 ;; esac
for word; do printf '%s\\n' "$word"; done >"$FAKE/argv.part"
mv "$FAKE/argv.part" "$FAKE/argv"
for conf; do [ ! -f "$conf" ] || { cp "$conf" "$FAKE/conf.part"; mv "$FAKE/conf.part" "$FAKE/conf"; }; done
exec sleep 20
`;

let folder: string;
const at = (...path: string[]): string => join(folder, ...path);
const text = (...path: string[]): Promise<string> => readFile(at(...path), 'utf8');
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-start-'));
  for (const name of ['config', 'data', 'fake']) await mkdir(at(name));
  await put('fake/redis-cli', REDIS_CLI);
  await put('fake/server', SERVER);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  // The guard looks for its server every 0.1 s and ends with it.
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

async function put(path: string, content: string): Promise<void> {
  await writeFile(at(path), content);
  await chmod(at(path), 0o755);
}

interface Files {
  readonly config: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly fake?: Readonly<Record<string, string>>;
}

async function lay({ config, data = {}, fake = {} }: Files): Promise<void> {
  for (const [folderName, files] of Object.entries({ config, data, fake })) {
    for (const [name, content] of Object.entries(files)) await writeFile(at(folderName, name), content);
  }
}

/** Starts the script and waits until the server program has been started by it. */
async function start(script: string, shell: string, environment: Readonly<Record<string, string>>): Promise<string> {
  await put('config/start.sh', script);
  const path = [at('fake'), ...(shell === 'busybox' ? [await applets()] : []), process.env.PATH].join(delimiter);
  const errors: string[] = [];
  const child = spawn('sh', [at('config', 'start.sh'), at('fake', 'server')], {
    env: {
      PATH: path,
      FAKE: at('fake'),
      STACKCTL_CONFIG: at('config'),
      STACKCTL_DATA: at('data'),
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => errors.push(chunk));
  children.push(child);
  const conf = await poll(
    async () => {
      if (child.exitCode !== null) throw new Error(`the script ended with ${child.exitCode}: ${errors.join('')}`);
      return (await stat(at('fake', 'conf')).catch(() => undefined)) === undefined ? undefined : text('fake', 'conf');
    },
    { everyMs: 5, signal: AbortSignal.timeout(10_000) },
  );
  expect(errors.join('')).toBe('');
  return conf;
}

async function applets(): Promise<string> {
  await mkdir(at('applets'));
  const busybox = (process.env.PATH ?? '').split(delimiter).map((place) => join(place, 'busybox'));
  const found = await Promise.all(
    busybox.map((path) =>
      stat(path).then(
        () => path,
        () => undefined,
      ),
    ),
  );
  const program = found.find((path) => path !== undefined) ?? 'busybox';
  for (const name of APPLETS) await symlink(program, at('applets', name));
  return at('applets');
}

async function argv(): Promise<readonly string[]> {
  return (await text('fake', 'argv')).split('\n').slice(0, -1);
}

/** What stackctl decides, behind the file, where it wins. */
function own(data: string, host = '127.0.0.1', port = 7001): readonly string[] {
  const listen = host === '127.0.0.1' ? ['--bind', host] : ['--bind', '0.0.0.0', '--protected-mode', 'no'];
  const started = ['--daemonize', 'no', '--supervised', 'no', '--pidfile', '', '--logfile', '', '--dir', data];
  return [...listen, '--port', String(port), ...started];
}

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

describe.each(SHELLS)('redis start script in %s', (shell) => {
  const CONFIG = {
    'redis.conf': 'port 7001\nmin-replicas-to-write 1\nmin-replicas-max-lag 2',
    addresses: 'redis-1 127.0.0.1 7001\nredis-2 127.0.0.1 7002\nredis-3 127.0.0.1 7003\n',
    sentinels: '127.0.0.1 8001\n127.0.0.1 8002\n127.0.0.1 8003\n',
    primary: '0 127.0.0.1 7001\n',
  };
  const FENCE = ['--min-replicas-to-write', '1000000', '--min-replicas-max-lag', '10'];
  const SETTINGS = 'min-replicas-max-lag\n2\nmin-replicas-to-write\n1\n';
  const run = (files: Partial<Files>, environment = {}): Promise<string> =>
    lay({ ...files, config: { ...CONFIG, ...files.config }, fake: { settings: SETTINGS, ...files.fake } }).then(() =>
      start(REDIS_SCRIPT, shell, {
        STACKCTL_SELF: '127.0.0.1 7001',
        STACKCTL_GROUP: 'group',
        STACKCTL_ASK_S: '0',
        ...environment,
      }),
    );
  const sentinels = (...views: readonly (string | undefined)[]) =>
    Object.fromEntries(
      views.flatMap((content, index) => (content === undefined ? [] : [[`sentinel-${8001 + index}`, content]])),
    );
  const lifted = (): Promise<string> =>
    poll(async () => (await text('fake', 'calls').catch(() => '')).match(/[\s\S]*to-write.*\n/)?.[0], {
      everyMs: 20,
      signal: AbortSignal.timeout(8000),
    });

  test('all Sentinels name another master: starts as its replica, with the settings of the rendered file', async () => {
    const conf = await run({ fake: sentinels(view(1, 7002), view(1, 7002), view(1, 7002)) });
    expect(conf).toBe(`${CONFIG['redis.conf']}\nreplicaof 127.0.0.1 7002\n`);
    expect(await argv()).toEqual([at('data', 'redis.conf'), ...own(at('data')), ...ANNOUNCED]);
    expect(await text('fake', 'asked').catch(() => 'nobody')).toBe('nobody');
    expect((await stat(at('data', 'redis.conf'))).mode & 0o777).toBe(0o600);
    expect(await text('data', 'primary')).toBe(CONFIG.primary);
    expect(await text('data', 'addresses')).toBe(CONFIG.addresses);
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
    ['a majority is enough', [undefined, view(3, 7002), view(3, 7002)], '7002'],
    ['one answer counts when only an election can have made it', [undefined, undefined, view(4, 7002)], '7002'],
  ])('%s', async (_, views, master) => {
    expect(await run({ fake: sentinels(...views) })).toContain(`\nreplicaof 127.0.0.1 ${master}\n`);
  });

  test('what stackctl has seen counts against Sentinels that missed it', async () => {
    const config = { primary: '5 127.0.0.1 7003\n' };
    const conf = await run({ config, fake: sentinels(view(4, 7001), view(4, 7001), view(4, 7001)) });
    expect(conf).toContain('\nreplicaof 127.0.0.1 7003\n');
  });

  test('a majority names this server: a fenced master, and the fence goes when it is confirmed', async () => {
    const views = sentinels(view(1, 7001), view(1, 7001), view(1, 7001));
    expect(await run({ fake: { ...views, role: 'master\n0\n' } })).toBe(`${CONFIG['redis.conf']}\n`);
    expect(await argv()).toEqual([at('data', 'redis.conf'), ...own(at('data')), ...ANNOUNCED, ...FENCE]);
    expect(await lifted()).toBe('min-replicas-max-lag 2\nmin-replicas-to-write 1\n');
    const asked = Number(await text('fake', 'asked'));
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
    const views = sentinels(view(1, 7001), view(1, 7001), view(1, 7001));
    // Only the answers after the start speak against it: `role` is asked first.
    await run({ fake: { ...views, role: '' } });
    await lay({ config: {}, fake: { ...sentinels(against), role: 'master\n' } });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await text('fake', 'calls').catch(() => 'none')).toBe('none');
    await lay({ config: {}, fake: sentinels(view(1, 7001)) });
    expect(await lifted()).toContain('min-replicas-to-write 1\n');
  });

  test('a fence that the server refuses to lift is lifted later', async () => {
    const views = sentinels(view(1, 7001), view(1, 7001), view(1, 7001));
    await run({ fake: { ...views, role: 'master\n', refuse: '' } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await rm(at('fake', 'refuse'));
    expect(await lifted()).toBe('min-replicas-max-lag 2\nmin-replicas-to-write 1\n');
  });

  test('a server that has become a replica is let go at once', async () => {
    await run({ fake: { ...sentinels(view(1, 7001), view(1, 7001)), role: 'slave\n' } });
    expect(await lifted()).toContain('min-replicas-to-write 1\n');
  });

  test('CONFIG has another name: asked and lifted with that', async () => {
    const config = { 'config.command': 'cfg-7f3a' };
    await run({ config, fake: { ...sentinels(view(1, 7001), view(1, 7001)), role: 'slave\n' } });
    expect(await lifted()).toContain('min-replicas-to-write 1\n');
    expect(await text('fake', 'commands')).toBe('cfg-7f3a\n');
  });

  test('a server that cannot be asked never starts: the reason is in the log', async () => {
    const fake = { ...sentinels(view(1, 7001), view(1, 7001)), unknown: "ERR unknown command 'CONFIG'\n" };
    await expect(run({ fake })).rejects.toThrow(
      "the server does not say how many replicas a write needs:\nERR unknown command 'CONFIG'",
    );
    expect(await text('fake', 'argv').catch(() => 'none')).toBe('none');
  });

  test.each([
    ['alone', { includes: 'extra.conf\n', sentinels: '' }],
    ['watched by Sentinels', { includes: 'extra.conf\n' }],
  ])('an included file that names a master: never started (%s)', async (_, config) => {
    const fake = { ...sentinels(view(1, 7001), view(1, 7001)), 'probe-role': 'slave\n10.0.0.9\n6379\nconnect\n-1\n' };
    await expect(run({ config, fake })).rejects.toThrow('names by include says replicaof 10.0.0.9 6379');
    expect(await text('fake', 'argv').catch(() => 'none')).toBe('none');
  });

  test('an included file that names none: starts, without asking CONFIG when no Sentinel is there', async () => {
    const config = { includes: 'extra.conf\n', sentinels: '' };
    await run({ config, fake: { unknown: "ERR unknown command 'CONFIG'\n" } });
    expect(await argv()).toEqual([at('data', 'redis.conf'), ...own(at('data')), ...ANNOUNCED]);
  });

  test('in a container it listens for its neighbours', async () => {
    await run({ fake: sentinels(view(1, 7002), view(1, 7002)) }, { STACKCTL_SELF: '172.30.0.17 6379' });
    expect((await argv()).slice(1, -4)).toEqual(own(at('data'), '172.30.0.17', 6379));
  });

  test('a folder that Redis would take for a pattern: the same file by another name', async () => {
    const data = at('app[1]*?\\ "q"\nx');
    await mkdir(data);
    await run({ fake: sentinels(view(1, 7002), view(1, 7002)) }, { STACKCTL_DATA: data });
    const [conf, ...options] = (await text('fake', 'argv')).replace(data, 'DATA').split('\n');
    expect(conf).toBe('/proc/self/cwd/redis.conf');
    expect(options).toEqual([...own('DATA'), ...ANNOUNCED, '']);
  });

  describe('nobody answers', () => {
    const replica = { 'redis.conf': 'port 7001\nreplicaof 127.0.0.1 7002\n', addresses: CONFIG.addresses };

    test('a first start follows what is recorded', async () => {
      expect(await run({ config: { primary: '0 127.0.0.1 7003\n' } })).toContain('\nreplicaof 127.0.0.1 7003\n');
    });

    test('nothing recorded since the last start: its own saved role', async () => {
      const conf = await run({ data: { ...replica, primary: CONFIG.primary } });
      expect(conf).toContain('\nreplicaof 127.0.0.1 7002\n');
    });

    test('it was the master itself: a master again, fenced', async () => {
      const data = { 'redis.conf': 'port 7001\n', addresses: CONFIG.addresses, primary: '0 127.0.0.1 7002\n' };
      expect(await run({ config: { primary: '0 127.0.0.1 7002\n' }, data })).not.toContain('replicaof');
      expect(await argv()).toEqual(expect.arrayContaining(FENCE));
    });

    test('recorded since the last start: that', async () => {
      const data = { ...replica, primary: CONFIG.primary };
      expect(await run({ config: { primary: '2 127.0.0.1 7003\n' }, data })).toContain('\nreplicaof 127.0.0.1 7003\n');
    });

    test('a stale minority does not count more than its own saved role', async () => {
      const conf = await run({ data: { ...replica, primary: CONFIG.primary }, fake: sentinels(view(0, 7001)) });
      expect(conf).toContain('\nreplicaof 127.0.0.1 7002\n');
    });

    test('the address of its master has changed since: translated', async () => {
      const config = { addresses: CONFIG.addresses.replaceAll(' 70', ' 90') };
      const conf = await run(
        { config, data: { ...replica, primary: CONFIG.primary } },
        { STACKCTL_SELF: '127.0.0.1 9001' },
      );
      expect(conf).toContain('\nreplicaof 127.0.0.1 9002\n');
    });

    test('the fence goes after the time for asking', async () => {
      await run({ fake: { role: 'master\n' } });
      expect(await lifted()).toContain('min-replicas-to-write 1\n');
    });
  });

  test('a single server asks nobody and is not fenced', async () => {
    expect(await run({ config: { sentinels: '' } }, { STACKCTL_GROUP: '' })).toBe(`${CONFIG['redis.conf']}\n`);
  });
});

describe.each(SHELLS)('sentinel start script in %s', (shell) => {
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
  const run = (files: Partial<Files>): Promise<readonly string[]> =>
    lay({ ...files, config: { ...CONFIG, ...files.config } })
      .then(() => start(SENTINEL_SCRIPT, shell, { STACKCTL_SELF: '127.0.0.1 8001', STACKCTL_GROUP: 'group' }))
      .then((conf) => conf.trimEnd().split('\n'));

  test('a first start: the recorded master, and everybody it would otherwise have to find', async () => {
    expect(await run({})).toEqual([
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
    expect(await argv()).toEqual([at('data', 'sentinel.conf'), ...own(at('data'), '127.0.0.1', 8001), '--sentinel']);
    expect((await stat(at('data', 'sentinel.conf'))).mode & 0o777).toBe(0o600);
  });

  test('keeps master and epochs, takes new settings, drops members that were removed', async () => {
    const conf = await run({ data: { 'sentinel.conf': SAVED, addresses: CONFIG.addresses } });
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
    const data = { 'sentinel.conf': SAVED, addresses: CONFIG.addresses };
    const conf = await run({ config: { primary: '7 127.0.0.1 7001\n' }, data });
    expect(conf).toContain('sentinel monitor group 127.0.0.1 7001 2');
    expect(conf).toContain('sentinel config-epoch group 7');
    expect(conf).toContain('sentinel current-epoch 7');
  });

  test('at the same epoch its own decision counts', async () => {
    const data = { 'sentinel.conf': SAVED, addresses: CONFIG.addresses };
    expect(await run({ config: { primary: '3 127.0.0.1 7001\n' }, data })).toContain(
      'sentinel monitor group 127.0.0.1 7002 2',
    );
  });

  test('changed addresses are translated', async () => {
    const config = {
      addresses: CONFIG.addresses.replaceAll(' 70', ' 90'),
      members: CONFIG.members.replaceAll(' 70', ' 90'),
      primary: '0 127.0.0.1 9001\n',
      'sentinel.conf': CONFIG['sentinel.conf'].replace(' 7001', ' 9001'),
    };
    const conf = await run({ config, data: { 'sentinel.conf': SAVED, addresses: CONFIG.addresses } });
    expect(conf).toContain('sentinel monitor group 127.0.0.1 9002 2');
    expect(conf).toContain('sentinel known-replica group 127.0.0.1 9001');
  });

  test('a master that was removed from the stack: the recorded one', async () => {
    const addresses = CONFIG.addresses.replace('7002', '7005');
    const data = { 'sentinel.conf': SAVED.replace('7002', '7004'), addresses };
    expect(await run({ data })).toContain('sentinel monitor group 127.0.0.1 7001 2');
  });

  test('a group that was renamed: the decisions of the old name are not carried over', async () => {
    const data = { 'sentinel.conf': SAVED.replaceAll(' group ', ' old '), addresses: CONFIG.addresses };
    const conf = await run({ data });
    expect(conf.filter((line) => line.includes(' old '))).toEqual([]);
    expect(conf).toContain('sentinel monitor group 127.0.0.1 7001 2');
    expect(conf).toContain('sentinel current-epoch 5');
  });

  test.each([
    ['an empty file', { 'sentinel.conf': '' }],
    ['no addresses', { 'sentinel.conf': SAVED }],
  ])('a start that was killed half way left %s: the recorded master', async (_, data) => {
    expect(await run({ data })).toContain('sentinel monitor group 127.0.0.1 7001 2');
  });
});
