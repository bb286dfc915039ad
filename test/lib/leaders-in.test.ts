import { expect, test } from 'vitest';
import { isServerIn, type Resident } from '../../src/lib/leaders-in.ts';

const server: Resident = { pid: 7, session: 7, terminal: 0, startTicks: 99, folder: '/p/a-1/data' };

test('a server works in the folder or below it, also once that is deleted', () => {
  expect(isServerIn('/p/a-1', server)).toBe(true);
  expect(isServerIn('/p/a-1/data', server)).toBe(true);
  expect(isServerIn('/p/a-1/data', { ...server, folder: '/p/a-1/data (deleted)' })).toBe(true);
});

test.each<[string, Partial<Resident>]>([
  ['another instance whose name begins alike', { folder: '/p/a-10/data' }],
  ['another folder', { folder: '/' }],
  ['a shell in a terminal', { terminal: 34_816 }],
  ['a program that a user runs there', { session: 3 }],
])('never taken for a server: %s', (_, change) => {
  expect(isServerIn('/p/a-1', { ...server, ...change })).toBe(false);
});
