import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openBare } from '../../../src/clients/redis/bare-connection.ts';
import { failureText } from '../../../src/clients/redis/failure.ts';
import { withQuestions } from '../../../src/clients/redis/questions.ts';
import type { RedisTarget } from '../../../src/clients/redis/target.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';

describe('questions to a real server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const target = (password: string | undefined): RedisTarget => ({
    address: { host: '127.0.0.1', port: server.endpoint.port },
    password: password === undefined ? undefined : new Secret(password),
    timeoutMs: 1000,
  });

  it('are answered in the order in which they were sent', async () => {
    const answers = await withQuestions(target(server.endpoint.password), async (client) =>
      Promise.all([
        client.call('ECHO', 'ä\r\nb'),
        client.call('INFO'),
        client.call('DBSIZE'),
        client.call('GET', 'none'),
      ]),
    );
    expect(answers).toEqual(['ä\r\nb', expect.stringContaining('redis_version:'), 0, null]);
  });

  it('the errors of the server are errors of the question, and the next one is answered', async () => {
    const asked = withQuestions(target(server.endpoint.password), async (client) => {
      await expect(client.call('NONSENSE')).rejects.toMatchObject({ name: 'ReplyError' });
      return client.call('PING');
    });
    expect(await asked).toBe('PONG');
  });

  it('a wrong password is the reason, not what follows from it; none at all is NOAUTH', async () => {
    const ask = (password: string | undefined) => withQuestions(target(password), (client) => client.call('PING'));
    await expect(ask('wrong')).rejects.toThrow('WRONGPASS');
    await expect(ask(undefined)).rejects.toThrow('NOAUTH');
  });

  it('messages of a subscription come beside the answers, which keep their order', async () => {
    const [subscriber, publisher] = [
      openBare(target(server.endpoint.password)),
      openBare(target(server.endpoint.password)),
    ];
    onTestFinished(() => {
      subscriber.close();
      publisher.close();
    });
    const heard: string[] = [];
    subscriber.onMessage((text) => heard.push(text));
    expect(await subscriber.call('SUBSCRIBE', 'b')).toEqual(['subscribe', 'b', 1]);
    const all = Array.from({ length: 50 }, (_, index) => `ä ${index}\r\n`);
    expect(await Promise.all(all.map((text) => publisher.call('PUBLISH', 'b', text)))).toEqual(all.map(() => 1));
    // What was published before stands before its answer.
    expect(await subscriber.call('PING')).toEqual(['pong', '']);
    expect(heard).toEqual(all);
  });

  it('a password that the server does not ask for is no failure', async () => {
    await using open = await startRedisServer('--requirepass', '');
    const address = { host: '127.0.0.1', port: open.endpoint.port };
    const asked = withQuestions({ ...target('any'), address }, (client) => client.call('PING'));
    expect(await asked).toBe('PONG');
  });
});

describe('questions to what is no server', () => {
  const ask = async (answer: (server: Server) => Server, timeoutMs = 300): Promise<string> => {
    const server = answer(createServer()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const target = { address: { host: '127.0.0.1', port }, password: new Secret('p'), timeoutMs };
    try {
      await withQuestions(target, (client) => client.call('PING'));
      return 'answered';
    } catch (error) {
      return failureText(error, timeoutMs);
    } finally {
      server.close();
    }
  };

  it('say why: silence, a connection that ends, another protocol', async () => {
    const texts = await Promise.all([
      ask((server) => server.on('connection', (socket) => socket.on('error', () => undefined))),
      ask((server) => server.on('connection', (socket) => socket.end())),
      ask((server) => server.on('connection', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    ]);
    expect(texts).toEqual([
      'no reply within 300 ms',
      expect.stringMatching(/Connection is closed|connection reset|EPIPE/),
      'what answers is no Redis server',
    ]);
  });

  it('nothing listens', async () => {
    const target = { address: { host: '127.0.0.1', port: 1 }, password: undefined, timeoutMs: 300 };
    const asked = withQuestions(target, (client) => client.call('PING')).catch((error) => failureText(error, 300));
    expect(await asked).toBe('connection refused');
  });
});

/** Long enough for a busy machine to answer. */
const DEADLINE_MS = 1000;

describe('a bare connection', () => {
  /** A server that answers the first `answered` commands with OK; the pieces in which commands arrived. */
  async function startAnswering(answered: number) {
    const pieces: string[] = [];
    const server = createServer((socket) => {
      let left = answered;
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        pieces.push(bytes.toString());
        for (const _ of bytes.toString().matchAll(/^\*/gm)) if (left-- > 0) socket.write('+OK\r\n');
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const connection = openBare({ address: { host: '127.0.0.1', port }, password: undefined, timeoutMs: DEADLINE_MS });
    onTestFinished(() => connection.close());
    return { connection, pieces };
  }

  it('ends with the deadline of the oldest command, however many follow it', async () => {
    const { connection } = await startAnswering(1);
    expect(await connection.call('PING')).toBe('OK');
    const ended = vi.fn();
    connection.onEnd(ended);
    const first = connection.call('GET', 'a').catch((error: unknown) => error);
    const sentAt = performance.now();
    const later: Promise<unknown>[] = [];
    const timer = setInterval(() => later.push(connection.call('GET', 'b').catch((error: unknown) => error)), 20);
    onTestFinished(() => clearInterval(timer));
    expect(await first).toMatchObject({ code: 'ETIMEDOUT' });
    expect(performance.now() - sentAt).toBeGreaterThan(DEADLINE_MS - 10);
    expect(connection.isOpen()).toBe(false);
    expect(await Promise.all(later)).toEqual(later.map(() => expect.objectContaining({ code: 'ETIMEDOUT' })));
    await expect(connection.call('GET', 'c')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const heardLater = vi.fn();
    connection.onEnd(heardLater);
    await connection.access;
    expect([ended.mock.calls.length, heardLater.mock.calls.length]).toEqual([1, 1]);
  });

  it('stays open while nothing is asked', async () => {
    const { connection } = await startAnswering(2);
    expect(await connection.call('PING')).toBe('OK');
    await delay(1.5 * DEADLINE_MS);
    expect(await connection.call('PING')).toBe('OK');
  });

  it('sends what is asked in one turn in one piece', async () => {
    const { connection, pieces } = await startAnswering(2);
    await Promise.all([connection.call('RPUSH', 'key', 1), connection.call('EXPIRE', 'key', 60)]);
    expect(pieces).toEqual([
      '*3\r\n$5\r\nRPUSH\r\n$3\r\nkey\r\n$1\r\n1\r\n*3\r\n$6\r\nEXPIRE\r\n$3\r\nkey\r\n$2\r\n60\r\n',
    ]);
  });
});
