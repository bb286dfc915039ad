import { expect } from 'vitest';
import {
  CALLS,
  interruptAndGoOn,
  nextRun,
  ONE_TRANSACTION,
  piecesOf,
  runUntil,
  WITHOUT,
} from '../../support/interrupted-migration.ts';
import { openLostAnswerProxy } from '../../support/lost-answer-proxy.ts';
import { bare, databaseForTests, fileOf, soon } from '../../support/postgres-database.ts';
import { errorOf } from '../../support/stack-fixtures.ts';
import { raceTwoRuns } from '../../support/two-runs.ts';
import { waitFor } from '../../support/wait-for.ts';

const database = databaseForTests({ hasTimescale: false });
const { test, locked, query } = database;

// Every moment is tried by test/long/postgres-interrupted.test.ts.
test.each([
  ['a file without a transaction', WITHOUT],
  ['one transaction', ONE_TRANSACTION],
])('%s that is cut off: the next run brings it to its end', async (_what, file) => {
  const { first, last } = await piecesOf(database, file);
  const middle = Math.round((first + last) / 2);
  for (const arrives of [false, true]) await interruptAndGoOn(database, file, middle, arrives);
  for (const at of [last - 3, last - 1]) await interruptAndGoOn(database, file, at, true);
});

test('code with transactions of its own is not run again unasked: both ways on are named', async () => {
  const ways = new Set<string>();
  const { last } = await piecesOf(database, CALLS);
  for (let at = last - 6; at <= last; at++) {
    await query('drop schema stackctl cascade; truncate counted');
    await runUntil(database, CALLS, at, true);
    ways.add(String(await nextRun(database, CALLS)));
    expect((await query<{ what: string }>('select what from counted order by what')).map(({ what }) => what)).toEqual([
      'batch 1',
      'batch 2',
      'first',
    ]);
  }
  expect([...ways].toSorted()).toEqual(['told', 'undefined']);
});

test('a statement that is still at work is waited for', async () => {
  await query('create table big as select n from generate_series(1, 1000) n; create table holder (n int)');
  const file = bare('0005_index', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS big_n ON big (n);');
  await using holder = await database.session();
  const first = await locked();
  // An old snapshot keeps the build from its end.
  const snapshot = query('begin isolation level repeatable read; select from big limit 1; select pg_sleep(2)');
  await waitFor(
    'the snapshot',
    async () => (await query(`select from pg_stat_activity where wait_event = 'PgSleep'`)).length > 0,
  );
  const running = first.apply(file, soon()).catch(() => 'cut off');
  await waitFor('the build to wait', async () => {
    const waits = `select from pg_stat_activity where query like 'CREATE INDEX%' and wait_event_type = 'Lock'`;
    return (await query(waits)).length > 0;
  });
  expect(await holder.unsound?.()).toEqual([]);
  // The lock goes with the session that holds it, the statement goes on.
  await query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`);
  await using second = await locked();
  const notices: string[] = [];
  await second.apply(file, soon(), { onNotice: (notice) => notices.push(notice) });
  await Promise.all([running, snapshot]);
  await first.close();
  expect(notices[0]).toMatch(/^the statement of an earlier run is still at work \(pid \d+\)$/);
  expect(await query(`select indisvalid from pg_index where indexrelid = 'big_n'::regclass`)).toEqual([
    { indisvalid: true },
  ]);
});

test('a file that was corrected goes on behind what is done, as long as that is the same', async () => {
  await query('create table t (n int)');
  await using only = await locked();
  const broken = bare('0006_t', 'INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); INSERT INTO t VALUES (nothing);');
  expect((await errorOf(only.apply(broken, soon()))).message).toContain('the 2 before it are in effect');
  const corrected = bare('0006_t', 'INSERT INTO t VALUES (1);\n\nINSERT INTO t VALUES (2); INSERT INTO t VALUES (3);', {
    checksum: 'corrected',
  });
  await only.apply(corrected, soon());
  expect(await query('select n from t order by n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('what was edited among the statements that are done runs again only where each of them can', async () => {
  await query('create table t (n int)');
  await using only = await locked();
  const broken = 'CREATE TABLE IF NOT EXISTS made (n int); INSERT INTO t VALUES (2); INSERT INTO t VALUES (nothing);';
  await errorOf(only.apply(bare('0007_t', broken), soon()));
  const text = 'CREATE TABLE IF NOT EXISTS made (n int); INSERT INTO t VALUES (20); INSERT INTO t VALUES (3);';
  const edited = bare('0007_t', text, { checksum: 'edited' });
  const command = 'stackctl migrate repair --statements-done 0007_t';
  expect(await errorOf(only.apply(edited, soon()))).toMatchObject({
    code: 'E_MIGRATION_FAILED',
    message: expect.stringMatching(
      /^m\/0007_t\.sql:2:42: .* edited since\nStatement 2 is the first that differs of the 2 /,
    ),
    hint: expect.stringContaining(`\`${command}=2\``),
  });
  expect(await query('select n from t')).toEqual([{ n: 2 }]);
  const counted = { state: 'failed', statementsDone: 2, event: 'statementsCounted', reason: 'as it was seen' } as const;
  await only.amend?.({ name: '0007_t', checksum: 'edited', ...counted });
  // The number is of this text alone.
  const later = bare('0007_t', text.replace('20', '21'), { checksum: 'later' });
  expect(await errorOf(only.apply(later, soon()))).toMatchObject({
    message: expect.stringContaining('Which of the 2 is not known'),
    hint: expect.stringContaining(`\`${command}=2\``),
  });
  await only.apply(edited, soon());
  expect(await query('select n from t order by n')).toEqual([{ n: 2 }, { n: 3 }]);

  await errorOf(
    only.apply(bare('0008_t', 'CREATE TABLE IF NOT EXISTS one (n int); INSERT INTO two VALUES (1);'), soon()),
  );
  await only.apply(bare('0008_t', 'CREATE TABLE IF NOT EXISTS two (n int); INSERT INTO two VALUES (1);'), soon());
  expect(await query('select n from two')).toEqual([{ n: 1 }]);
});

