import { expect, test } from 'vitest';
import { writesOf } from '../../../../../src/kinds/_shared/redis/traffic/run-writes.ts';
import { eventId } from '../../../../../src/stack/contract/event-id.ts';
import type { TrafficRun } from '../../../../../src/stack/contract/traffic.ts';

const id = eventId('a1b2c3d4-e5f6', 0);
const service = { name: 'redis' };
const newRun = (): TrafficRun => ({
  ...{ runId: 'a1b2c3d4-e5f6', oldestMs: 0, fields: [] },
  signal: new AbortController().signal,
});

test('sinks and stores of a service know the same of a run, of other services and other runs nothing', () => {
  const run = newRun();
  const writes = writesOf(run, service);
  writes.note(id, [['RPUSH', 'jobs', id]]);
  expect(writesOf({ ...run, fields: ['id'] }, service).keys('list')).toEqual(['jobs']);
  expect(writesOf(run, { name: 'cache' }).keys('list')).toEqual([]);
  expect(writesOf({ ...run, runId: 'ffffffff-e5f6' }, service).keys('list')).toEqual([]);
  expect(writesOf(newRun(), service).keys('list')).toEqual([]);
});

test('no two sinks number their connections alike', () => {
  const writes = writesOf(newRun(), service);
  const [first, second] = [writes.firstConnection(), writes.firstConnection()];
  expect(second).toBeGreaterThan(first + 1_000_000);
});

test('scores of members that hold events, and what takes something away', () => {
  const writes = writesOf(newRun(), service);
  writes.note(id, [
    ['ZADD', 'set', '5', id],
    ['ZADD', 'set', 'CH', '-2', id, '9', 'ada', '7', `x${id}`],
    ['HSET', 'room', 'event', id, 'total', '7'],
    ['DEL', 'old', 'older'],
    ['SET', 'short', id, 'EX', '9'],
    ['INCR', 'n'],
  ]);
  expect([writes.scores('set'), writes.scores('other')]).toEqual([[-2, 7], undefined]);
  expect([writes.losesBy('older'), writes.losesBy('short'), writes.losesBy('n')]).toEqual([
    'DEL',
    'SET with options',
    undefined,
  ]);
  expect([writes.losesBy('room'), writes.losesBy('room', 'event'), writes.losesBy('room', 'total')]).toEqual([
    undefined,
    undefined,
    'HSET',
  ]);
});

test('nothing is sent to a list that is asked about, whoever it is from', async () => {
  const writes = writesOf(newRun(), service);
  const asked: (readonly string[])[] = [];
  let answer = (): void => undefined;
  writes.onNewList(async (keys) => {
    asked.push(keys);
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
  });
  writes.note(id, [['RPUSH', 'jobs', id]]);
  const first = writes.isReady();
  // Another batch, to the same list.
  writes.note(id, [['RPUSH', 'jobs', id]]);
  const second = writes.isReady();
  expect([asked, first === undefined, second === undefined]).toEqual([[['jobs']], false, false]);
  answer();
  await Promise.all([first, second]);
  expect(writes.isReady()).toBeUndefined();
});
