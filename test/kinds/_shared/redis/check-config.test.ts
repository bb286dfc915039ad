import { describe, expect, test } from 'vitest';
import { render } from '../../../../src/render/render.ts';
import type { RuntimeName } from '../../../../src/stack/contract/runtime-facts.ts';
import { ownStack } from '../../../support/own-stack.ts';
import { errorOf, folderOf } from '../../../support/stack-fixtures.ts';

interface Wanted {
  readonly redis?: string;
  readonly sentinel?: string;
  /** `options:` of the redis service. */
  readonly options?: string;
  readonly instances?: number;
  readonly runtime?: RuntimeName;
  readonly primaryFrom?: string;
}

const SENTINEL = 'sentinel monitor {{masterName}} {{masterHost}} {{masterPort}} {{quorum}}\n';

/** Lines of the refusal (or of the warnings) for this redis.conf of a group that Sentinels watch; paths cut to the file. */
async function said({ redis, sentinel, options = '{}', instances = 2, runtime = 'process', ...rest }: Wanted) {
  await using folder = await folderOf({
    'redis.conf': redis ?? '',
    'sentinel.conf': sentinel ?? SENTINEL,
    'stack.yaml': `stack: own
description: d
values: {pw: {type: secret, default: S3CRET, description: d}}
services:
  redis: {kind: redis, instances: ${instances},${rest.primaryFrom ?? ' primaryFrom: sentinel,'} config: {redis.conf: redis.conf}, options: ${options}}
  sentinel: {kind: sentinel, instances: 3, monitors: redis, config: {sentinel.conf: sentinel.conf}}
`,
  });
  const stack = await ownStack(folder.path, runtime);
  const short = (text: string) => text.replaceAll(`${folder.path}/`, '');
  let warnings: readonly string[] = [];
  const error = await errorOf(Promise.resolve().then(() => (warnings = render(stack).warnings))).catch(() => undefined);
  const refused = (error?.message.split('\n').slice(1) ?? []).map((line) => short(line).trim());
  expect([...refused, ...warnings].join('\n')).not.toMatch(/S3CRET|other-secret/);
  return { refused, warnings: warnings.map(short) };
}

const PASSWORD = '{password: "{{pw}}"}';
const LOGIN = 'sentinel auth-pass {{masterName}} S3CRET\n';

