import { expect, test } from 'vitest';
import type { ImportStep } from '../../src/migrate/import/plan.ts';
import { migrateImportText } from '../../src/output/migrate-import.ts';
import { unpainted } from '../../src/output/paint.ts';

test('the table has one row for each file, and each note stands once', () => {
  const steps = ['1_a', '2_b', '3_c', '4_d', '5_e'].map((name, index): ImportStep => {
    const pair = [`${name}.up.sql`, `${name}.down.sql`];
    const rest = {
      version: '',
      text: '',
      statements: 1,
      transaction: index > 0,
      downStatements: index,
      isThere: index === 4,
    };
    const notes = index === 0 ? ['alone'] : ['BEGIN is taken out'];
    return { ...rest, sources: index === 0 ? pair.slice(0, 1) : pair, target: `${name}.sql`, notes };
  });
  const plan = { tool: 'golang-migrate', steps, notes: ['seed.sql is left out'] };
  const place = { service: 'db', source: 'db/migrations', target: 'shop/migrations' };
  expect(
    unpainted(migrateImportText(plan, place)),
  ).toBe(`5 migrations of golang-migrate in db/migrations, to shop/migrations (db)

FROM               FILE     STATEMENTS  TRANSACTION  DOWN  STATE
1_a.up.sql         1_a.sql           1  no           none  new
2_b.{up,down}.sql  2_b.sql           1  yes          1     new
3_c.{up,down}.sql  3_c.sql           1  yes          2     new
4_d.{up,down}.sql  4_d.sql           1  yes          3     new
5_e.{up,down}.sql  5_e.sql           1  yes          4     is there

note 1_a.sql: alone
note 2_b.sql, 3_c.sql, 4_d.sql and 1 more: BEGIN is taken out
note seed.sql is left out`);
});
