import { expect, test } from 'vitest';
import { isServerIn, type Resident, residentOf } from '../../src/lib/resident.ts';

const server: Resident = { pid: 7, session: 7, terminal: 0, startTicks: 99, folder: '/p/a-1/data' };

test('the fields are counted from behind a command name of any form', () => {
  const rest = 'S 1 7 7 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 99 5 6';
  expect(residentOf(7, `7 (a) (b c) ${rest}`, '/p/a-1/data')).toEqual(server);
});

test('a server works in the folder or below it, also once that is deleted', () => {
  expect(isServerIn('/p/a-1', server)).toBe(true);
  expect(isServerIn('/p/a-1/data', server)).toBe(true);
  expect(isServerIn('/p/a-1/data', { ...server, folder: '/p/a-1/data (deleted)' })).toBe(true);
});

test.each<[string, Partial<Resident>]>([
  ['another instance whose name begins alike', { folder: '/p/a-10/data' }],
  ['somewhere else', { folder: '/' }],
  ['a shell in a terminal', { terminal: 34_816 }],
  ['a program that somebody runs there', { session: 3 }],
])('never taken for a server: %s', (_, change) => {
  expect(isServerIn('/p/a-1', { ...server, ...change })).toBe(false);
});