describe('refused before anything starts, at the place in the file of the user', () => {
  test.each<[string, Wanted, string]>([
    ['dir', { redis: '# a\r\nDIR "/tmp/x"\r\n' }, 'redis.conf:2:1 dir /tmp/x: a server keeps its data in'],
    [
      'slaveof',
      { redis: '{{#each bind}}\nbind {{this}}\n{{/each}}\n  slaveof a 1\n' },
      'redis.conf:4:3 replicaof a 1:',
    ],
    ['an absolute socket', { redis: 'unixsocket /tmp/a.sock' }, 'redis.conf:1:1 unixsocket /tmp/a.sock:'],
    ['a cluster', { redis: 'cluster-enabled YES' }, 'redis.conf:1:1 cluster-enabled yes:'],
    ['a quote without an end', { redis: 'port 1\nrequirepass "S3CRET' }, 'redis.conf:2:1 requirepass: a quote is not'],
    [
      'no CONFIG',
      { redis: 'rename-command config ""' },
      'redis.conf:1:1 rename-command CONFIG "": Sentinels send CONFIG',
    ],
    ['no SLAVEOF', { redis: 'rename-command SLAVEOF ""' }, 'redis.conf:1:1 rename-command SLAVEOF ""'],
    ['another name for INFO', { redis: 'rename-command INFO i' }, 'redis.conf:1:1 rename-command INFO: stackctl'],
    [
      'a name that the Sentinels do not know',
      { redis: 'rename-command CONFIG c' },
      'redis.conf:1:1 rename-command CONFIG:',
    ],
    ['a password that nobody declares', { redis: 'requirepass other-secret' }, 'redis.conf:1:13 requirepass asks for'],
    [
      'another password',
      { redis: 'requirepass other-secret\nmasterauth S3CRET', sentinel: SENTINEL + LOGIN, options: PASSWORD },
      'redis.conf:1:13 requirepass is not',
    ],
    [
      'no password',
      { redis: 'masterauth S3CRET', sentinel: SENTINEL + LOGIN, options: PASSWORD },
      'redis.conf:1:1 options.password is given and redis.conf asks for none',
    ],
    [
      'masterauth alone',
      { redis: 'masterauth other-secret' },
      'redis.conf:1:12 that server has no password: remove masterauth',
    ],
    [
      'no default user',
      { redis: 'user default off\nuser app on >other-secret +@all' },
      'redis.conf:1:1 the user default is off',
    ],
    [
      'a default user with a password',
      { redis: 'user default on >other-secret ~* +@all' },
      'redis.conf:1:1 the user default has a password',
    ],
    [
      'a default user without rights',
      { redis: 'user default on nopass ~*' },
      'redis.conf:1:1 the user default may run no command',
    ],
    [
      'a default user without CONFIG',
      { redis: 'user default on nopass ~* &* +@all -config' },
      'redis.conf:1:36 the user default may not use CONFIG, which stackctl needs',
    ],
    [
      'a default user without a category',
      { redis: 'user default on nopass ~* &* +@all -@dangerous', instances: 1, primaryFrom: '' },
      'redis.conf:1:36 the user default may not use INFO, ROLE, CLIENT, CONFIG, REPLICAOF',
    ],
    [
      'a default user that may publish nothing',
      { redis: 'user default on nopass ~* &* +@all -@pubsub -exec' },
      'redis.conf:1:45 the user default may not use EXEC, PUBLISH, SUBSCRIBE, which the Sentinels need',
    ],
    [
      'a default user without the old name of REPLICAOF, which Sentinels use',
      { redis: 'user default on nopass ~* &* +@all -slaveof' },
      'redis.conf:1:36 the user default may not use REPLICAOF, which stackctl needs',
    ],
    [
      'a default user with some keys',
      { redis: 'user default on nopass ~x:* &* +@all' },
      'redis.conf:1:1 the user default may not use the key stackctl:readiness',
    ],
    [
      'a default user that may only read',
      { redis: 'user default on nopass %R~* &* +@all' },
      'redis.conf:1:1 the user default may not use the key stackctl:readiness',
    ],
    [
      'a default user of a Sentinel without SENTINEL',
      { sentinel: `${SENTINEL}user default on nopass +@all -sentinel` },
      'sentinel.conf:2:30 the user default may not use SENTINEL',
    ],
    [
      'a user twice',
      { redis: 'user default on nopass ~* &* +@all\nuser default on nopass ~* &* +@all' },
      'redis.conf:2:1 the user default is declared by line 1 already',
    ],
    ['no SET', { redis: 'rename-command SET ""' }, 'redis.conf:1:1 rename-command SET: stackctl'],
    ['a master user that nobody declares', { redis: 'masteruser a' }, 'redis.conf:1:12 no line of redis.conf declares'],
    [
      'a user of the Sentinels that nobody declares',
      { sentinel: `${SENTINEL}sentinel auth-user mymaster a` },
      'sentinel.conf:2:29 no line of redis.conf declares the user a',
    ],
    [
      'users in two places',
      { redis: 'aclfile /etc/users.acl\nuser a on nopass +@all' },
      'redis.conf:1:1 aclfile: users may be declared in that file or here',
    ],
    [
      'a name that the servers do not know',
      { sentinel: `${SENTINEL}sentinel rename-command mymaster config abc` },
      'sentinel.conf:2:1 sentinel rename-command: redis.conf has no such rename-command',
    ],
    [
      'a setting without a value',
      { sentinel: `${SENTINEL}sentinel parallel-syncs mymaster` },
      'sentinel.conf:2:1 parallel-syncs has no value; write {{parallelSyncs}} behind it',
    ],
    ['no monitor', { sentinel: 'port {{port}}' }, 'sentinel.conf:1:1 no line monitors mymaster'],
    [
      'another group',
      { sentinel: 'sentinel monitor other 127.0.0.1 1 2' },
      'sentinel.conf:1:18 no line monitors mymaster',
    ],
    [
      'another announced port',
      { sentinel: `${SENTINEL}sentinel announce-port 1` },
      'sentinel.conf:2:1 sentinel announce-port',
    ],
    [
      'a password for a master without one',
      { sentinel: `${SENTINEL}sentinel auth-pass mymaster other-secret` },
      'sentinel.conf:2:29 that server has no password: remove sentinel auth-pass',
    ],
  ])('%s', async (_, wanted, expected) => {
    expect((await said(wanted)).refused).toEqual([expect.stringContaining(expected)]);
  });
});

test('every place at once, and no password that is missing or wrong is printed', async () => {
  const { refused } = await said({ redis: 'requirepass other-secret', options: PASSWORD });
  expect(refused.map((line) => line.split(' ', 1)[0])).toEqual([
    'redis.conf:1:1',
    'redis.conf:1:13',
    'sentinel.conf:1:1',
  ]);
});

test('what the file says otherwise than the options is warned of: a priority and persistence too', async () => {
  const { warnings } = await said({ redis: 'slave-priority 0\nAppendOnly NO\nmin-replicas-to-write "1"' });
  expect(warnings).toEqual([
    expect.stringContaining(
      'redis.conf:3:1 min-replicas-to-write 1 is in force, but options.minReplicasToWrite says 0',
    ),
    expect.stringContaining('redis.conf:1:1 replica-priority 0 is in force, but options.replicaPriority says 100'),
    expect.stringContaining('redis.conf:2:1 appendonly NO is in force, but options.appendOnly says yes'),
  ]);
  expect((await said({ redis: 'replica-priority 100\nappendonly YES' })).warnings).toEqual([]);
});

