import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  addPartitionsToTxnV5,
  deleteRecordsV2,
  endTxnV4,
  FindCoordinatorKeyTypes,
  findCoordinatorV6,
  initProducerIdV4,
  produceV9,
} from '@platformatic/kafka';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ask, withKafka } from '../../../src/clients/kafka/connect.ts';
import type { KafkaOptions } from '../../../src/kinds/kafka/options.ts';
import { traffic } from '../../../src/kinds/kafka/traffic.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { ServiceInput } from '../../../src/stack/contract/model.ts';
import type { SendOutcome, TrafficRun, TrafficSink, TrafficStore } from '../../../src/stack/contract/traffic.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';
import { foundIds } from '../../support/found-ids.ts';
import { type Broker, openBroker } from '../../support/kafka-broker.ts';
import { openLostAnswerProxy } from '../../support/lost-answer-proxy.ts';
import { patience, waitFor } from '../../support/wait-for.ts';

const RUN: TrafficRun = { runId: 'a1b2c3d4-e5f6', oldestMs: 0, fields: ['id', 'customer'], signal: patience() };
const never = new AbortController().signal;
const id = (sequence: number): string => eventId(RUN.runId, sequence);
const events = (from: number, to: number, body: object = {}): readonly TrafficEvent[] =>
  Array.from({ length: to - from }, (_, index) => {
    const sequence = from + index;
    return { sequence, id: id(sequence), body: { id: id(sequence), ...body } };
  });
const ids = (from: number, to: number): readonly string[] => events(from, to).map((event) => event.id);
const types = (outcomes: readonly SendOutcome[]): string => [...new Set(outcomes.map(({ type }) => type))].join(' ');

/** One real broker for all of them. */
const COMPACTED = {
  ...{ 'cleanup.policy': 'compact', 'segment.ms': 100, 'min.cleanable.dirty.ratio': '0.001' },
  'delete.retention.ms': 0,
};
const OPTIONS = {
  topics: [
    ...['events', 'keyed', 'deleted', 'frozen', 'killed', 'lost'].map((name) => ({ name, partitions: 3 })),
    { name: 'transactions' },
    { name: 'small', partitions: 2, config: { 'max.message.bytes': 2000 } },
    { name: 'compacted', config: COMPACTED },
  ],
  settings: { 'log.cleaner.backoff.ms': 100 },
};

let broker: Broker;
let input: ServiceInput<KafkaOptions>;
beforeAll(async () => {
  broker = await openBroker(OPTIONS);
  await broker.start();
  input = await broker.input();
  await broker.kind.provision?.(input, { emit: () => undefined, signal: patience() });
});
afterAll(() => broker?.[Symbol.asyncDispose]());

async function sinkTo(topic: string, key?: string, at = input): Promise<TrafficSink> {
  if (traffic.sink === undefined) throw new Error('no sink');
  return traffic.sink.open(at, { topic, ...(key !== undefined && { key }) }, RUN);
}

async function storeOf(topic: string, at = input): Promise<TrafficStore> {
  if (traffic.store === undefined) throw new Error('no store');
  return traffic.store.open(at, { topic }, RUN);
}

const idsOf = async (store: TrafficStore): Promise<readonly string[]> => foundIds(RUN.runId, await store.read(never));

/** What a client of Apache Kafka finds: keys and values. */
async function asJavaReads(topic: string, partitions: number): Promise<readonly (readonly string[])[]> {
  const run = promisify(execFile);
  const show = ['--property', 'print.key=true', '--property', 'key.separator=|', '--timeout-ms', '5000'];
  const outputs = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => {
      const from = ['--topic', topic, '--partition', String(partition), '--offset', 'earliest'];
      return run('bin/kafka-console-consumer.sh', [...from, ...show], { cwd: broker.data });
    }),
  );
  const lines = outputs.flatMap(({ stdout }) => stdout.split('\n'));
  // In between it says that the time is over.
  return lines.filter((line) => line.endsWith('}')).map((line) => line.split('|'));
}

async function asking<T>(use: (ask: Ask) => Promise<T>): Promise<T> {
  const [instance] = input.service.instances;
  if (instance === undefined) throw new Error('no instance');
  return withKafka({ address: instance.client, timeoutMs: 60_000 }, use);
}

