import { expect, test } from 'vitest';
import { schemaObjects, type TableRow } from '../../../src/kinds/clickhouse/schema/objects.ts';

const objects = (tables: readonly Partial<TableRow>[]) =>
  schemaObjects({
    database: 'shop',
    databases: [{ name: 'my audit', engine: 'Lazy' }],
    functions: [{ name: 'f', statement: 'CREATE FUNCTION f AS x -> x' }],
    tables: tables.map((row) => ({ database: 'shop', engine: 'MergeTree', name: '', statement: '', ...row })),
  });
const view = (name: string, from: string): Partial<TableRow> => {
  return { name, engine: 'View', statement: `CREATE VIEW shop.${name} AS SELECT 1 FROM ${from}` };
};

test('what is needed comes first, whatever it is called', () => {
  const found = objects([
    view('a', 'shop.b'),
    view('b', 'shop.t'),
    {
      name: 'm',
      engine: 'MaterializedView',
      statement: 'CREATE MATERIALIZED VIEW shop.m TO shop.z AS SELECT 1 FROM shop.a',
    },
    { name: 't', statement: "CREATE TABLE shop.t (n Int8 DEFAULT dictGet('shop.d', 'n', 1))" },
    {
      name: 'd',
      engine: 'Dictionary',
      statement: "CREATE DICTIONARY shop.d (n Int8) SOURCE(CLICKHOUSE(TABLE 'z' DB 'shop'))",
    },
    { name: 'z', statement: 'CREATE TABLE shop.z (n Int8)' },
    { database: 'my audit', name: 'log', statement: 'CREATE TABLE `my audit`.log (n Int8)' },
  ]);
  expect(found.map(({ type, name }) => `${type} ${name}`)).toEqual([
    'database my audit',
    'function f',
    'table z',
    'table my audit.log',
    'dictionary d',
    'table t',
    'view b',
    'view a',
    'materialized view m',
  ]);
  expect(found[0]?.sql).toBe('CREATE DATABASE IF NOT EXISTS `my audit` ENGINE = Lazy;\n');
  expect(found.at(-1)?.sql).toBe('CREATE MATERIALIZED VIEW m TO z AS SELECT 1 FROM a;\n');
});

test('two that name each other are both there', () => {
  expect(objects([view('a', 'shop.b'), view('b', 'shop.a')]).slice(2)).toHaveLength(2);
});

test('an address loses its password', () => {
  const [, , far] = objects([
    { name: 'far', statement: "CREATE TABLE shop.far (n Int8) ENGINE = URL('http://me:secret@host/x', 'CSV')" },
  ]);
  expect(far?.sql).toBe("CREATE TABLE far (n Int8) ENGINE = URL('http://me:[HIDDEN]@host/x', 'CSV');\n");
});
