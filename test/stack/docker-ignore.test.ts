import { expect, test } from 'vitest';
import { ignoredBy } from '../../src/stack/docker-ignore.ts';

test.each([
  ['', 'src/main.ts', false],
  ['# src\n', 'src/main.ts', false],
  ['src', 'src/main.ts', true],
  ['/src/\n', 'src/main.ts', true],
  ['src', 'a/src/main.ts', false],
  ['*', 'dist/main.mjs', true],
  ['*\n!dist', 'dist/main.mjs', false],
  ['*\n!dist/main.mjs', 'dist/other.mjs', true],
  ['!dist\n*', 'dist/main.mjs', true],
  ['*.log', 'server.log', true],
  ['*.log', 'logs/server.log', false],
  ['**/*.log', 'logs/a/server.log', true],
  ['**/*.log', 'server.log', true],
  ['**/__pycache__', 'app/__pycache__/x.pyc', true],
  ['a?c.txt', 'abc.txt', true],
  ['a.c', 'abc', false],
])('%j: %s is left out: %s', (text, path, expected) => {
  expect(ignoredBy(text)(path)).toBe(expected);
});
