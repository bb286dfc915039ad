import { describe, expect } from 'vitest';
import { withPostgres } from '../../../src/clients/postgres/connect.ts';
import { StackctlError } from '../../../src/errors.ts';
import type { PendingMigration } from '../../../src/stack/contract/migrate.ts';
import { databaseForTests, fileOf, type Session, soon } from '../../support/postgres-database.ts';
import { errorOf } from '../../support/stack-fixtures.ts';
import { waitFor } from '../../support/wait-for.ts';

const { test, locked, query, target } = databaseForTests({ hasTimescale: false });

const names = async () =>
  (await query<{ name: string }>('select name from stackctl.migrations order by run_order')).map(({ name }) => name);
const isThere = async (table: string) => (await query(`select 1 from pg_class where relname = '${table}'`)).length > 0;
const table = (name: string) => fileOf(name, `CREATE TABLE t${name} (n int)`);

/** What is told about files that go together. */
async function together(session: Session, files: readonly PendingMigration[], signal = soon()) {
  const notices: string[] = [];
  const durations: (readonly [string | undefined, number])[] = [];
  const hooks = {
    of: (index: number) => ({ onNotice: (text: string) => notices.push(`${files[index]?.name} ${text}`) }),
    onApplied: (index: number, ms: number) => durations.push([files[index]?.name, ms]),
  };
  expect(await session.together?.(files)).toBe(files.length);
  const outcome = await session.applyTogether?.(files, signal, hooks).catch((error: unknown) => error);
  return { notices, durations, outcome, applied: durations.map(([name]) => name) };
}

describe('files that go together', () => {
  test('are applied in their order, each with its own entry, duration and notices', async () => {
    await using only = await locked();
    const files = [
      fileOf('1_mood', "CREATE TYPE mood AS ENUM ('ok', 'so');\nCREATE SEQUENCE counter"),
      fileOf('2_a', 'CREATE TABLE a (n int, m mood);\n\nCREATE TABLE IF NOT EXISTS a (n int) -- 😀'),
      fileOf('3_about', "COMMENT ON TABLE a IS 'Zürich 😀';\nCREATE SEQUENCE IF NOT EXISTS counter"),
      table('4'),
    ];
    const { outcome, applied, notices, durations } = await together(only, files);
    expect(outcome).toBe(4);
    expect(applied).toEqual(['1_mood', '2_a', '3_about', '4']);
    expect(notices).toEqual([
      '2_a NOTICE: relation "a" already exists, skipping (42P07, line 3)',
      '3_about NOTICE: relation "counter" already exists, skipping (42P07, line 2)',
    ]);
    const entries = await only.applied();
    expect(entries.map(({ name, durationMs }) => [name, durationMs])).toEqual(durations);
    expect(entries.map(({ statementsDone }) => statementsDone)).toEqual([2, 2, 2, 1]);
    expect(
      await query(`select bool_and(applied_at > before) as rises from
        (select applied_at, lag(applied_at) over (order by run_order) as before from stackctl.migrations) entry`),
    ).toEqual([{ rises: true }]);
    for (const { appliedAt } of entries) expect(Math.abs(Date.now() - Date.parse(appliedAt))).toBeLessThan(30_000);
  });

  test('end at the first that fails: those before it stay, those behind it were not run', async () => {
    await using only = await locked();
    await query('create table b (n int)');
    const failing = fileOf('2_b', 'CREATE TABLE c (n int);\n\n  CREATE TABLE b (n int);\nCREATE TABLE d (n int)');
    const { outcome, applied } = await together(only, [table('1'), failing, table('3')]);
    expect(outcome).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringMatching(
        /^m\/2_b\.sql:3:3: .*\(42P07\)\nStatement 2 of 3 failed: nothing of this file was/,
      ),
      details: { migration: '2_b', statement: 2, statements: 3, committed: 0 },
    });
    expect(applied).toEqual(['1']);
    expect(await names()).toEqual(['1']);
    for (const gone of ['c', 'd', 't3']) expect(await isThere(gone)).toBe(false);
    expect((await together(only, [table('3'), table('4')])).outcome).toBe(2);
    expect(await names()).toEqual(['1', '3', '4']);
  });

  test('are refused as a whole for a mistake in the grammar of one, and each can go by itself', async () => {
    await using only = await locked();
    const files = [table('1'), fileOf('2_grammar', 'CREATE TABLE b (n int);\nCREATE TABLE c (n int,,)'), table('3')];
    const { outcome, applied } = await together(only, files);
    expect([outcome, applied]).toEqual([0, []]);
    expect(await isThere('t1')).toBe(false);
    await only.apply(table('1'), soon());
    const error = await errorOf(only.apply(files[1] as PendingMigration, soon()));
    expect(error.message).toContain('m/2_grammar.sql:2:23: syntax error at or near ","');
    expect(await names()).toEqual(['1']);
  });

  test('do not go together where code of the database runs with each statement', async () => {
    await using only = await locked();
    await query(`create function f() returns event_trigger language plpgsql as 'begin end';
      create event trigger runs on ddl_command_end execute function f()`);
    expect((await together(only, [table('1'), table('2')])).outcome).toBe(0);
    expect(await isThere('t1')).toBe(false);
  });

  test('end at one that another session has applied meanwhile', async () => {
    await using only = await locked();
    await only.apply(table('2'), soon());
    await query('drop table t2');
    const { outcome, applied } = await together(only, [table('1'), table('2'), table('3')]);
    expect(outcome).toMatchObject({ code: 'E_LOCKED', details: { migration: '2' } });
    expect(applied).toEqual(['1']);
    for (const gone of ['t2', 't3']) expect(await isThere(gone)).toBe(false);
  });
});

