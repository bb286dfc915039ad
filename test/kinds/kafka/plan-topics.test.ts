import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { TopicView } from '../../../src/clients/kafka/cluster.ts';
import type { SettingType, TopicSetting } from '../../../src/clients/kafka/topics.ts';
import { lossOf } from '../../../src/kinds/kafka/data-loss.ts';
import { type ConfigTable, driftText, planTopics, wantedConfigs } from '../../../src/kinds/kafka/plan-topics.ts';
import { reasonsOf } from '../../../src/kinds/kafka/probe.ts';
import { isSameSetting } from '../../../src/kinds/kafka/same-setting.ts';
import { itemsOf } from '../../../src/kinds/kafka/topic-items.ts';

const partition = (number: number, change: Partial<TopicView['partitions'][number]> = {}) => ({
  partition: number,
  leader: 1,
  replicas: [1],
  inSync: [1],
  ...change,
});
const topic = (name: string, count: number): TopicView => ({
  name,
  internal: false,
  partitions: Array.from({ length: count }, (_, index) => partition(index)),
});
const declared = (name: string, partitions: number, config: Readonly<Record<string, string>> = {}) => ({
  name,
  partitions,
  allowPartitionIncrease: false,
  allowDataLoss: false,
  config,
});

test('what is missing is made; what is there and not declared is nobody’s business', () => {
  const plan = planTopics([declared('a', 3), declared('b', 1)], [topic('b', 1), topic('other', 9)], new Map());
  expect(plan).toEqual({ missing: [declared('a', 3)], drift: [] });
});

test('fewer partitions can be added by hand, more cannot be taken away', () => {
  const plan = planTopics([declared('a', 3), declared('b', 1)], [topic('a', 2), topic('b', 2)], new Map());
  expect(plan.missing).toEqual([]);
  expect(plan.drift).toEqual([
    {
      topic: 'a',
      text: 'topic a has 2 partitions, 3 are declared',
      step: 'partitions from 2 to 3',
      allowed: false,
      fix: ['topics', '--alter', '--topic', 'a', '--partitions', '3'],
    },
    {
      topic: 'b',
      text: 'topic b has 2 partitions, 1 is declared; Kafka takes none away, declare 2',
      allowed: false,
      fix: undefined,
    },
  ]);
});

test('settings are compared where they are declared, numbers as numbers', () => {
  const topics = [
    declared('a', 1, {
      'retention.ms': '1000',
      'min.cleanable.dirty.ratio': '0.50',
      'cleanup.policy': 'compact,delete',
    }),
  ];
  const actual: ConfigTable = new Map([
    [
      'a',
      new Map<string, TopicSetting>([
        ['retention.ms', { value: '2000', type: 'integer' }],
        ['min.cleanable.dirty.ratio', { value: '0.5', type: 'double' }],
        ['cleanup.policy', { value: 'delete', type: 'list' }],
      ]),
    ],
  ]);
  expect(planTopics(topics, [topic('a', 1)], actual).drift).toMatchObject([
    { text: 'topic a: retention.ms is 2000, declared is 1000' },
    {
      text: 'topic a: cleanup.policy is delete, declared is compact,delete',
      fix: expect.arrayContaining(['cleanup.policy=[compact,delete]']),
    },
  ]);
  expect(wantedConfigs([...topics, declared('b', 1)], [topic('a', 1), topic('b', 1)])).toEqual([
    { topic: 'a', keys: ['retention.ms', 'min.cleanable.dirty.ratio', 'cleanup.policy'] },
  ]);
  expect(wantedConfigs(topics, [])).toEqual([]);
});

test('a setting that the broker does not tell of is none of its settings', () => {
  const topics = [declared('a', 1, { 'retention.mss': '1' })];
  expect(planTopics(topics, [topic('a', 1)], new Map([['a', new Map()]])).drift).toEqual([
    {
      topic: 'a',
      text: 'topic a: Kafka knows no setting retention.mss of topics',
      allowed: false,
      fix: undefined,
      setting: ['retention.mss', '1'],
    },
  ]);
});

