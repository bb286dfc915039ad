import { expect, test } from 'vitest';
import { ignoredBy } from '../../../src/stack/load/docker-ignore.ts';

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

/** Every file of a folder that was built from. */
const FILES = [
  '!bang',
  '#hash',
  '+page.svelte',
  '.dotfile',
  '.env',
  'README.md',
  '[brackets]',
  'a(b).txt',
  'a/1.txt',
  'a/2.txt',
  'a/x.txt',
  'aBc.txt',
  'abc.txt',
  'b/1.txt',
  'back\\slash',
  'c++.txt',
  'caret^',
  'dist/main.mjs',
  'dist/x/y',
  'dollar$.txt',
  'logs/x.log',
  'p|q',
  'q{1}.txt',
  'server.log',
  'src/Main.TS',
  'src/main.ts',
  'src/sub/a.log',
  'star*',
  'temp1',
  'tempa',
  'with space/f',
];

/** .dockerignore -> what `COPY . /` of a real build left out (BuildKit of Docker 20.10). */
const LEFT_OUT: readonly (readonly [text: string, files: readonly string[]])[] = [
  ['*.log', ['server.log']],
  ['**/*.log', ['logs/x.log', 'server.log', 'src/sub/a.log']],
  ['src\n!src/sub', ['src/Main.TS', 'src/main.ts']],
  ['*\n!dist', FILES.filter((file) => !['dist/main.mjs', 'dist/x/y'].includes(file))],
  ['a/[0-9].txt', ['a/1.txt', 'a/2.txt']],
  ['[a-b]/1.txt', ['a/1.txt', 'b/1.txt']],
  ['temp[0-9]', ['temp1']],
  ['temp[^0-9]', ['tempa']],
  ['+page.svelte', ['+page.svelte']],
  ['c++.txt', ['c++.txt']],
  ['a(b).txt', ['a(b).txt']],
  ['q{1}.txt', ['q{1}.txt']],
  ['p|q', ['p|q']],
  ['dollar$.txt', ['dollar$.txt']],
  ['\\#hash', ['#hash']],
  ['\\!bang', ['!bang']],
  ['star\\*', ['star*']],
  ['with space', ['with space/f']],
  ['/src/', ['src/Main.TS', 'src/main.ts', 'src/sub/a.log']],
  ['**/y', ['dist/x/y']],
  ['dist/**', ['dist/main.mjs', 'dist/x/y']],
  ['**', FILES],
  ['**\n!README.md', FILES.filter((file) => !['README.md'].includes(file))],
  ['# c\n  *.log  ', ['server.log']],
  ['!bang', []],
  ['ABC.txt', []],
  ['a?c.txt', ['aBc.txt', 'abc.txt']],
  ['\\[brackets\\]', ['[brackets]']],
  ['[[]brackets]', ['[brackets]']],
  ['caret^', ['caret^']],
  ['.*', ['.dotfile', '.env']],
  ['src/../dist', ['dist/main.mjs', 'dist/x/y']],
  ['..', []],
  ['back\\\\slash', ['back\\slash']],
  ['a\n!a/1.txt', ['a/2.txt', 'a/x.txt']],
  ['logs/*\n!logs/x.log\r\n', []],
  ['src/**/a.log', ['src/sub/a.log']],
  ['*/*/a.log', ['src/sub/a.log']],
  ['\uFEFFdist', ['dist/main.mjs', 'dist/x/y']],
  ['temp[a-z1]', ['temp1', 'tempa']],
  ['.dockerignore\nDockerfile', []],
];

test.each(LEFT_OUT)('%j leaves out what Docker leaves out', (text, files) => {
  expect(FILES.filter(ignoredBy(text))).toEqual(files);
});

test.each(['[a', '*['])('%s is no pattern (Docker does not build with it): the other lines count', (line) => {
  expect(FILES.filter(ignoredBy(`${line}\n*.log`))).toEqual(['server.log']);
});
