import { expect, test } from 'vitest';
import { splitPostgres } from '../../src/kinds/_shared/postgres/sql/split.ts';
import { splitClickhouse } from '../../src/kinds/clickhouse/sql/split.ts';

const USUAL = "INSERT INTO t (id, name) VALUES (1, 'A place with a name'); -- one of many\n";

/** Seconds of CPU, the best of three: other work on the machine only adds. */
function cpuOf(work: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const begin = process.cpuUsage();
    work();
    return process.cpuUsage(begin).user / 1e6;
  });
  return Math.min(...times);
}

test.each([
  ['PostgreSQL, usual statements', splitPostgres, USUAL],
  ['PostgreSQL, dollar quotes', splitPostgres, "SELECT $a$;$a$, $b, E'x'\n'y' /* ; */;\n"],
  ['PostgreSQL, data of COPY', splitPostgres, 'COPY t FROM stdin;\n1\\.\n\\.x\n\\.\n'],
  ['PostgreSQL, one long statement', splitPostgres, 'a, (b'],
  ['ClickHouse, usual statements', splitClickhouse, USUAL],
  ['ClickHouse, dollars that open nothing', splitClickhouse, 'SELECT $a$b; $$ '],
  ['ClickHouse, data with dollars', splitClickhouse, 'INSERT INTO t FORMAT CSV\n$a$;\n\n'],
])('%s: twice the text takes about twice the time', (_what, split, unit) => {
  const small = unit.repeat(3000);
  split(small);
  const [once, twice] = [cpuOf(() => split(small)), cpuOf(() => split(small + small))];
  // Were each statement a reason to read the text again, it would be four times.
  expect(twice).toBeLessThan(Math.max(0.01, once) * 3);
});
