import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { type BlockMemory, createInsertWriter } from '../../../src/clients/clickhouse/event-writer.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';

const RUN = 'a1b2c3d4-e5f6';
const event = (sequence: number): TrafficEvent => ({ sequence, id: eventId(RUN, sequence), body: { sequence } });

/** A server that answers nothing, and what became of events that are sent to it. */
async function writer(memory: BlockMemory) {
  const tokens: (string | null)[] = [];
  const server = createServer((request, _response) => {
    tokens.push(new URL(request.url ?? '', 'http://x').searchParams.get('insert_deduplication_token'));
    request.socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const target = { address, user: 'u', password: new Secret('p'), timeoutMs: 5000 };
  const { send } = createInsertWriter({ target, table: ['t'], fields: ['sequence'], runId: RUN, memory });
  return {
    tokens,
    send: async (...events: readonly TrafficEvent[]) =>
      (await send(events)).map((one) => 'reason' in one && one.reason),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

test('a batch is sent again with its token while the table has got few others, and not when it may have forgotten it', async () => {
  let stored = 0;
  await using sink = await writer({ blocks: 100, seconds: undefined, stored: async () => stored });
  const [first, second, third] = [event(0), event(1), event(2)];
  await sink.send(first, second);
  stored = 49;
  await sink.send(first, second);
  expect(sink.tokens).toEqual([`${RUN}:0`, `${RUN}:0`]);
  stored = 50;
  const why = 'the table remembers 100 blocks, and may have forgotten the batch';
  expect(await sink.send(first, second)).toEqual([why, why]);
  expect(sink.tokens).toHaveLength(2);
  // One that was sent since the last look counts from that look on, which is earlier.
  await sink.send(third);
  expect(await sink.send(third)).toEqual([why]);
});

test('a server that does not say how many it has leaves the batch open', async () => {
  let isAway = false;
  const stored = async () => (isAway ? Promise.reject(new Error('away')) : 0);
  await using sink = await writer({ blocks: 100, seconds: undefined, stored });
  const first = event(0);
  await sink.send(first);
  isAway = true;
  expect(await sink.send(first)).toEqual(['away']);
  isAway = false;
  await sink.send(first);
  expect(sink.tokens).toHaveLength(2);
});

test('a table that remembers for a time is sent nothing again after half of it', async () => {
  await using sink = await writer({ blocks: 100, seconds: 0, stored: async () => 0 });
  const first = event(0);
  await sink.send(first);
  expect(await sink.send(first)).toEqual(['the table remembers a batch for 0 s, and may have forgotten it']);
});