test('migrate makes what is missing, changes settings, and adds partitions only where that is allowed', () => {
  const topics = [
    declared('new', 2, { 'retention.ms': ' 5 ' }),
    declared('set', 1, { 'retention.ms': '5' }),
    { ...declared('lose', 1, { 'retention.ms': '5' }), allowDataLoss: true },
    declared('keep', 1, { 'retention.ms': '10' }),
    declared('grow', 3),
    { ...declared('may', 3), allowPartitionIncrease: true },
    declared('less', 1),
    declared('odd', 1, { nope: '1' }),
    declared('fine', 1),
  ];
  const there = [
    topic('set', 1),
    topic('lose', 1),
    topic('keep', 1),
    topic('grow', 2),
    topic('may', 2),
    topic('less', 2),
    topic('odd', 1),
  ];
  // Written after what a cluster of three brokers would say: replicas are no part of a declaration.
  const replicated = { ...topic('fine', 1), partitions: [partition(0, { replicas: [1, 2, 3], inSync: [1, 3] })] };
  const internal = { ...topic('__consumer_offsets', 50), internal: true };
  const settings: ConfigTable = new Map(
    ['set', 'lose', 'keep'].map((name) => [
      name,
      new Map<string, TopicSetting>([['retention.ms', { value: '9', type: 'integer' }]]),
    ]),
  );
  const items = itemsOf(topics, planTopics(topics, [...there, replicated, internal], settings));
  const shown = items.map(({ name, state, changes }) => [
    name,
    state,
    ...changes.map(({ step, allowed }) => [step, allowed]),
  ]);
  expect(shown).toEqual([
    ['new', 'missing', ['partitions: 2, retention.ms=5', true]],
    ['set', 'drifted', ['retention.ms from 9 to 5', false]],
    ['lose', 'drifted', ['retention.ms from 9 to 5', true]],
    ['keep', 'drifted', ['retention.ms from 9 to 10', true]],
    ['grow', 'drifted', ['partitions from 2 to 3', false]],
    ['may', 'drifted', ['partitions from 2 to 3', true]],
    ['less', 'drifted', ['has 2 partitions, 1 is declared; Kafka takes none away, declare 2', false]],
    ['odd', 'drifted', ['Kafka knows no setting nope of topics', false]],
    ['fine', 'inSync'],
  ]);
  expect(items.flatMap(({ changes }) => changes.map(({ fix, remark }) => [fix, remark !== undefined]))).toEqual([
    ['stackctl migrate up', false],
    ['allowDataLoss: true of the topic in stack.yaml, then stackctl migrate up', true],
    ['stackctl migrate up', true],
    ['stackctl migrate up', false],
    ['allowPartitionIncrease: true of the topic in stack.yaml, then stackctl migrate up', true],
    ['stackctl migrate up', true],
    ['declare as many partitions as there are', false],
    ['take nope out of the topic in stack.yaml', false],
  ]);
});

test('the command that is printed is read by a shell as it is meant', () => {
  const topics = [declared('a', 1, { 'cleanup.policy': "delete, compact, it's $HOME" })];
  const settings = new Map<string, TopicSetting>([['cleanup.policy', { value: 'delete', type: 'list' }]]);
  const { drift } = planTopics(topics, [topic('a', 1)], new Map([['a', settings]]));
  const words = drift.map((one) => {
    const [, command = ''] = /\((stackctl .*)\)$/.exec(driftText('kafka', one)) ?? [];
    return execFileSync('sh', ['-c', `stackctl() { printf '%s\n' "$@"; }; ${command}`], { encoding: 'utf8' });
  });
  expect(words.map((text) => text.trimEnd().split('\n').at(-1))).toEqual([
    "cleanup.policy=[delete,compact,it's $HOME]",
  ]);
});

