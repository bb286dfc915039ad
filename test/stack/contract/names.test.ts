import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kindNames, runtimeNames } from '../../../src/stack/contract/plugins.ts';
import { ROOT } from '../../support/cli.ts';

/** Code below src without its comments, by path. */
const SOURCES = new Map(
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(join(ROOT, 'src', path), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')]),
);

/** Places whose code has one of these texts as a literal. */
function literals(names: readonly string[], isExempt: (path: string) => boolean): readonly string[] {
  const literal = new RegExp(`['"\`](${names.join('|')})['"\`]`);
  return [...SOURCES].flatMap(([path, text]) => {
    const lines = isExempt(path) ? [] : text.split('\n').filter((line) => literal.test(line));
    return lines.map((line) => `${path}: ${line.trim()}`);
  });
}

test('the source is read', () => {
  expect(SOURCES.size).toBeGreaterThan(300);
});

test('a runtime is named only in its own folder: all others ask for its facts', () => {
  expect(literals(runtimeNames(), (path) => path.startsWith('runtimes/'))).toEqual([]);
});

test('a kind is named only among the kinds: all others ask for a capability', () => {
  expect(literals(kindNames(), (path) => path.startsWith('kinds/') || path.startsWith('clients/'))).toEqual([]);
});

test('the contract names no server and no client library', () => {
  const contract = [...SOURCES].filter(([path]) => path.startsWith('stack/contract/'));
  const named = contract.filter(([, text]) => /redis|sentinel|valkey|postgres|kafka|clickhouse|docker/i.test(text));
  expect(named.map(([path]) => path)).toEqual([]);
});
