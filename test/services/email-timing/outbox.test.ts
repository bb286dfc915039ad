import { type AddressInfo, createServer, type Socket } from 'node:net';
import { MultipleErrors, ProtocolError, ResponseError } from '@platformatic/kafka';
import { describe, expect, test, vi } from 'vitest';
import { connectKafka, refusalOf } from '../../../templates/email-timing/services/connector/src/kafka.ts';
import { mockEvents } from '../../../templates/email-timing/services/connector/src/mock.ts';
import { type OutboxOptions, openOutbox } from '../../../templates/email-timing/services/connector/src/outbox.ts';
import {
  type OutgoingMessage,
  splitMessages,
} from '../../../templates/email-timing/services/connector/src/outgoing.ts';
import { RefusedError } from '../../../templates/email-timing/services/connector/src/sender.ts';

const message = (key: string): OutgoingMessage => ({ key, value: '{}' });

const soon = (check: () => void) => vi.waitFor(check, { interval: 1 });

/** A broker that answers when it is told to. */
function fakeBroker() {
  const requests: { keys: readonly string[]; answer: (error?: Error) => void }[] = [];
  let connections = 0;
  let abandoned = 0;
  let closed = 0;
  const connect = () => {
    connections += 1;
    return {
      send: (messages: readonly OutgoingMessage[]) =>
        new Promise<void>((resolve, reject) => {
          const answer = (error?: Error) => (error === undefined ? resolve() : reject(error));
          requests.push({ keys: messages.map(({ key }) => key), answer });
        }),
      abandon: () => {
        abandoned += 1;
      },
      close: async () => {
        closed += 1;
      },
    };
  };
  return { requests, connect, connections: () => connections, abandoned: () => abandoned, closed: () => closed };
}

function open(options: Partial<OutboxOptions> = {}) {
  const broker = fakeBroker();
  const limits = { maxBatch: 3, maxBytes: 10_000, maxWaiting: 10 };
  const outbox = openOutbox({ connect: broker.connect, deadlineMs: 100, ...limits, ...options });
  return { ...broker, outbox };
}

