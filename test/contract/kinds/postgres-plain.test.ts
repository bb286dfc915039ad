import { describe, expect } from 'vitest';
import { close, connectPostgres, withPostgres } from '../../../src/clients/postgres/connect.ts';
import { RequestFailed, runInOneRequest } from '../../../src/clients/postgres/one-request.ts';
import { databaseForTests, fileOf, soon } from '../../support/postgres-database.ts';
import { errorOf } from '../../support/stack-fixtures.ts';
import { waitFor } from '../../support/wait-for.ts';

const { test, locked, query, target } = databaseForTests({ hasTimescale: false });

const names = async () =>
  (await query<{ name: string }>('select name from stackctl.migrations order by run_order')).map(({ name }) => name);
const isThere = async (table: string) => (await query(`select 1 from pg_class where relname = '${table}'`)).length > 0;
/** Sessions that ran files of the session under test. */
const WORK = `select pid from pg_stat_activity where application_name like 'stackctl migrate%' and query like '%commit'`;

describe('a file that does what its words say, in one request', () => {
  test('comes with its entry, or not at all: the mistake is named with its place', async () => {
    await using only = await locked();
    const notices: string[] = [];
    const hooks = { onNotice: (notice: string) => notices.push(notice) };
    const good =
      "CREATE TABLE a (n int); -- 😀\nCREATE TABLE IF NOT EXISTS a (n int);\nCOMMENT ON TABLE a IS 'Zürich 😀'";
    await only.apply(fileOf('1_good', good), soon(), hooks);
    expect(notices).toEqual(['NOTICE: relation "a" already exists, skipping (42P07, line 2)']);
    const [entry] = await only.applied();
    expect(entry).toMatchObject({
      name: '1_good',
      state: 'applied',
      statementsDone: 3,
      durationMs: expect.any(Number),
    });
    // The right hour, whatever zone anybody is in.
    expect(Date.now() - Date.parse(entry?.appliedAt ?? '')).toBeLessThan(600_000);

    const failing =
      "CREATE TABLE b (n int);\nCOMMENT ON TABLE b IS '😀 ä';\n/* 😀 */ CREATE TABLE c (\n  n nothing);\nCREATE TABLE d (n int)";
    const error = await errorOf(only.apply(fileOf('2_type', failing), soon()));
    expect(error).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message:
        'm/2_type.sql:4:5: type "nothing" does not exist (42704)\nStatement 3 of 4 failed: nothing of this file was applied.',
      details: { statement: 3, statements: 4, committed: 0 },
    });
    const grammar = await errorOf(
      only.apply(fileOf('3_grammar', 'CREATE TABLE e (n int);\nCREATE TABLE f (n int,,)'), soon(), hooks),
    );
    expect(grammar.message).toContain('m/3_grammar.sql:2:23: syntax error at or near ","');
    // Where the server names no place, it is the statement's own.
    const twice = await errorOf(
      only.apply(fileOf('4_twice', 'CREATE TABLE g (n int);\n\n  CREATE TABLE a (n int)'), soon()),
    );
    expect(twice.message).toContain('m/4_twice.sql:3:3: relation "a" already exists (42P07)');
    expect(notices).toHaveLength(1);
    expect(await names()).toEqual(['1_good']);
    for (const table of ['b', 'e', 'g']) expect(await isThere(table)).toBe(false);
    await only.apply(fileOf('5_next', 'CREATE TABLE b (n int)'), soon());
    expect(await names()).toEqual(['1_good', '5_next']);
  });

  test.each([
    ['COMMENT ON TABLE a IS', 22],
    ['CREATE SEQUENCE', 16],
    ['CREATE TABLE', 13],
    ['GRANT USAGE ON SCHEMA public TO', 32],
    ["/* 😀 */ COMMENT ON TABLE a IS 'ä 😀' 'z', -- ä", undefined],
  ])('names the statement that is not complete, and where it ends: %s', async (statement, column) => {
    await using only = await locked();
    const [before, after] = ['CREATE TABLE a (n int);', 'CREATE TABLE c (n int);'];
    for (const [name, lines] of [
      ['1_only', [statement]],
      ['2_closed', [`${statement}\n;`]],
      ['3_last', [before, `${statement}\n;`]],
      ['4_amid', [before, `${statement}\n;`, after]],
    ] as const) {
      const line = lines.findIndex((each) => each.split('\n')[0] === statement) + 1;
      const error = await errorOf(only.apply(fileOf(name, `${lines.join('\n')}\n`), soon()));
      expect(error).toMatchObject({
        code: 'E_MIGRATION_FAILED',
        message: expect.stringContaining(`m/${name}.sql:${line}:${column ?? ''}`),
        hint: 'Correct the file. Run `stackctl migrate up` again.',
        details: { statement: line, statements: lines.length, committed: 0, sqlstate: '42601' },
      });
      expect(error.message).toContain(
        `\nStatement ${line} of ${lines.length} failed: nothing of this file was applied.`,
      );
    }
    expect(await isThere('a')).toBe(false);
    await only.apply(fileOf('5_next', before), soon());
    expect(await names()).toEqual(['5_next']);
  });

  test('does not hide which line has a name that the server cuts', async () => {
    await using only = await locked();
    const notices: string[] = [];
    const text = `CREATE TABLE a (n int);\nCREATE TABLE b (${'m'.repeat(64)} int)`;
    await only.apply(fileOf('1_cut', text), soon(), { onNotice: (notice) => notices.push(notice) });
    expect(notices).toEqual([expect.stringMatching(/^NOTICE: identifier "m+" will be truncated .*\(42622, line 2\)$/)]);
  });

  test('is rolled back where another session has applied it meanwhile', async () => {
    await using only = await locked();
    await only.apply(fileOf('1_a', 'CREATE TABLE a (n int)'), soon());
    expect(await errorOf(only.apply(fileOf('1_a', 'CREATE TABLE b (n int)'), soon()))).toMatchObject({
      code: 'E_LOCKED',
    });
    expect(await isThere('b')).toBe(false);
  });

  test('waits for a lock no longer than it may, and says who holds it', async () => {
    await using only = await locked();
    await query('create table parent (n int primary key)');
    const file = fileOf('1_child', 'CREATE TABLE child (n int REFERENCES parent)', { lockTimeoutMs: 600 });
    await withPostgres({ ...target(), applicationName: 'in the way' }, async (holder) => {
      await holder.query('begin; lock table public.parent');
      expect(await errorOf(only.apply(file, soon()))).toMatchObject({
        code: 'E_MIGRATION_BLOCKED',
        message: expect.stringContaining('in the way'),
      });
      await holder.query('rollback');
    });
    await only.apply(file, soon());
    expect(await names()).toEqual(['1_child']);
  });

  test('goes on in another session where the server has ended the one before it', async () => {
    await using only = await locked();
    await only.apply(fileOf('1_a', 'CREATE TABLE a (n int)'), soon());
    await query(`select pg_terminate_backend(pid) from (${WORK}) w`);
    await waitFor('the end of the session', async () => (await query(WORK)).length === 0);
    await only.apply(fileOf('2_b', 'CREATE TABLE b (n int)'), soon());
    expect(await names()).toEqual(['1_a', '2_b']);
  });
});

