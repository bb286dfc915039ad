import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterIdOf } from '../../../src/kinds/kafka/cluster-id.ts';
import type { ProgressEvent } from '../../../src/lib/events.ts';
import type { DeclaredItem } from '../../../src/stack/contract/declared.ts';
import { formatAddress } from '../../../src/stack/contract/model.ts';
import type { Probe } from '../../../src/stack/contract/probe.ts';
import { type Broker, openBroker } from '../../support/kafka-broker.ts';
import { PATIENCE_MS, patience, waitFor } from '../../support/wait-for.ts';

/** One real broker for all of them, in the order of its life. */

const TOPICS = {
  topics: [
    { name: 'email-events', partitions: 3 },
    {
      name: 'short',
      // None of them as the broker writes them afterwards.
      config: {
        'retention.ms': ' +60000 ',
        'cleanup.policy': 'compact , delete',
        'min.cleanable.dirty.ratio': '0.50',
        preallocate: 'FALSE',
      },
    },
  ],
};
const RECORDS = Array.from({ length: 300 }, (_, index) => `event-${index}`);

let broker: Broker;
beforeAll(async () => {
  broker = await openBroker(TOPICS);
  await broker.start();
});
afterAll(() => broker?.[Symbol.asyncDispose]());

async function probe(options?: unknown): Promise<Probe> {
  return broker.kind.probe(await broker.input(options), AbortSignal.timeout(2500));
}

async function provision(options?: unknown): Promise<readonly string[]> {
  const { stack, service } = await broker.input(options);
  const events: ProgressEvent[] = [];
  const emit = (event: ProgressEvent): void => void events.push(event);
  await broker.kind.provision?.({ stack, service }, { emit, signal: patience() });
  return events.map((event) => ('text' in event ? `${event.type}: ${event.text}` : event.type));
}