describe.concurrent('the outbox', () => {
  test('has one request in flight and sends together what arrived meanwhile, up to a limit', async () => {
    const { outbox, requests } = open({ deadlineMs: 5000 });
    const puts = ['a', 'b', 'c', 'd'].map((key) => outbox.put([message(key)]));
    await soon(() => expect(requests.map(({ keys }) => keys)).toEqual([['a', 'b', 'c']]));
    requests[0]?.answer();
    await soon(() => expect(requests).toHaveLength(2));
    requests[1]?.answer();
    expect(await Promise.all(puts)).toEqual(puts.map(() => ({ type: 'stored' })));
    expect(outbox.size()).toBe(0);
  });

  test('tells what was sent from what was not when the broker stands still, and connects anew', async () => {
    const { outbox, requests, connections } = open({ maxBatch: 1 });
    const sent = outbox.put([message('sent')]);
    const waiting = outbox.put([message('waiting')]);
    expect(await sent).toMatchObject({ type: 'unknown' });
    expect(await waiting).toMatchObject({ type: 'not-sent' });
    const later = outbox.put([message('later')]);
    await soon(() => expect(requests.map(({ keys }) => keys)).toEqual([['sent'], ['later']]));
    requests[1]?.answer();
    expect(await later).toEqual({ type: 'stored' });
    expect(connections()).toBe(2);
  });

  test('does not know what became of a request that failed', async () => {
    const { outbox, requests } = open();
    const put = outbox.put([message('a')]);
    await soon(() => expect(requests).toHaveLength(1));
    requests[0]?.answer(new Error('connection reset'));
    expect(await put).toEqual({ type: 'unknown', reason: 'connection reset' });
  });

  test('closes a connection that was given up when its request has settled, not before', async () => {
    const { outbox, requests, abandoned, closed } = open();
    expect(await outbox.put([message('late')])).toMatchObject({ type: 'unknown' });
    await outbox.close();
    expect([abandoned(), closed()]).toEqual([1, 0]);
    requests[0]?.answer(new Error('connect timed out'));
    await soon(() => expect(closed()).toBe(1));
  });

  test('sends what is too much for one request in several, in order, and answers when the last is there', async () => {
    const { outbox, requests } = open({ deadlineMs: 5000 });
    const put = outbox.put(['a', 'b', 'c', 'd'].map(message));
    let answered = false;
    void put.then(() => {
      answered = true;
    });
    await soon(() => expect(requests).toHaveLength(1));
    requests[0]?.answer();
    await soon(() => expect(requests).toHaveLength(2));
    expect(answered).toBe(false);
    requests[1]?.answer();
    expect(await put).toEqual({ type: 'stored' });
    expect(requests.map(({ keys }) => keys)).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('bounds a request in bytes, too', async () => {
    const { outbox, requests } = open({ deadlineMs: 5000, maxBytes: 1000 });
    const large = (key: string) => ({ key, value: 'x'.repeat(400) });
    const puts = ['a', 'b', 'c'].map((key) => outbox.put([large(key)]));
    await soon(() => expect(requests.map(({ keys }) => keys)).toEqual([['a', 'b']]));
    requests[0]?.answer();
    await soon(() => expect(requests).toHaveLength(2));
    requests[1]?.answer();
    expect(await Promise.all(puts)).toEqual(puts.map(() => ({ type: 'stored' })));
  });

  test('calls a refusal a refusal, finds out whose it is, and keeps the connection', async () => {
    const { outbox, requests, connections } = open({ deadlineMs: 5000 });
    const puts = ['good', 'bad'].map((key) => outbox.put([message(key)]));
    await soon(() => expect(requests).toHaveLength(1));
    requests[0]?.answer(new RefusedError('MESSAGE_TOO_LARGE'));
    await soon(() => expect(requests).toHaveLength(2));
    requests[1]?.answer();
    await soon(() => expect(requests).toHaveLength(3));
    requests[2]?.answer(new RefusedError('MESSAGE_TOO_LARGE'));
    expect(await Promise.all(puts)).toEqual([{ type: 'stored' }, { type: 'refused', reason: 'MESSAGE_TOO_LARGE' }]);
    expect(connections()).toBe(1);
  });

  test('takes no more than it may hold', async () => {
    const { outbox } = open({ maxWaiting: 2 });
    void outbox.put([message('a'), message('b')]);
    expect(await outbox.put([message('c')])).toMatchObject({ type: 'not-sent' });
  });

  test('finishes what it has before it closes', async () => {
    const { outbox, requests } = open({ deadlineMs: 5000 });
    const put = outbox.put([message('a')]);
    const closed = outbox.close();
    await soon(() => expect(requests).toHaveLength(1));
    requests[0]?.answer();
    await closed;
    expect(await put).toEqual({ type: 'stored' });
  });
});

test('the most mock events that one may ask for are split into requests that Kafka takes, none lost or moved', () => {
  const events = mockEvents({ seed: 's', count: 10_000, until: new Date('2026-03-01T00:00:00Z') });
  const messages = events.map((event) => ({ key: event.eventId, value: JSON.stringify(event) }));
  const parts = splitMessages(messages, { maxBatch: 100_000, maxBytes: 524_288 });
  const bytes = parts.map((part) => part.messages.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0));
  expect(parts.flatMap((part) => part.messages)).toEqual(messages);
  expect(Math.max(...bytes)).toBeLessThanOrEqual(524_288);
  expect(parts.length).toBeGreaterThan(1);
  expect(Math.min(...bytes.slice(0, -1))).toBeGreaterThan(300_000);
});

test.each([
  [new ResponseError('Produce' as never, 9, { '/responses/0': 10 }, {} as never), 'MESSAGE_TOO_LARGE'],
  [new MultipleErrors('produce', [new ProtocolError('TOPIC_AUTHORIZATION_FAILED')]), 'TOPIC_AUTHORIZATION_FAILED'],
  [new ProtocolError('NOT_ENOUGH_REPLICAS'), undefined],
  [new Error('MESSAGE_TOO_LARGE'), undefined],
])('only an answer of the broker is a refusal: %s', (error, refusal) => {
  expect(refusalOf(error)).toBe(refusal);
});

test.concurrent('a broker that takes connections and never answers is given up without a connection left', async () => {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.resume();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    const { port } = server.address() as AddressInfo;
    const target = { clientId: 'test', bootstrapServers: [`127.0.0.1:${port}`], topic: 't', timeoutMs: 100 };
    const limits = { deadlineMs: 100, maxBatch: 10, maxBytes: 10_000, maxWaiting: 10 };
    const outbox = openOutbox({ connect: () => connectKafka(target), ...limits });
    expect(await outbox.put([message('a')])).toMatchObject({ type: 'unknown' });
    // Every attempt of the library ends; the last one is the fourth.
    await vi.waitFor(() => expect([accepted, sockets.size]).toEqual([4, 0]), { interval: 5, timeout: 4000 });
    await outbox.close();
  } finally {
    server.close();
  }
});
