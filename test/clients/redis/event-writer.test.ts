import { expect, it } from 'vitest';
import type { BulkConnection, BulkResult } from '../../../src/clients/redis/bulk-connection.ts';
import { createEventWriter, type RedisCommand, writeCommands } from '../../../src/clients/redis/event-writer.ts';
import { ReplyError } from '../../../src/clients/redis/reply.ts';
import type { Odd } from '../../../src/clients/redis/scan-reply.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';

const events = (count: number): readonly TrafficEvent[] =>
  Array.from({ length: count }, (_, sequence) => ({ sequence, id: eventId('a1b2c3d4-e5f6', sequence), body: {} }));

const refused = (text: string): Odd => ({ kind: 'error', error: new ReplyError(text) });

/** What becomes of events with so many commands each when the server says this. */
async function outcomes(count: number, commands: number, said: Partial<BulkResult>) {
  const ends: string[] = [];
  const connection: BulkConnection = {
    send: async (_, sent) => ({ answered: sent, odd: new Map(), ...said }),
    isOpen: () => true,
    retire: () => void ends.push('retire'),
    close: () => void ends.push('close'),
  };
  const own: readonly RedisCommand[] = Array.from({ length: commands }, () => ['INCR', 'k']);
  const writer = createEventWriter({
    connect: async () => connection,
    write: (_, add) => writeCommands(own, add),
    timeoutMs: 1000,
  });
  const told = await writer.send(events(count));
  await Promise.resolve();
  return { told: told.map((one) => (one.type === 'acked' ? 'acked' : `${one.type} ${one.reason}`)), ends };
}

const closed = new Error('Connection is closed.');

it.each<readonly [string, number, Partial<BulkResult>, readonly string[], readonly string[]]>([
  ['what is answered is acknowledged', 1, {}, ['acked', 'acked'], []],
  ['a refusal is one', 1, { odd: new Map([[1, refused('WRONGTYPE no')]]) }, ['acked', 'rejected WRONGTYPE'], []],
  [
    'another error leaves it open',
    1,
    { odd: new Map([[0, refused('ERR odd')]]) },
    ['unknown ERR odd', 'acked'],
    ['close'],
  ],
  [
    'others on their way are waited for where the server takes no writes',
    1,
    { odd: new Map([[0, refused('READONLY no')]]) },
    ['rejected READONLY', 'acked'],
    ['retire'],
  ],
  [
    'what has no answer is open',
    1,
    { answered: 1, error: closed },
    ['acked', 'unknown Connection is closed.'],
    ['close'],
  ],
  [
    'what has not left is refused',
    1,
    { answered: 0, error: closed, isUnsent: true },
    ['rejected Connection is closed.', 'rejected Connection is closed.'],
    ['retire'],
  ],
  // Two commands, MULTI and EXEC: 0 to 3 and 4 to 7.
  [
    'a transaction is decided by its end',
    2,
    { odd: new Map([[7, { kind: 'null' }]]) },
    ['acked', 'rejected the transaction was discarded'],
    [],
  ],
  [
    'a part of a transaction that failed leaves it open',
    2,
    { odd: new Map([[3, { kind: 'inside', error: new ReplyError('ERR odd') }]]) },
    ['unknown in part: ERR odd', 'acked'],
    ['close'],
  ],
  [
    'a command that was refused when it was queued refuses all',
    2,
    {
      odd: new Map([
        [1, refused('OOM no')],
        [3, refused('EXECABORT no')],
      ]),
    },
    ['rejected OOM', 'acked'],
    ['retire'],
  ],
  [
    'behind a MULTI that was refused each command was one of its own',
    2,
    {
      odd: new Map([
        [0, refused('NOPERM no')],
        [3, refused('ERR EXEC without MULTI')],
      ]),
    },
    ['unknown NOPERM no', 'acked'],
    ['close'],
  ],
  [
    'and nothing is stored where all of them were refused too',
    2,
    { odd: new Map([0, 1, 2].map((at) => [at, refused('NOPERM no')])) },
    ['rejected NOPERM', 'acked'],
    [],
  ],
])('%s', async (_, commands, said, told, ends) => {
  expect(await outcomes(2, commands, said)).toEqual({ told, ends });
});

it('an event that cannot be written is refused with its batch, and the writer goes on', async () => {
  let isOdd = true;
  const connection = {
    send: async () => ({ answered: 1, odd: new Map() }),
    isOpen: () => true,
  } as unknown as BulkConnection;
  const writer = createEventWriter({
    connect: async () => connection,
    write: (_, add) => {
      if (isOdd) throw new Error('a word is none');
      return writeCommands([['INCR', 'k']], add);
    },
    timeoutMs: 1000,
  });
  expect(await writer.send(events(1))).toEqual([{ type: 'rejected', reason: 'a word is none' }]);
  isOdd = false;
  expect(await writer.send(events(1))).toEqual([{ type: 'acked' }]);
});

it('tells who follows what has left, over which connection, and what became of it', async () => {
  const told: string[] = [];
  let opened = 0;
  const connection = (): BulkConnection => {
    const isFirst = opened++ === 0;
    return {
      send: async () => (isFirst ? { answered: 1, odd: new Map(), error: closed } : { answered: 2, odd: new Map() }),
      isOpen: () => true,
      retire: () => undefined,
      close: () => undefined,
    };
  };
  const writer = createEventWriter({
    connect: async () => {
      if (opened === 2) throw new Error('gone');
      return connection();
    },
    write: (_, add) => writeCommands([['INCR', 'ä']], add),
    follow: (sent, number) => {
      told.push(`${sent.length} over ${number}`);
      return (outcomes) => told.push(`${outcomes.map(({ type }) => type).join(' ')} over ${number}`);
    },
    timeoutMs: 1000,
  });
  await writer.send(events(2));
  await writer.send(events(2));
  await writer.send(events(2));
  await writer.close();
  // What has not left is nobody's.
  await writer.send(events(2));
  expect(told).toEqual([
    '2 over 1',
    'acked unknown over 1',
    '2 over 2',
    'acked acked over 2',
    '2 over 2',
    'acked acked over 2',
  ]);
});