const CHILD = fileOf('2_child', 'CREATE TABLE child (n int REFERENCES parent)', { lockTimeoutMs: 1000 });

test('a lock that one of them waits for is in the duration of that one only', async () => {
  await using only = await locked();
  await query('create table parent (n int primary key)');
  await withPostgres({ ...target(), applicationName: 'in the way' }, async (holder) => {
    await holder.query('begin; lock table public.parent');
    const going = together(only, [table('1'), { ...CHILD, lockTimeoutMs: 20_000 }, table('3')]);
    await waitFor('the wait of 300 ms', async () => {
      const waits = `select from pg_locks where not granted and clock_timestamp() - waitstart > '300 ms'`;
      return (await query(waits)).length > 0;
    });
    // Only what waits is missing.
    expect(await names()).toEqual(['1']);
    await holder.query('rollback');
    const { durations } = await going;
    const [one = 0, two = 0, three = 0] = durations.map(([, ms]) => ms);
    expect(two).toBeGreaterThanOrEqual(300);
    expect(Math.max(one, three)).toBeLessThan(300);
    expect((await only.applied()).map(({ name, durationMs }) => [name, durationMs])).toEqual(durations);
  });
});

test('a lock that one of them does not get stops that one, with its holder; it can be tried again', async () => {
  await using only = await locked();
  await query('create table parent (n int primary key)');
  await withPostgres({ ...target(), applicationName: 'in the way' }, async (holder) => {
    await holder.query('begin; lock table public.parent');
    const { outcome, applied } = await together(only, [table('1'), CHILD, table('3')]);
    expect(outcome).toMatchObject({
      code: 'E_MIGRATION_BLOCKED',
      message: expect.stringMatching(/^m\/2_child\.sql:1:1: .*in the way/),
    });
    expect(applied).toEqual(['1']);
    await holder.query('rollback');
  });
  expect((await together(only, [CHILD, table('3')])).outcome).toBe(2);
  expect(await names()).toEqual(['1', '2_child', '3']);
});

const WAITS = `select pid from pg_locks where not granted and relation = 'parent'::regclass`;

test.each([
  ['an interrupt', { code: 'E_INTERRUPTED' }, undefined],
  ['the end of the session', { code: 'E_MIGRATION_FAILED' }, 'select pg_terminate_backend(pid) from (%) w'],
] as const)('%s ends the file that is under way, and what is behind it', async (_what, code, end) => {
  await using only = await locked();
  await query('create table parent (n int primary key)');
  const stopping = new AbortController();
  await withPostgres(target(), async (holder) => {
    await holder.query('begin; lock table public.parent');
    const files = [table('1'), { ...CHILD, lockTimeoutMs: 20_000 }, table('3')];
    const going = together(only, files, stopping.signal);
    await waitFor('the wait', async () => (await query(WAITS)).length > 0);
    if (end === undefined) stopping.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
    else await query(end.replace('%', WAITS));
    const { outcome, applied } = await going;
    expect(outcome).toMatchObject(code);
    expect(applied).toEqual(['1']);
    await holder.query('rollback');
  });
  expect(await names()).toEqual(['1']);
  expect(await isThere('t3')).toBe(false);
});

test('where the connection breaks, the first without an answer is named, and where to look for the others', async () => {
  await using only = await locked();
  await query('create table parent (n int primary key)');
  await withPostgres(target(), async (holder) => {
    await holder.query('begin; lock table public.parent');
    const going = together(only, [table('1'), { ...CHILD, lockTimeoutMs: 20_000 }, table('3')]);
    await waitFor('the wait', async () => (await query(WAITS)).length > 0);
    const [worker] = await query<{ pid: number }>(WAITS);
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    const { outcome, applied } = await going;
    // The answers about the first one were on the server's side still.
    expect(applied).toEqual([]);
    expect(outcome).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringMatching(
        /^m\/1\.sql:1:1: at the commit: .*\nThe connection broke while this file and the 2 behind it were under way: run `stackctl migrate status`/,
      ),
    });
  });
});