test('a run that goes on has the settings of the statements that are done', async () => {
  await query('create schema app; create role app_role; grant all on schema app to app_role');
  await using only = await locked();
  const text = (third: string) =>
    `SET search_path = app; SELECT set_config('app.tenant', 'one', false); SET ROLE app_role;
     CREATE TABLE t1 (n int); ${third}; CREATE TABLE t2 AS SELECT current_setting('app.tenant') AS tenant;`;
  await errorOf(only.apply(bare('0009_session', text('SELECT nothing')), soon()));
  await only.apply(bare('0009_session', text('SELECT 1')), soon());
  expect(await query('select tenant from app.t2')).toEqual([{ tenant: 'one' }]);
  expect(await query(`select tablename, tableowner from pg_tables where tablename in ('t1', 't2') order by 1`)).toEqual(
    ['t1', 't2'].map((tablename) => ({ tablename, tableowner: 'app_role' })),
  );
  await query('drop schema app cascade');
  await errorOf(only.apply(bare('0011_session', 'SET ROLE app_role; SELECT 1; SELECT nothing;'), soon()));
  await query('drop role app_role');
  const error = await errorOf(only.apply(bare('0011_session', 'SET ROLE app_role; SELECT 1; SELECT 2;'), soon()));
  expect(error.message).toMatch(/set up the session again: .*app_role.*\nStatement 1 of 3 failed: 2 are in effect\.$/);
  expect(
    await query(`select state, statements_done as done from stackctl.migrations where name = '0011_session'`),
  ).toEqual([{ state: 'failed', done: 2 }]);
});

test('what ended with the session of the run before is named, with both ways out', async () => {
  await using only = await locked();
  const text = (last: string) => `CREATE TEMP TABLE kept AS SELECT 1 AS n; CREATE TABLE IF NOT EXISTS t AS ${last};`;
  await errorOf(only.apply(bare('0010_temp', text('SELECT nothing')), soon()));
  const file = bare('0010_temp', text('SELECT n FROM kept'));
  const command = 'stackctl migrate repair --statements-done 0010_temp=0';
  expect(await errorOf(only.apply(file, soon()))).toMatchObject({
    code: 'E_MIGRATION_FAILED',
    message: expect.stringContaining('m/0010_temp.sql:2:1: what this statement made ended with the session'),
    hint: expect.stringMatching(new RegExp(`${command}.*split the file`)),
  });
  const counted = { state: 'failed', statementsDone: 0, event: 'statementsCounted', reason: 'as it was seen' } as const;
  await only.amend?.({ name: file.name, checksum: file.checksum, ...counted });
  await only.apply(file, soon());
  expect(await query('select n from t')).toEqual([{ n: 1 }]);
});

test('a commit whose answer did not arrive: the next run asks the server for it', async () => {
  await query('create table answers (n int)');
  const target = database.target();
  await using proxy = await openLostAnswerProxy(target.address.port, 'INSERT INTO answers', 'commit');
  const file = bare('0008_answers', 'INSERT INTO answers VALUES (1); INSERT INTO answers VALUES (2);');
  {
    await using cut = await locked({ ...target, address: { ...target.address, port: proxy.port } });
    await errorOf(cut.apply(file, soon()));
  }
  // The server goes on with the commit once its client has gone.
  await waitFor('the commit', async () => (await query('select n from answers')).length > 0);
  expect(await query('select n from answers')).toEqual([{ n: 1 }]);
  await using next = await locked();
  await next.apply(file, soon());
  expect(await query('select n from answers')).toEqual([{ n: 1 }, { n: 2 }]);
});

test.each([
  ['one that does what its words say', 'CREATE TABLE', 'CREATE TABLE told (n int)'],
  ['another one', 'INSERT INTO', 'CREATE TABLE told_too (n int); INSERT INTO told_too VALUES (1)'],
])('a file that is one transaction, and the answer to its commit did not arrive: %s', async (_which, first, text) => {
  const target = database.target();
  await using proxy = await openLostAnswerProxy(target.address.port, first, 'commit');
  await using cut = await locked({ ...target, address: { ...target.address, port: proxy.port } });
  const error = await errorOf(cut.apply(fileOf('0009_told', text), soon()));
  expect(error.message).toContain('The connection broke during the commit: run `stackctl migrate status`');
  await waitFor('its entry', async () => (await cut.applied()).some(({ name }) => name === '0009_told'));
});

test('two runs at once: each file is applied once, indexes that are built concurrently too', async () => {
  await raceTwoRuns(database, 5);
});
