import { expect, test } from 'vitest';
import { assemble } from '../../../../../src/kinds/_shared/postgres/schema/assemble.ts';
import type { SchemaNode } from '../../../../../src/kinds/_shared/postgres/schema/node.ts';
import { steady } from '../../../../../src/kinds/_shared/postgres/schema/steady.ts';
import { growth, LINEAR } from '../../../../support/growth.ts';

const node = (name: string, rank: number, rest: Partial<SchemaNode> = {}): SchemaNode => {
  return { kind: 'x', name, rank, statements: [`make ${name}`], covers: [name], ...rest };
};
const names = (others: readonly SchemaNode[], needs: Readonly<Record<string, readonly string[]>> = {}) =>
  assemble({ tables: [], others, needs: new Map(Object.entries(needs)) }).map(({ kind, name }) =>
    kind === 'x' ? name : `${kind} ${name}`,
  );

test('rank and name decide, unless something is needed earlier', () => {
  const nodes = [node('b', 2), node('z', 1), node('a', 2), node('c', 1)];
  expect(names(nodes)).toEqual(['c', 'z', 'a', 'b']);
  expect(names(nodes.toReversed(), { c: ['b'], b: ['z', 'gone'] })).toEqual(['z', 'a', 'b', 'c']);
});

test('views in a circle begin without content, and what cannot be cut stays in order of rank', () => {
  const view = node('v', 2, {
    covers: ['v', 'pg_rewrite:1'],
    placeholder: 'begin v',
    statements: ['CREATE VIEW v AS x'],
  });
  const nodes = [view, node('f', 1)];
  const needs = new Map([
    ['pg_rewrite:1', ['f']],
    ['f', ['v']],
  ]);
  expect(assemble({ tables: [], others: nodes, needs }).flatMap(({ statements }) => statements)).toEqual([
    'begin v',
    'make f',
    'CREATE OR REPLACE VIEW v AS x',
  ]);
  expect(names([node('b', 1), node('a', 1), node('first', 5)], { a: ['b'], b: ['a'] })).toEqual(['first', 'a', 'b']);
});

test('takes time in proportion to the number of objects', () => {
  const chain = (length: number) => {
    const nodes = Array.from({ length }, (_, index) => node(`n${index}`, index % 7));
    return { nodes, needs: Object.fromEntries(nodes.slice(1).map(({ name }, index) => [name, [`n${index}`]])) };
  };
  const order = ({ nodes, needs }: ReturnType<typeof chain>) => names(nodes, needs);
  expect(order(chain(10_000)).at(-1)).toBe('n9999');
  expect(growth(1250, chain, order)).toBeLessThan(LINEAR);
});

test('an IN list over a varchar is printed as the server prints it after it has read that', () => {
  expect(steady("((s)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[]))")).toBe(
    "((s)::text = ANY (ARRAY[('a'::character varying)::text, ('it''s'::character varying)::text]))",
  );
  expect(steady("x = ANY (ARRAY['a'::text])")).toBe("x = ANY (ARRAY['a'::text])");
});