async function view(name: string) {
  const { stack, service } = await broker.input();
  const found = broker.kind.inspector?.views.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no view ${name}`);
  return found.read({ stack, service }, patience());
}

async function clientOptions() {
  const { instance } = await broker.input();
  return { clientId: 'test', bootstrapBrokers: [formatAddress(instance.client)], retries: 10, retryDelay: 200 };
}

test('says what is missing, makes the declared topics, and then has nothing to do', async () => {
  expect(await probe()).toMatchObject({
    role: 'broker',
    reasons: [
      'topic email-events is missing: `stackctl up` makes it',
      'topic short is missing: `stackctl up` makes it',
    ],
  });
  expect(await provision()).toEqual([
    'note: kafka: created topic email-events (partitions: 3)',
    'note: kafka: created topic short (partitions: 1)',
  ]);
  await waitFor('the topics', async () => (await probe()).reasons.length === 0);
  expect(await probe()).toMatchObject({
    reasons: [],
    degraded: [],
    facts: { brokers: 1, controller: 1, topics: 2, partitions: 4, clusterId: clusterIdOf('queue-1a2b', 'kafka') },
  });
  expect(await provision()).toEqual([]);
});

test('reports what differs from the declaration and changes nothing', async () => {
  const other = {
    topics: [
      { name: 'email-events', partitions: 5 },
      { name: 'short', partitions: 1, config: { 'retention.ms': 70_000 } },
    ],
  };
  expect(await provision(other)).toEqual([
    'warning: kafka: left as it is: topic email-events has 3 partitions, 5 are declared (stackctl cli kafka topics --alter --topic email-events --partitions 5)',
    'warning: kafka: left as it is: topic short: retention.ms is 60000, declared is 70000 (stackctl migrate up)',
  ]);
  expect(await probe(other)).toMatchObject({
    reasons: [],
    degraded: [
      'topic email-events has 3 partitions, 5 are declared (stackctl cli kafka topics --alter --topic email-events --partitions 5)',
      expect.stringContaining('retention.ms is 60000'),
    ],
  });
  expect((await probe()).degraded).toEqual([]);
});

test('what the broker refuses is an error with its words, and nothing was made', async () => {
  const wrong = {
    topics: [
      { name: 'email-events', partitions: 3, config: { 'retention.mss': 1 } },
      { name: 'short', config: { 'min.cleanable.dirty.ratio': 7 } },
      { name: 'fresh' },
      { name: 'wrong', config: { nope: 1 } },
    ],
  };
  const refused = await provision(wrong).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'E_START_FAILED' });
  const { message } = refused as Error;
  expect(message).toContain('topic email-events: Unknown topic config name: retention.mss');
  expect(message).toMatch(/topic short: Invalid value 7\S* for configuration min\.cleanable\.dirty\.ratio/);
  expect(message).toContain('topic wrong: Unknown topic config name: nope');
  expect((await probe({ topics: [{ name: 'fresh' }] })).reasons).toEqual([
    'topic fresh is missing: `stackctl up` makes it',
  ]);
});

test('a frozen broker is named in time, and ready again when it goes on', async () => {
  process.kill(broker.pid, 'SIGSTOP');
  try {
    expect(await probe()).toMatchObject({ role: undefined, reasons: ['no answer: no reply within 1500 ms'] });
  } finally {
    process.kill(broker.pid, 'SIGCONT');
  }
  await waitFor('the broker', async () => (await probe()).reasons.length === 0);
});

test('acknowledged records survive kill -9, and the storage is formatted once', async () => {
  const options = await clientOptions();
  const producer = new Producer({ ...options, serializers: stringSerializers });
  for (let at = 0; at < RECORDS.length; at += 50) {
    const messages = RECORDS.slice(at, at + 50).map((value) => ({ topic: 'email-events', key: value, value }));
    await producer.send({ acks: -1, messages });
  }
  await producer.close();
  expect(await broker.end('SIGKILL')).toBe('SIGKILL');
  expect(await probe()).toMatchObject({ role: undefined, reasons: ['no answer: connection refused'] });
  await broker.start();
  await waitFor('the broker', async () => (await probe()).reasons.length === 0);
  expect((await broker.log()).match(/formatting the storage/g)).toHaveLength(1);
  expect(await readFile(join(broker.data, 'kafka', 'meta.properties'), 'utf8')).toContain(
    `cluster.id=${clusterIdOf('queue-1a2b', 'kafka')}`,
  );
  expect((await consume(RECORDS.length)).sort()).toEqual([...RECORDS].sort());
});

test('views: offsets of every partition, and the lag of a group', async () => {
  const topics = await view('topics');
  const rows = topics.rows.map((row) => Object.fromEntries(row.map((cell, index) => [topics.columns[index], cell])));
  expect(rows).toHaveLength(4);
  expect(rows.every(({ leader, replicas, inSync }) => leader === 1 && replicas === 1 && inSync === 1)).toBe(true);
  expect(rows.reduce((sum, { latestOffset }) => sum + Number(latestOffset), 0)).toBe(RECORDS.length);
  const groups = await view('groups');
  const lagAt = groups.columns.indexOf('lag');
  expect(groups.rows.map(([group]) => group)).toEqual(['readers', 'readers', 'readers']);
  expect(groups.rows.map((row) => row[lagAt])).toEqual([0, 0, 0]);
});

test('the tools of the distribution work beside it, with the address filled in or given', async () => {
  const run = promisify(execFile);
  const { stack, service, instance } = await broker.input();
  const [program = '', ...args] = broker.kind.cli?.({ stack, service, instance }).argv ?? [];
  const words = ['--topic', 'email-events', '--partitions', '3', '--replication-factor', '1', '--if-not-exists'];
  const address = ['--bootstrap-server', `localhost:${instance.client.port}`];
  await run(program, [...args, 'topics', '--create', ...address, ...words], { cwd: broker.data });
  const { stdout } = await run('bin/kafka-topics.sh', ['--list'], { cwd: broker.data });
  expect(stdout.trim().split('\n')).toEqual(['__consumer_offsets', 'email-events', 'short']);
});

test('migrate makes, changes and enlarges topics as far as it is allowed, and refuses as a whole what the broker refuses', async () => {
  const { declared } = broker.kind;
  const given = async (topics: readonly object[]) => {
    const { stack, service } = await broker.input({ topics });
    return { stack, service };
  };
  const soon = patience;
  const states = (items: readonly DeclaredItem[] = []) =>
    items.map(({ name, state, changes }) => [name, state, ...changes.map(({ step, allowed }) => `${step} ${allowed}`)]);
  const asMade = [{ name: 'email-events', partitions: 3 }, ...TOPICS.topics.slice(1)];
  expect(states(await declared?.plan(await given(asMade), soon()))).toEqual([
    ['email-events', 'inSync'],
    ['short', 'inSync'],
  ]);
  const wanted = (allowPartitionIncrease: boolean) => [
    { name: 'email-events', partitions: 4, allowPartitionIncrease },
    { name: 'short', partitions: 1, config: { 'retention.ms': 70_000, 'cleanup.policy': 'delete' } },
    { name: 'later', partitions: 2, config: { 'cleanup.policy': 'compact' } },
  ];
  const refused = [...wanted(true), { name: 'bad', config: { 'retention.ms': 'soon' } }];
  for (const act of [declared?.check, declared?.apply])
    await expect(act?.(await given(refused), soon())).rejects.toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringContaining('topic bad: Invalid value soon'),
    });
  const plan = [
    ['email-events', 'drifted', 'partitions from 3 to 4 false'],
    [
      ...['short', 'drifted', 'retention.ms from 60000 to 70000 true'],
      'cleanup.policy from compact,delete to delete true',
    ],
    ['later', 'missing', 'partitions: 2, cleanup.policy=compact true'],
  ];
  expect(states(await declared?.check(await given(wanted(false)), soon()))).toEqual(plan);
  expect(states(await declared?.plan(await given(wanted(false)), soon()))).toEqual(plan);
  expect(states(await declared?.apply(await given(wanted(false)), soon()))).toEqual(plan);
  const soonStates = async (topics: readonly object[]) => states(await declared?.plan(await given(topics), soon()));
  const growing = ['email-events', 'drifted', 'partitions from 3 to 4 true'];
  const inSync = [
    ['short', 'inSync'],
    ['later', 'inSync'],
  ];
  await expect.poll(() => soonStates(wanted(true)), { timeout: PATIENCE_MS }).toEqual([growing, ...inSync]);
  await declared?.apply(await given(wanted(true)), soon());
  await expect
    .poll(() => soonStates(wanted(true)), { timeout: PATIENCE_MS })
    .toEqual([['email-events', 'inSync'], ...inSync]);
  expect((await probe({ topics: wanted(true) })).degraded).toEqual([]);
  // What deletes records is done only where the topic says so, and what else is declared is done.
  const losing = (allowDataLoss: boolean) => [
    { name: 'short', allowDataLoss, config: { 'retention.ms': 65_000, 'segment.ms': 70_000 } },
  ];
  const lower = (allowed: boolean) => `retention.ms from 70000 to 65000 ${allowed}`;
  const held = await declared?.apply(await given(losing(false)), soon());
  expect(states(held)).toMatchObject([
    ['short', 'drifted', lower(false), expect.stringMatching(/^segment\.ms .* true$/)],
  ]);
  expect(held?.[0]?.changes[0]).toMatchObject({
    remark: 'deletes records that are older than 65000 ms',
    fix: 'allowDataLoss: true of the topic in stack.yaml, then stackctl migrate up',
  });
  await expect
    .poll(() => soonStates(losing(false)), { timeout: PATIENCE_MS })
    .toEqual([['short', 'drifted', lower(false)]]);
  expect(states(await declared?.apply(await given(losing(true)), soon()))).toEqual([['short', 'drifted', lower(true)]]);
  await expect.poll(() => soonStates(losing(true)), { timeout: PATIENCE_MS }).toEqual([['short', 'inSync']]);
  // Settings that are not declared any more stay.
  const before = { name: 'short', config: { 'min.cleanable.dirty.ratio': '0.50', preallocate: 'FALSE' } };
  expect(await soonStates([before])).toEqual([['short', 'inSync']]);
});

test('SIGTERM ends it in an orderly way', async () => {
  expect(await broker.end('SIGTERM')).toBe(143);
  await access(join(broker.data, 'kafka', '.kafka_cleanshutdown'));
});

/** Values of the first `count` records of all partitions. The group `readers` then goes on behind them. */
async function consume(count: number): Promise<string[]> {
  const consumer = new Consumer({
    ...(await clientOptions()),
    groupId: 'readers',
    deserializers: stringDeserializers,
    autocommit: false,
  });
  // Closing waits for the fetch that is under way.
  const stream = await consumer.consume({ topics: ['email-events'], mode: 'earliest', maxWaitTime: 200 });
  const values: string[] = [];
  const next = new Map<number, bigint>();
  for await (const { value, partition, offset } of stream) {
    values.push(value);
    next.set(partition, offset + 1n);
    if (values.length === count) break;
  }
  const offsets = [...next].map(([partition, offset]) => ({
    topic: 'email-events',
    partition,
    offset,
    leaderEpoch: 0,
  }));
  await consumer.commit({ offsets });
  await consumer.close(true);
  return values;
}