test.each([
  ['retention.ms', '9', '5', 'deletes records that are older than 5 ms'],
  ['retention.ms', '-1', ' +5 ', 'deletes records that are older than +5 ms'],
  ['retention.ms', '5', '9', undefined],
  ['retention.ms', '5', '-1', undefined],
  ['retention.ms', '5', 'soon', undefined],
  ['retention.bytes', '-1', '10', 'deletes the oldest records of each partition that has more than 10 bytes'],
  ['cleanup.policy', 'delete', 'Compact,delete', 'deletes all records of a key but the last'],
  ['cleanup.policy', 'compact', 'delete', 'deletes records that are beyond the retention of the topic'],
  ['cleanup.policy', 'compact,delete', 'delete', undefined],
  ['segment.ms', '9', '5', undefined],
])('%s from %s to %s: %s', (key, value, wanted, loss) => {
  expect(lossOf(key, { value, type: 'text' }, wanted)).toBe(loss);
});

test('where `migrate up` ends a drift, that is the command', () => {
  const there: ConfigTable = new Map([['a', new Map([['retention.ms', { value: '9', type: 'integer' }]])]]);
  const textFor = (value: string, allowDataLoss: boolean) => {
    const topics = [{ ...declared('a', 1, { 'retention.ms': value }), allowDataLoss }];
    return planTopics(topics, [topic('a', 1)], there).drift.map((one) => driftText('kafka', one));
  };
  expect(textFor('10', false)).toEqual(['topic a: retention.ms is 9, declared is 10 (stackctl migrate up)']);
  const lower = 'topic a: retention.ms is 9, declared is 5, which deletes records that are older than 5 ms';
  expect(textFor('5', true)).toEqual([`${lower} (stackctl migrate up)`]);
  expect(textFor('5', false)).toEqual([
    `${lower} (stackctl cli kafka configs --alter --entity-type topics --entity-name a --add-config 'retention.ms=5')`,
  ]);
});

// What a broker 4.1 takes and how it tells it afterwards: test/contract/kinds/kafka.test.ts asks one.
test.each<[SettingType, string, string, boolean]>([
  ['list', 'delete,compact', 'delete, compact', true],
  ['list', 'delete,compact', ' compact ,delete', true],
  ['list', 'delete,compact', 'delete', false],
  ['list', '', ' ', true],
  ['double', '0.5', '0.50', true],
  ['double', '0.5', '5e-1', true],
  ['double', '0.5', '0.6', false],
  ['boolean', 'true', 'TRUE', true],
  ['boolean', 'true', '1', false],
  ['integer', '604800000', ' +604800000', true],
  ['integer', '-1', '-1', true],
  ['integer', '1000', '1_000', false],
  ['integer', '1000', '1e3', false],
  ['integer', '16', '0x10', false],
  ['integer', '9223372036854775807', '9223372036854775806', false],
  ['text', 'gzip', ' gzip', true],
  ['text', 'CreateTime', 'createtime', false],
  ['text', '0', '00', false],
])('%s: %s and %s', (type, actual, wanted, same) => {
  expect(isSameSetting(type, actual, wanted)).toBe(same);
});

test('why a broker is not ready, in words', () => {
  const cluster = { id: 'x', brokers: [1], controller: 1, topics: [topic('a', 2)] };
  expect(reasonsOf([declared('a', 2)], cluster)).toEqual([]);
  expect(reasonsOf([declared('a', 3)], cluster)).toEqual([]); // drift, which is told apart
  const broken = {
    ...topic('a', 1),
    partitions: [
      partition(0, { leader: undefined }),
      partition(1, { inSync: [] }),
      partition(2, { leader: undefined }),
    ],
  };
  expect(reasonsOf([declared('b', 1)], { ...cluster, controller: undefined, topics: [broken] })).toEqual([
    'no controller is active',
    'topic b is missing: `stackctl up` makes it',
    'topic a: no leader for partitions 0, 2',
    'topic a: replicas out of sync in partition 1',
  ]);
});
