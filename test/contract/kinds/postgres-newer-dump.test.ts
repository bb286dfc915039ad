import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test as it } from 'vitest';
import { type PostgresTarget, withPostgres } from '../../../src/clients/postgres/connect.ts';
import { withSchema } from '../../../src/kinds/_shared/postgres/schema/session.ts';
import { kind } from '../../../src/kinds/postgres/index.ts';
import { runPending } from '../../../src/migrate/run-pending.ts';
import type { Kind } from '../../../src/stack/contract/kind.ts';
import type { MigrationSession } from '../../../src/stack/contract/migrate.ts';
import { HARD_TO_DUMP } from '../../support/hard-to-dump.ts';
import { migratedOf, planOf, stackOf } from '../../support/imported.ts';
import { dumpBy, newDatabase, runSql } from '../../support/postgres-databases.ts';
import { postgresForTests } from '../../support/postgres-for-tests.ts';
import { type Installation, installation } from '../../support/postgres-server.ts';
import { errorOf } from '../../support/stack-fixtures.ts';

/** The server of this machine, and the one that test/setup.sh unpacks, with its pg_dump. */
const [OLDER, NEWER] = [installation(false), installation(true)];
const PG_DUMP = join(dirname(NEWER?.postgres ?? ''), 'pg_dump');
const isPossible = OLDER !== undefined && NEWER !== undefined && existsSync(PG_DUMP);
const test = it.skipIf(!isPossible);

/** Besides what any dump has: lines that a reader of lines would take for psql's or for the session's. */
const SOURCE = `${HARD_TO_DUMP}
  create table lines (id int, text text);
  insert into lines values (1, E'\\restrict me'), (2, E'first\\n\\\\restrict key\\nSET transaction_timeout = 0;\\nlast'), (3, E'a\\r\\nb');
  comment on table lines is E'\\\\connect elsewhere\\nSET transaction_timeout = 0;\\n';
  create function kept() returns text language sql as $f$ select '
SET transaction_timeout = 0;
\\unrestrict key
' $f$;`;

describe('a dump by pg_dump of PostgreSQL 17 and later', () => {
  const [older, newer] = [serverOf(OLDER), serverOf(NEWER)];
  let folder: string;
  beforeAll(async () => {
    if (!isPossible) return;
    folder = await mkdtemp(join(tmpdir(), 'stackctl-dump-'));
    for (const server of [older, newer]) await runSql(await newDatabase(server.target(), 'source'), SOURCE);
  });
  afterAll(() => folder && rm(folder, { recursive: true, force: true }));

  const SHAPES = [[], ['--inserts'], ['--schema-only']];
  test.each(
    [older, newer].flatMap((from) => [older, newer].flatMap((to) => SHAPES.map((options) => ({ from, to, options })))),
  )(
    'of a server of version $from.major makes the same database on one of version $to.major: $options',
    async ({ from, to, options }) => {
      const text = await dumpBy(PG_DUMP, source(from), ...options);
      expect(text).toContain('\nSET transaction_timeout = 0;\nSET client_encoding');
      const { plan, apply } = await imported(text, to);
      expect(plan.steps).toMatchObject([{ notes: expect.arrayContaining([expect.stringContaining('is left out')]) }]);
      await apply();
      // Servers print expressions in words of their own: the target made the source by itself, too.
      const own = await dumpBy(PG_DUMP, source(to), ...options);
      expect(comparable(await dumpBy(PG_DUMP, { ...source(to), database: 'copy' }, ...options))).toBe(comparable(own));
      expect(await rows({ ...source(to), database: 'copy' })).toEqual(
        options.includes('--schema-only') ? [] : await rows(source(from)),
      );
    },
  );

  test('that is taken for a migration as it is ends on an older server with what to do', async () => {
    const text = await dumpBy(PG_DUMP, source(older));
    const { apply } = await imported(text, older, (step) => ({ ...step, text }));
    expect(await errorOf(apply())).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringContaining('unrecognized configuration parameter "transaction_timeout"'),
      hint: expect.stringMatching(/no such setting.*leave the line out/),
    });
  });

  const source = (server: Server): PostgresTarget => ({ ...server.target('ledger'), database: 'source' });

  /** Into a new database `copy`. */
  async function imported(
    text: string,
    to: Server,
    as = (step: Awaited<ReturnType<typeof planOf>>['steps'][number]) => step,
  ) {
    const file = join(folder, 'dump.sql');
    await writeFile(file, text);
    const read = await planOf(file);
    const plan = { ...read, steps: read.steps.map(as) };
    await newDatabase(to.target(), 'copy');
    const stack = stackOf(to.server().input, 'copy', plan);
    const options = { signal: AbortSignal.timeout(60_000), emit: () => undefined };
    return { plan, apply: () => runPending(stack, migratedOf(stack), options) };
  }

  const rows = (target: PostgresTarget) =>
    withPostgres(
      { ...target, settings: {} },
      async (client) => (await client.query('select * from lines order by id')).rows,
    );
});

describe('limits that PostgreSQL 17 and later have for the transactions of applications', () => {
  const newer = serverOf(NEWER);

  test('bind neither the checks of files nor who reads the schema', async () => {
    const database = await newDatabase(newer.target(), 'limited');
    await runSql(database, "alter database limited set transaction_timeout = '100ms'");
    const session = withSchema({} as MigrationSession, { ...newer.target('ledger'), database: 'limited' }, undefined);
    const slow = { text: 'select pg_sleep(0.3) is not null', line: 1, column: 1 };
    expect(await session.check?.([slow], AbortSignal.timeout(60_000))).toEqual([undefined]);
    expect(await session.dump?.(AbortSignal.timeout(60_000))).toBeDefined();
  });
});

type Server = ReturnType<typeof serverOf>;

function serverOf(found: Installation | undefined) {
  const major = basename(join(dirname(found?.postgres ?? ''), '..'));
  return { major, ...postgresForTests({ kind: kind as Kind<never>, found: isPossible ? found : undefined }) };
}

/** The key is new in each dump, and the version is the server's. */
const comparable = (text: string): string =>
  text.replace(/^\\(un)?restrict \w{20,}$/gm, '').replace(/^-- Dumped .*$/gm, '');
