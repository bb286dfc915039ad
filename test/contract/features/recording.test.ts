import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { openRecording } from '../../../src/traffic/replay/open-recording.ts';
import { createTally } from '../../../src/traffic/replay/tally.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { connectTo } from '../../support/redis-side.ts';

/** What the server tells a client that said MONITOR, as redis-cli prints it: each reply without the mark of its type. */
async function monitor({ port, password }: { readonly port: number; readonly password?: string }) {
  const socket = connect(port, '127.0.0.1');
  const printed = new PassThrough();
  let rest = Buffer.alloc(0);
  socket.on('data', (part: Buffer) => {
    rest = Buffer.concat([rest, part]);
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      printed.write(rest.subarray(1, end + 1));
      rest = rest.subarray(end + 1);
    }
  });
  socket.write(`AUTH ${password}\r\nMONITOR\r\n`);
  await once(printed, 'readable');
  return { printed, close: () => socket.destroy() };
}

test('what a server tells a monitor is read with every byte, and what it must not be told again is left out', async () => {
  await using server = await startRedisServer();
  const { printed, close } = await monitor(server.endpoint);
  const client = connectTo(server.endpoint);
  await client.connect();
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const before = Date.now();
  await client.call('SET', 'all', everyByte);
  await client.call('SELECT', '3');
  await client.call('SET', 'grüße', '"\\x41\' ] "');
  await client.call('EVAL', "return redis.call('get', KEYS[1])", '1', 'grüße');
  await client.multi().incrby('n', -12).exec();
  await client.call('XREAD', 'BLOCK', '1', 'STREAMS', 's', '$');
  await client.call('LPUSH', 'end', '');
  client.disconnect();

  const tally = createTally();
  const rules = { path: '-', stdin: printed, signal: new AbortController().signal };
  const options = { format: undefined, timeField: undefined, keepCredentials: false };
  const { format, items } = await openRecording({ ...rules, ...options }, tally);
  const read: unknown[] = [];
  for await (const { atMs = 0, request } of items) {
    if (request.type !== 'command') continue;
    expect(Math.abs(atMs - before)).toBeLessThan(60_000);
    read.push([request.db, ...request.args]);
    if (request.args[0] === 'LPUSH') break;
  }
  close();
  expect(format).toBe('monitor');
  expect(read).toEqual([
    [0, 'SET', 'all', everyByte],
    [3, 'SET', 'grüße', '"\\x41\' ] "'],
    [3, 'EVAL', "return redis.call('get', KEYS[1])", '1', 'grüße'],
    [3, 'incrby', 'n', '-12'],
    [3, 'LPUSH', 'end', ''],
  ]);
  const names = tally.leftOut.filter(({ reason }) => reason === 'connection').map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['SELECT', 'MULTI', 'EXEC']));
  expect(tally.leftOut).toContainEqual({ reason: 'script', name: '', count: 1 });
  expect(tally.leftOut).toContainEqual({ reason: 'blocking', name: 'XREAD BLOCK', count: 1 });
});
