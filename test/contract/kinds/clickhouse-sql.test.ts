import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askClickhouse, type ClickhouseTarget, runOnClickhouse } from '../../../src/clients/clickhouse/ask.ts';
import { splitClickhouse } from '../../../src/kinds/clickhouse/sql/split.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { type ClickhouseFront, findChdb, openFront } from '../../support/clickhouse-front.ts';

const chdb = findChdb();

/** Each is one value to the server, and holds what could be taken for an end. */
const VALUES = [
  `'a;\\';''b'`,
  "$$;'$$",
  '$a1$ ; $$ ; $a1$',
  "‘;'\\’",
  "x'3b'",
  "b'00111011'",
  '1 AS "a;\\"b"',
  '1 AS `b;``c`',
  "1 AS “d;'”",
  '1e-2',
  '0x1F',
  '1_0',
  '(1, 2).1',
  '[1, 2][1]',
  '1 AS e$f',
  '2 − 1',
];
const GAPS = [
  ' ',
  '\n',
  '/* ; /* ; \' */ " */',
  "-- it's ;\n",
  "// it's ;\n",
  "# it's ;\n",
  "#!it's ;\n",
  '\u00a0',
  '\u2003',
  ' /**/ ',
];
const gap = fc.constantFrom(...GAPS);
const statement = fc
  .array(fc.tuple(fc.constantFrom(...VALUES), gap), { minLength: 1, maxLength: 4 })
  .map((pieces) => `SELECT ${pieces.map(([value, behind]) => ` ${value}${behind}`).join(',')} `);

describe.skipIf(chdb === undefined)('SQL as the engine reads it', () => {
  let front: ClickhouseFront;
  let target: ClickhouseTarget;
  beforeAll(async () => {
    front = await openFront(chdb ?? '');
    const address = { host: '127.0.0.1', port: front.port };
    target = { address, user: 'tester', password: new Secret(front.password), database: 'events', timeoutMs: 10_000 };
    await runOnClickhouse(target, 'CREATE TABLE prices (id UInt64) ENGINE = MergeTree ORDER BY id');
  });
  afterAll(() => front?.[Symbol.asyncDispose]());

  const count = async (): Promise<number> =>
    Number((await askClickhouse<{ n: string }>(target, 'SELECT count() AS n FROM prices')).rows[0]?.n);
  const runAll = async (text: string): Promise<void> => {
    const { statements, mistakes } = splitClickhouse(text);
    expect(mistakes).toEqual([]);
    for (const { text: one } of statements) await runOnClickhouse(target, one);
  };

  test('takes each statement of a script, whatever stands in its quotes and comments', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 3 }), async (all) => {
        const { statements, mistakes } = splitClickhouse(all.join(';\n-- ;\n'));
        expect(mistakes).toEqual([]);
        expect(statements).toHaveLength(all.length);
        for (const { text } of statements) await runOnClickhouse(target, text);
      }),
      { numRuns: 60 },
    );
  });

  test.each(["SELECT 'a", "SELECT ‘a'", 'SELECT 1 /* /* */', "SELECT x'0g'", 'SELECT `a', 'SELECT (1', `SELECT $\{a}`])(
    'refuses what is a mistake: %s',
    async (text) => {
      expect(splitClickhouse(text).mistakes).toHaveLength(1);
      await expect(runOnClickhouse(target, text)).rejects.toThrow(/yntax error/);
    },
  );

  test('runs nothing that stands in a comment or in a text', async () => {
    await runOnClickhouse(target, 'INSERT INTO prices VALUES (1), (2)');
    await runAll('/* before:\n   /* price Float32; */\n   TRUNCATE TABLE prices; */\nSELECT 1;');
    await runAll("// the bank's list; TRUNCATE TABLE prices;\nSELECT 2; #! TRUNCATE TABLE prices;\n");
    await runAll(
      "SELECT '\\'; TRUNCATE TABLE prices; --', $x$; TRUNCATE TABLE prices; $x$, ‘; TRUNCATE TABLE prices;’",
    );
    expect(await count()).toBe(2);
  });

  test('inserts the data that follows FORMAT, up to the first empty line', async () => {
    const before = await count();
    await runAll(
      'INSERT INTO prices FORMAT CSV\n7\n8\n\nINSERT INTO prices VALUES (9); INSERT INTO prices FORMAT JSONEachRow {"id":10}\n',
    );
    expect(await count()).toBe(before + 4);
  });
});