test('takes events as messages and gives back those of the run, without a trace in the broker', async () => {
  // What was there before is not looked at, unless something is missing.
  const sink = await sinkTo('events');
  const old = Array.from({ length: 3000 }, (_, index) => Buffer.from(`old ${index === 7 ? id(9999) : index}`));
  const messages = old.map((value, index) => ({ topic: 'events', partition: index % 3, value }));
  await asking((ask) => ask(produceV9.api, -1, 5000, messages, { compression: 'gzip' }));
  const store = await storeOf('events');
  const outcomes = await Promise.all([sink.send(events(0, 2500)), sink.send(events(2500, 3000))]);
  expect([outcomes.flat().length, types(outcomes.flat())]).toEqual([3000, 'acked']);
  const foreign = { sequence: 0, id: eventId('ffffffff-e5f6', 0), body: { id: eventId('ffffffff-e5f6', 0) } };
  expect(types(await sink.send([foreign]))).toBe('acked');

  expect(store).toMatchObject({ name: 'kafka events', guarantee: 'stored' });
  expect(await store.count(never)).toBe(3000);
  expect(await idsOf(store)).toEqual(ids(0, 3000));
  expect(foundIds(RUN.runId, await store.readAll?.(never))).toEqual([...ids(0, 3000), id(9999)]);
  // Counting goes on where it stopped, and reading begins anew.
  await sink.send(events(3000, 3010));
  expect([await store.count(never), (await store.read(never)).found.total]).toEqual([3010, 3010]);
  const groups = await broker.kind.inspector?.views.find(({ name }) => name === 'groups')?.read(input, patience());
  expect(groups?.rows).toEqual([]);
  await Promise.all([sink.close(), store.close()]);
});

test('a client of Apache Kafka reads the JSON of the body, with the key or without one, where it looks for it', async () => {
  const sink = await sinkTo('keyed', 'customer');
  const bodies = ['21', 'foobar', 'abc', 'ä', undefined].map((customer) =>
    customer === undefined ? {} : { customer },
  );
  const sent = bodies.flatMap((body, index) => events(index, index + 1, body));
  expect(types(await sink.send(sent))).toBe('acked');
  const keys = new Map((await asJavaReads('keyed', 3)).map(([key, value]) => [value, key]));
  expect(sent.map(({ body }) => keys.get(JSON.stringify(body)))).toEqual(['21', 'foobar', 'abc', 'ä', 'null']);
  await sink.close();
});

test('what the broker refuses is refused with its words, and the rest of the batch is stored', async () => {
  const store = await storeOf('small');
  const sink = await sinkTo('small');
  // Each to the partition of its sequence.
  const sent = [...events(0, 1), ...events(1, 2, { text: 'x'.repeat(3000) }), ...events(2, 3)];
  expect(await sink.send(sent)).toEqual([
    { type: 'acked' },
    { type: 'rejected', reason: expect.stringMatching(/^MESSAGE_TOO_LARGE/) },
    { type: 'acked' },
  ]);
  expect(await idsOf(store)).toEqual([id(0), id(2)]);

  const compacted = await storeOf('compacted');
  const keyless = await sinkTo('compacted', 'customer');
  expect(await keyless.send(events(0, 2))).toEqual([
    { type: 'rejected', reason: expect.stringMatching(/^INVALID_RECORD/) },
    { type: 'rejected', reason: expect.stringMatching(/^INVALID_RECORD/) },
  ]);
  expect(await idsOf(compacted)).toEqual([]);
  await Promise.all([sink.close(), keyless.close()]);
});

test('events of any size are found', async () => {
  const store = await storeOf('events');
  const sink = await sinkTo('events');
  const large = Array.from({ length: 60 }, (_, index) =>
    events(index, index + 1, { text: 'ä'.repeat(index % 10 === 0 ? 450_000 : 20_000) }),
  ).flat();
  expect(types(await sink.send(large))).toBe('acked');
  expect(await idsOf(store)).toEqual(ids(0, 60));
  await sink.close();
});

test('offsets have gaps: what is compacted away is not counted, and the end is found behind it', async () => {
  const store = await storeOf('compacted');
  const sink = await sinkTo('compacted', 'customer');
  let next = 0;
  await waitFor('a compaction', async () => {
    const outcomes = await sink.send(events(next, next + 50, { customer: 'one' }));
    expect(types(outcomes)).toBe('acked');
    next += 50;
    return (await store.read(never)).found.total < next;
  });
  const reading = await store.read(never);
  const found = foundIds(RUN.runId, reading);
  expect(reading.forgets).toBe('it keeps only the last record of each key (cleanup.policy=compact)');
  expect(found).toContain(id(next - 1));
  expect(found).toHaveLength(new Set(found).size);
  await sink.close();
});

