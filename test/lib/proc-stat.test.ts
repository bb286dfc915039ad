import { expect, test } from 'vitest';
import { parseProcStat, readProcStat } from '../../src/lib/proc-stat.ts';

test('the fields are counted from behind a command name of any form', () => {
  const text = '7 (a) (b c) S 1 8 9 34816 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 99 5 6';
  expect(parseProcStat(7, text)).toEqual({
    pid: 7,
    state: 'S',
    group: 8,
    session: 9,
    terminal: 34_816,
    startTicks: 99,
  });
});

test.skipIf(process.platform !== 'linux')('a process that is not there has none', () => {
  // A test runs in a thread of the process: its first thread may sleep.
  expect(readProcStat(process.pid)).toMatchObject({ pid: process.pid, state: expect.stringMatching(/^[RS]$/) });
  expect(readProcStat(2 ** 22 + 1)).toBeUndefined();
});