test('Sentinels may watch servers that do not ask them', async () => {
  const { refused } = await said({ redis: 'rename-command CONFIG ""', primaryFrom: '' });
  expect(refused).toEqual([expect.stringContaining('redis.conf:1:1 rename-command CONFIG "": Sentinels send CONFIG')]);
});

describe('the same said in a way that Redis understands is no problem', () => {
  test.each<[string, Wanted]>([
    [
      'everything of the stack',
      { redis: 'Port {{port}}\r\nBIND 127.0.0.1\r\nDaemonize NO\r\npidfile ""\r\ndir ./\r\n' },
    ],
    [
      'the password',
      { redis: 'requirepass "\\x533CRET"\nmasterauth S3CRET', sentinel: SENTINEL + LOGIN, options: PASSWORD },
    ],
    [
      'a user',
      {
        redis: 'user default on >S3CRET ~* &* +@all\nmasterauth S3CRET',
        sentinel: SENTINEL + LOGIN,
        options: PASSWORD,
      },
    ],
    [
      'a name of CONFIG that the Sentinels know',
      { redis: 'rename-command CONFIG cfg', sentinel: `${SENTINEL}Sentinel rename-command mymaster config cfg` },
    ],
    [
      'rights given one by one, and some taken that nobody needs',
      {
        redis:
          'user default on nopass ~a:* ~* &* -@all +ping +@write +@string +time +info +role +config|get +config|set +client +@dangerous -keys\nuser a on nopass +@all\nmasteruser a',
        sentinel: `${SENTINEL}sentinel auth-user mymaster a`,
      },
    ],
    ['quoted', { sentinel: SENTINEL.replace('monitor', '"Monitor"') }],
    ['in a container', { redis: 'port 6379\ndir /data\nprotected-mode no', runtime: 'docker' }],
  ])('%s', async (_, wanted) => {
    expect(await said(wanted)).toEqual({ refused: [], warnings: [] });
  });
});

describe('said, and not as the file says', () => {
  test.each<[string, Wanted, string]>([
    ['port', { redis: 'port 1' }, 'redis.conf:1:1 port 1 is not used:'],
    ['bind', { redis: 'bind *' }, 'redis.conf:1:1 bind * is not used: the server listens on 127.0.0.1 alone'],
    [
      'bind in a container',
      { redis: 'bind 127.0.0.1 -::1', runtime: 'docker' },
      'redis.conf:1:1 bind 127.0.0.1 -::1 is not used',
    ],
    [
      'protected-mode',
      { redis: 'protected-mode yes', runtime: 'docker' },
      'redis.conf:1:1 protected-mode yes is not used',
    ],
    ['daemonize', { redis: 'daemonize "yes"' }, 'redis.conf:1:1 daemonize yes is not used'],
    ['supervised', { redis: 'supervised auto' }, 'redis.conf:1:1 supervised auto is not used'],
    ['pidfile', { redis: 'pidfile /run/x.pid' }, 'redis.conf:1:1 pidfile /run/x.pid is not used'],
    ['logfile', { sentinel: `${SENTINEL}logfile x` }, 'sentinel.conf:2:1 logfile x is not used'],
    [
      'the address of a replica',
      { redis: 'slave-announce-ip 10.0.0.1' },
      'redis.conf:1:1 replica-announce-ip 10.0.0.1 is not',
    ],
    [
      'include',
      { redis: 'include /etc/x.conf' },
      'redis.conf:1:1 include /etc/x.conf: only the server reads that file',
    ],
    ['users in a file', { redis: 'aclfile /etc/users.acl' }, 'redis.conf:1:1 aclfile: only the server reads that file'],
    ['writable replicas', { redis: 'slave-read-only no' }, 'redis.conf:1:1 replica-read-only no: what is written'],
    [
      'min-replicas-to-write',
      { redis: 'min-slaves-to-write 1' },
      'redis.conf:1:1 min-replicas-to-write 1 is in force, but options.minReplicasToWrite says 0',
    ],
    [
      'another quorum',
      { sentinel: SENTINEL.replace('{{quorum}}', '1') },
      'sentinel.conf:1:1 the quorum 1 is in force, but options.quorum says 2',
    ],
    [
      'another master',
      { sentinel: SENTINEL.replace('{{masterHost}}', '10.0.0.1') },
      'sentinel.conf:1:1 sentinel monitor: this address',
    ],
    [
      'down-after-milliseconds',
      { sentinel: `${SENTINEL}sentinel down-after-milliseconds mymaster 9` },
      'sentinel.conf:2:1 down-after-milliseconds 9 is in force',
    ],
  ])('%s', async (_, wanted, expected) => {
    expect(await said(wanted)).toEqual({ refused: [], warnings: [expect.stringContaining(expected)] });
  });
});