test('code that the server runs for a statement sets nothing for the next file', async () => {
  await using only = await locked();
  const touch = `CREATE SCHEMA app; CREATE FUNCTION touch(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql
    AS 'BEGIN PERFORM set_config(''search_path'', ''app'', false); RETURN i; END'`;
  await only.apply(fileOf('1_touch', touch), soon());
  for (const [name, text] of [
    ['partition', 'CREATE TABLE one (a int) PARTITION BY RANGE ((a + public.touch(1)))'],
    ['call', 'CREATE TABLE two (a int) PARTITION BY LIST (public.touch(1))'],
    ['exclude', 'CREATE TABLE three (a int, EXCLUDE USING btree (a WITH =) WHERE (public.touch(1) = 1))'],
    ['generated', 'CREATE TABLE four (a int, b int GENERATED ALWAYS AS (public.touch(1)) STORED)'],
    ['default', 'CREATE TABLE five (a int DEFAULT public.touch(1))'],
    ['check', 'CREATE TABLE six (a int CHECK (public.touch(1) = a))'],
  ] as const) {
    // What the server refuses of these sets nothing either.
    await only.apply(fileOf(`2_${name}`, text), soon()).catch(() => undefined);
    await only.apply(fileOf(`3_${name}`, `CREATE TABLE after_${name} (a int)`), soon());
    expect(
      await query(`select relnamespace::regnamespace::text as at from pg_class where relname = 'after_${name}'`),
    ).toEqual([{ at: 'public' }]);
  }
});

test('where code of the database runs with each statement, what that makes is looked at', async () => {
  await using only = await locked();
  await query('create table q (n int)');
  await only.apply(fileOf('1_before', 'CREATE TABLE before (n int)'), soon());
  const trigger = `CREATE FUNCTION add_check() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'small') THEN
        ALTER TABLE q ADD CONSTRAINT small CHECK (n < 5) NOT VALID; PERFORM set_config('app.tenant', 'x', false);
      END IF; END $$;
    CREATE EVENT TRIGGER adds ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION add_check()`;
  // The trigger is made by a file of the same run, a moment before.
  await only.apply(fileOf('2_trigger', trigger), soon());
  expect(await errorOf(only.apply(fileOf('3_a', 'CREATE TABLE a (n int)'), soon()))).toMatchObject({
    code: 'E_MIGRATION_UNSOUND',
    details: { unsound: [{ name: 'constraint small of public.q' }] },
  });
  expect(await isThere('a')).toBe(false);
  expect(await names()).toEqual(['1_before', '2_trigger']);
});

describe('statements in one request', () => {
  test('say which of them failed, and where in it', async () => {
    await withPostgres(target(), async (client) => {
      const done: number[] = [];
      const failed = await runInOneRequest(client, ["select '😀' -- so", 'select 1', "select 'ä', nothing"], (index) =>
        done.push(index),
      ).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(RequestFailed);
      expect(failed).toMatchObject({ index: 2, wasBegun: true, cause: { code: '42703', position: '13' } });
      expect(done).toEqual([0, 1]);
      const grammar = await runInOneRequest(client, ['select 1', 'select from from']).catch((error: unknown) => error);
      expect(grammar).toMatchObject({ index: 1, wasBegun: false, cause: { code: '42601', position: '13' } });
      await expect(runInOneRequest(client, ['select 1', 'select 1; select 2'])).rejects.toMatchObject({
        index: undefined,
      });
    });
  });

  test('leave open how they ended where the connection ended first', async () => {
    const client = await connectPostgres(target());
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const running = runInOneRequest(client, ['select 1', 'select pg_sleep(60)', 'select 2']).catch(
      (error: unknown) => error,
    );
    await waitFor(
      'the statement',
      async () =>
        (await query(`select 1 from pg_stat_activity where pid = ${rows[0].pid} and wait_event = 'PgSleep'`)).length >
        0,
    );
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    expect(await running).toMatchObject({ index: undefined });
    await query(`select pg_terminate_backend(${rows[0].pid})`);
    await close(client);
  });
});
