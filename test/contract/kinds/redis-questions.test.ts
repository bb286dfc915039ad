import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