test('what was deleted since the run began is told apart from what was lost', async () => {
  const sink = await sinkTo('deleted');
  await sink.send(events(0, 30));
  const deleteBefore = (offset: bigint) => {
    const partitions = [0, 1, 2].map((partitionIndex) => ({ partitionIndex, offset }));
    return asking((ask) => ask(deleteRecordsV2.api, [{ name: 'deleted', partitions }], 5000));
  };
  await deleteBefore(5n);
  const store = await storeOf('deleted');
  await sink.send(events(30, 60));
  await deleteBefore(10n);
  expect(await store.read(never)).toMatchObject({ found: { total: 30 }, forgets: undefined });
  await deleteBefore(12n);
  expect(await store.count(never)).toBe(24);
  const forgets = 'records that came since the run began were deleted, as by its retention';
  expect(await store.read(never)).toMatchObject({ found: { total: 24 }, forgets });
  expect(await store.readAll?.(never)).toMatchObject({ found: { total: 24 }, forgets });
  await sink.close();
});

test('what is in a transaction is there when it is committed, and never when it is aborted', async () => {
  const store = await storeOf('transactions');
  for (const [from, to, commit] of [
    [0, 5, false],
    [5, 9, true],
  ] as const) {
    await inTransaction('transactions', events(from, to), async (end) => {
      expect(await store.count(never)).toBe(0);
      await end(commit);
    });
  }
  // The marker is written after the answer.
  await waitFor('the committed ones', async () => (await store.count(never)) > 0);
  const sink = await sinkTo('transactions');
  await sink.send(events(9, 10));
  expect([await store.count(never), await idsOf(store)]).toEqual([5, ids(5, 10)]);
  await sink.close();
});

test('an answer that is lost leaves it open, and nothing is sent twice', async () => {
  const [instance] = input.service.instances;
  if (instance === undefined) throw new Error('no instance');
  await using proxy = await openLostAnswerProxy(instance.client.port, 'stackctl', id(10));
  const client = { host: '127.0.0.1', port: proxy.port };
  const through = { ...input, service: { ...input.service, instances: [{ ...instance, client }] } };
  const store = await storeOf('lost');
  const sink = await sinkTo('lost', undefined, through);
  expect(types(await sink.send(events(0, 10)))).toBe('acked');
  const [cut, behind] = await Promise.all([sink.send(events(10, 20)), sink.send(events(20, 30))]);
  expect([types(cut), types(behind)]).toEqual(['unknown', 'unknown']);
  await waitFor('what the broker got', async () => (await store.count(never)) >= 20);
  expect(types(await sink.send(events(30, 40)))).toBe('acked');
  const found = await idsOf(store);
  expect(found).toEqual([...new Set(found)]);
  expect(found).toEqual(expect.arrayContaining([...ids(0, 20), ...ids(30, 40)]));
  await sink.close();
});

/** Sends batches one after the other in four places, until `isOver` says so of a batch in each. @returns the fates by id. */
async function sendUntil(sink: TrafficSink, from: number, isOver: (outcomes: readonly SendOutcome[]) => boolean) {
  const fates = new Map<string, SendOutcome['type']>();
  let next = from;
  const loop = async (): Promise<void> => {
    for (;;) {
      const batch = events(next, next + 20);
      next += 20;
      const outcomes = await sink.send(batch);
      for (const [index, event] of batch.entries()) fates.set(event.id, outcomes[index]?.type ?? 'unknown');
      if (isOver(outcomes)) return;
    }
  };
  const over = Promise.all(Array.from({ length: 4 }, loop));
  return { fates, over, next: () => next };
}

/** What is there is what was acknowledged, and of the rest only what was left open. */
async function expectHonest(store: TrafficStore, fates: ReadonlyMap<string, SendOutcome['type']>): Promise<void> {
  const found = await idsOf(store);
  expect(found).toEqual([...new Set(found)]);
  const of = (wanted: SendOutcome['type']) => [...fates].filter(([, type]) => type === wanted).map(([own]) => own);
  const there = new Set(found);
  expect(of('acked').filter((own) => !there.has(own))).toEqual([]);
  expect(of('rejected').filter((own) => there.has(own))).toEqual([]);
  expect(of('acked').length).toBeGreaterThan(0);
  expect(of('rejected').length).toBeGreaterThan(0);
}

const isRefused = (outcomes: readonly SendOutcome[]): boolean => types(outcomes) === 'rejected';

test('a broker that freezes leaves open what was on its way, and takes nothing more until it goes on', async () => {
  const store = await storeOf('frozen');
  const sink = await sinkTo('frozen');
  const sending = await sendUntil(sink, 0, isRefused);
  await waitFor('acknowledged events', () => sending.fates.size > 200);
  process.kill(broker.pid, 'SIGSTOP');
  try {
    // The signal takes a moment to reach every thread.
    const isSilent = () =>
      store.count(AbortSignal.timeout(1000)).then(
        () => false,
        () => true,
      );
    await waitFor('silence', isSilent);
    const unread = store.read(never).then(
      () => 'read',
      (error: Error) => error.message,
    );
    await sending.over;
    expect(await unread).toBe('no reply within 10000 ms');
  } finally {
    process.kill(broker.pid, 'SIGCONT');
  }
  expect(new Set(sending.fates.values())).toEqual(new Set(['acked', 'unknown', 'rejected']));
  await waitFor('an acknowledgement', async () => types(await sink.send(events(90_000, 90_001))) === 'acked');
  await expectHonest(store, sending.fates);
  await sink.close();
});

