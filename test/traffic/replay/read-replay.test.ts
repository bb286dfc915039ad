import { renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type DueItem, type ReplayRules, readReplay } from '../../../src/traffic/replay/read-replay.ts';
import { parseTimeBound } from '../../../src/traffic/replay/time-bound.ts';
import { inputOf, openFolder } from './recordings.ts';

const PLAIN: ReplayRules = { speed: 1, from: undefined, to: undefined, limitGapMs: undefined, loop: false };

const TARGET = '{"method":"GET","url":"http://a.example/"}\n';

const jsonl = (...seconds: readonly number[]): string => seconds.map((at) => `{"at":${at}}\n`).join('');

async function take(items: AsyncGenerator<DueItem>, count: number): Promise<readonly DueItem[]> {
  const taken: DueItem[] = [];
  while (taken.length < count) {
    const { done, value } = await items.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}

test('items are due at their recorded time, and the summary says what was read', async () => {
  const text = `${jsonl(100, 101, 100.5, 200, 210, 300)}{"at":30`;
  const rules = { ...PLAIN, speed: 2, to: parseTimeBound('150s'), limitGapMs: 10_000 };
  const { items, summary } = readReplay(inputOf([text]), rules);
  expect(summary()).toMatchObject({ format: undefined, rounds: 0, items: 0 });
  expect((await take(items, 10)).map(({ sequence, dueMs, item }) => [sequence, dueMs, item.line])).toEqual([
    [0, 0, 1],
    [1, 500, 2],
    [2, 500, 3],
    [3, 5500, 4],
    [4, 10_500, 5],
  ]);
  expect(summary()).toEqual({
    ...{ format: 'jsonl', rounds: 1, items: 5, firstAtMs: 100_000, lastAtMs: 210_000 },
    ...{ outOfOrder: 1, largestStepBackMs: 500, gapsLimited: 1, limitedByMs: 89_000 },
    ...{ leftOut: [{ reason: 'notSelected', name: '', count: 1 }], cutOffLines: 1, withoutCredentials: 0 },
  });
});

test('a loop opens the file again and again, as it is then, until its reader stops', async () => {
  using folder = openFolder();
  const path = folder.write('recording', jsonl(1, 3));
  const { items, summary } = readReplay(inputOf([], { path }), { ...PLAIN, loop: true });
  expect((await take(items, 4)).map(({ dueMs }) => dueMs)).toEqual([0, 2000, 4000, 6000]);
  renameSync(folder.write('next', jsonl(5, 6, 7)), path);
  expect((await take(items, 3)).map(({ sequence, dueMs }) => [sequence, dueMs])).toEqual([
    [4, 8000],
    [5, 9000],
    [6, 10_000],
  ]);
  await items.return(undefined);
  expect(summary()).toMatchObject({ rounds: 3, items: 7, firstAtMs: 1000, lastAtMs: 7000 });
});

test('a loop in which nothing is selected ends', async () => {
  using folder = openFolder();
  const path = folder.write('recording', jsonl(1, 3));
  const { items, summary } = readReplay(inputOf([], { path }), { ...PLAIN, loop: true, from: parseTimeBound('1h') });
  expect(await take(items, 1)).toEqual([]);
  expect(summary()).toMatchObject({ rounds: 1, items: 0, leftOut: [{ reason: 'notSelected', count: 2 }] });
});

test('standard input cannot be replayed in a loop', () => {
  expect(() => readReplay(inputOf([jsonl(1)]), { ...PLAIN, loop: true })).toThrow(
    expect.objectContaining({ code: 'E_USAGE' }),
  );
});

test('what has no instants is due at the rate that is asked for, and nothing is selected of it by time', async () => {
  const { items, summary } = readReplay(inputOf([TARGET.repeat(2)]), PLAIN);
  expect((await take(items, 5)).map(({ sequence, dueMs }) => [sequence, dueMs])).toEqual([
    [0, undefined],
    [1, undefined],
  ]);
  expect(summary()).toMatchObject({ format: 'vegeta', items: 2, firstAtMs: undefined });
  for (const rules of [{ limitGapMs: 10 }, { to: parseTimeBound('1s') }]) {
    const input = inputOf([TARGET]);
    await expect(readReplay(input, { ...PLAIN, ...rules }).items.next()).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('vegeta'),
    });
    expect(input.stdin.destroyed).toBe(true);
  }
});

test('a mistake is thrown in place of its item, and the recording is closed', async () => {
  const input = inputOf([`${jsonl(1, 2)}{}\n`]);
  const { items, summary } = readReplay(input, PLAIN);
  expect(await take(items, 2)).toHaveLength(2);
  await expect(items.next()).rejects.toMatchObject({ code: 'E_RECORDING_INVALID' });
  expect(input.stdin.destroyed).toBe(true);
  expect(summary().items).toBe(2);
});
