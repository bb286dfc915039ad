import { describe, expect, test, vi } from 'vitest';
import {
  type OutboxOptions,
  type OutgoingMessage,
  openOutbox,
} from '../../../templates/email-timing/services/connector/src/outbox.ts';

const message = (key: string): OutgoingMessage => ({ key, value: '{}' });

const soon = (check: () => void) => vi.waitFor(check, { interval: 1 });

/** A broker that answers when it is told to. */
function fakeBroker() {
  const requests: { keys: readonly string[]; answer: (error?: Error) => void }[] = [];
  let connections = 0;
  const connect = () => {
    connections += 1;
    return {
      send: (messages: readonly OutgoingMessage[]) =>
        new Promise<void>((resolve, reject) => {
          const answer = (error?: Error) => (error === undefined ? resolve() : reject(error));
          requests.push({ keys: messages.map(({ key }) => key), answer });
        }),
      close: async () => undefined,
    };
  };
  return { requests, connect, connections: () => connections };
}

function open(options: Partial<OutboxOptions> = {}) {
  const broker = fakeBroker();
  const outbox = openOutbox({ connect: broker.connect, deadlineMs: 100, maxBatch: 3, maxWaiting: 10, ...options });
  return { ...broker, outbox };
}

describe('the outbox', () => {
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