test('a broker that is killed has what it acknowledged when it comes back', async () => {
  const store = await storeOf('killed');
  const sink = await sinkTo('killed');
  const sending = await sendUntil(sink, 0, isRefused);
  await waitFor('acknowledged events', () => sending.fates.size > 1000);
  await broker.end('SIGKILL');
  await sending.over;
  await expect(store.count(never)).rejects.toThrow();
  await expect(storeOf('killed')).rejects.toMatchObject({
    code: 'E_NOT_READY',
    message: 'kafka is not ready: connection refused',
  });
  await expect(sinkTo('killed')).rejects.toMatchObject({ code: 'E_NOT_READY' });
  await expect(traffic.store?.check?.(input, { topic: 'killed' }, RUN)).rejects.toThrow('connection refused');
  expect(await sink.send(events(80_000, 80_001))).toEqual([
    { type: 'rejected', reason: 'connection refused', unreachable: true },
  ]);
  await broker.start();
  const again = await sendUntil(sink, sending.next(), (outcomes) => types(outcomes) === 'acked');
  await again.over;
  await expectHonest(store, new Map([...sending.fates, ...again.fates]));
  await sink.close();
});

test('a topic or a field that is not there is refused before anything is sent', async () => {
  const { sink, store } = traffic;
  expect(await sink?.check?.(input, { topic: 'events', key: 'customer' }, RUN)).toEqual([]);
  expect(await store?.check?.(input, { topic: 'events' }, RUN)).toEqual([]);
  expect(await sink?.check?.(input, { topic: 'Events', key: 'costumer' }, RUN)).toEqual([
    { path: ['key'], part: 'value', message: expect.stringMatching(/costumer .*: did you mean customer\?$/) },
    {
      path: ['topic'],
      part: 'value',
      message: expect.stringMatching(/^there is no topic Events.*: did you mean events\?$/),
    },
  ]);
  // Those of the broker itself are not among them.
  const names = ['compacted', 'deleted', 'events', 'frozen', 'keyed', 'killed', 'lost', 'small', 'transactions'];
  expect(await store?.check?.(input, { topic: 'x.y' }, RUN)).toMatchObject([
    { message: expect.stringMatching(new RegExp(`: there is ${names.join(', ')}$`)) },
  ]);
  expect(sink?.settings.safeParse({ topic: 'a b' }).success).toBe(false);
});

test('a topic that the broker makes by itself need not be there', async () => {
  await using other = await openBroker({ autoCreateTopics: true });
  await other.start();
  const at = await other.input();
  expect(await traffic.sink?.check?.(at, { topic: 'later' }, RUN)).toEqual([]);
  const store = await storeOf('later', at);
  const sink = await sinkTo('later', undefined, at);
  expect(types(await sink.send(events(0, 10)))).toBe('acked');
  expect([await store.count(never), await idsOf(store)]).toEqual([10, ids(0, 10)]);
  await sink.close();
});

/** Stores events in one transaction, as an application could. @param use ends it: `true` commits. */
function inTransaction(
  topic: string,
  sent: readonly TrafficEvent[],
  use: (end: (commit: boolean) => Promise<void>) => Promise<void>,
): Promise<void> {
  return asking(async (ask) => {
    const id = 'test';
    // The first request makes the topic of the transactions, and the coordinator loads it.
    const opened = async () => {
      await ask(findCoordinatorV6.api, FindCoordinatorKeyTypes.TRANSACTION, [id]);
      return ask(initProducerIdV4.api, id, 60_000, -1n, -1);
    };
    const { producerId, producerEpoch } = await waitFor('a producer id', () => opened().catch(() => undefined));
    const transaction = { transactionalId: id, producerId, producerEpoch };
    const topics = [{ name: topic, partitions: [0] }];
    await ask(addPartitionsToTxnV5.api, [{ ...transaction, verifyOnly: false, topics }]);
    const messages = sent.map(({ body }) => ({ topic, partition: 0, value: Buffer.from(JSON.stringify(body)) }));
    await ask(produceV9.api, -1, 5000, messages, transaction);
    await use(async (commit) => {
      await ask(endTxnV4.api, id, producerId, producerEpoch, commit);
    });
  });
}
