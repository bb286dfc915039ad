import { describe, expect } from 'vitest';
import { bare, databaseForTests, fileOf, soon } from '../../support/postgres-database.ts';
import { errorOf } from '../../support/stack-fixtures.ts';

const { test, locked, query } = databaseForTests({ hasTimescale: false });

const stateOf = async (name: string) =>
  (
    await query<{ state: string; done: number }>(
      `select state, statements_done as done from stackctl.migrations where name = '${name}'`,
    )
  )[0];

describe('an index that could not be built', () => {
  const FILE = bare('0002_key', 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS members_email_key ON members (email);');

  test('keeps its file from being applied until it is removed', async () => {
    await query(`create table members (id bigint generated always as identity primary key, email text not null);
      insert into members (email) values ('a@example.org'), ('b@example.org'), ('a@example.org')`);
    await using first = await locked();
    expect(await first.unsound?.()).toEqual([]);
    const failed = await errorOf(first.apply(FILE, soon()));
    const drop = 'DROP INDEX CONCURRENTLY public.members_email_key';
    expect(failed).toMatchObject({ code: 'E_MIGRATION_FAILED', details: { sqlstate: '23505' } });
    expect(failed.message).toContain('It has left behind: index public.members_email_key is not valid');
    expect(failed.hint).toContain(drop);
    expect(failed.hint).not.toContain('IF NOT EXISTS');

    await query('delete from members m using members n where m.email = n.email and m.id > n.id');
    // Another run, which has not seen how the first one began.
    await using second = await (async () => {
      await first.close();
      return locked();
    })();
    const notices: string[] = [];
    const hooks = { onNotice: (notice: string) => notices.push(notice) };
    const unsound = await errorOf(second.apply(FILE, soon(), hooks));
    expect(unsound).toMatchObject({ code: 'E_MIGRATION_UNSOUND', exitCode: 6, hint: expect.stringContaining(drop) });
    expect(unsound.message.split('\n')).toEqual([
      'm/0002_key.sql:2:1: not applied: an object of this file cannot be relied on',
      `  index public.members_email_key is not valid: its build did not finish: ${drop};`,
      'Statement 1 of 1 does not count as done: no statement was done before it.',
    ]);
    expect(notices).toEqual(['NOTICE: relation "members_email_key" already exists, skipping (42P07, line 2)']);
    expect(await stateOf('0002_key')).toEqual({ state: 'failed', done: 0 });
    expect(await second.unsound?.()).toEqual([
      { name: 'index public.members_email_key', reason: 'is not valid: its build did not finish', fix: drop },
    ]);

    const [object] = (await second.unsound?.()) ?? [];
    if (object !== undefined) await second.fix?.(object, soon());
    await second.apply(FILE, soon());
    expect(await stateOf('0002_key')).toEqual({ state: 'applied', done: 1 });
    await expect(query(`insert into members (email) values ('b@example.org')`)).rejects.toMatchObject({
      code: '23505',
    });
  });

  test('does so too where it was there before, and in a transaction, which is rolled back', async () => {
    await query(`create table users (email text); insert into users values ('a'), ('a')`);
    await expect(query('create unique index concurrently users_key on users (email)')).rejects.toThrow('users_key');
    await using only = await locked();
    const file = fileOf(
      '0003_users',
      'CREATE TABLE beside (n int); CREATE UNIQUE INDEX IF NOT EXISTS users_key ON users (email)',
    );
    expect(await errorOf(only.apply(file, soon()))).toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      message: expect.stringContaining('rolled back: nothing of it was applied'),
      details: { unsound: [{ fix: 'DROP INDEX CONCURRENTLY public.users_key' }] },
    });
    expect(await query(`select to_regclass('beside') as found`)).toEqual([{ found: null }]);
    // A file that has nothing to do with it is applied beside it.
    await only.apply(fileOf('0004_other', 'CREATE TABLE other (n int)'), soon());
    await query('drop index users_key');
  });

  test('without a name is told by what was valid before the first attempt', async () => {
    await query(`create table carts (n int); insert into carts values (1), (1)`);
    const file = bare('0005_carts', 'CREATE UNIQUE INDEX CONCURRENTLY ON carts (n);');
    await using only = await locked();
    await errorOf(only.apply(file, soon()));
    await query('delete from carts');
    expect(await errorOf(only.apply(file, soon()))).toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      details: { unsound: [{ name: 'index public.carts_n_idx' }] },
    });
    await query('drop index carts_n_idx');
    await query('drop index if exists carts_n_idx1');
    await only.apply(file, soon());
  });

  test('is not removed by a rerun that makes room first', async () => {
    await query(`create table rooms (n int); insert into rooms values (1), (1)`);
    const text = 'DROP INDEX CONCURRENTLY IF EXISTS rooms_n; CREATE UNIQUE INDEX CONCURRENTLY rooms_n ON rooms (n);';
    const file = bare('0006_rooms', text);
    await using only = await locked();
    expect((await errorOf(only.apply(file, soon()))).message).toContain('the 1 before it are in effect');
    await query('delete from rooms');
    await only.apply(file, soon());
    expect(await stateOf('0006_rooms')).toEqual({ state: 'applied', done: 2 });
  });
});

test('a file whose statements are all done is not applied while what they make is not valid', async () => {
  await query('create table late (n int)');
  await using only = await locked();
  const text =
    'CREATE INDEX CONCURRENTLY late_n ON late (n); INSERT INTO late VALUES (1); INSERT INTO late VALUES (nothing);';
  const file = bare('0007_late', text);
  await errorOf(only.apply(file, soon()));
  await query(`update pg_index set indisvalid = false where indexrelid = 'late_n'::regclass`);
  const { name, checksum } = file;
  const counted = { state: 'failed', statementsDone: 3, event: 'statementsCounted', reason: 'as it was seen' } as const;
  await only.amend?.({ name, checksum, ...counted });
  const error = await errorOf(only.apply(file, soon()));
  expect(error).toMatchObject({
    code: 'E_MIGRATION_UNSOUND',
    message: expect.stringContaining('All 3 statements are done.'),
    hint: expect.stringContaining('`REINDEX INDEX CONCURRENTLY public.late_n`'),
  });
  expect(await stateOf(name)).toEqual({ state: 'failed', done: 3 });
  await query('reindex index concurrently late_n');
  await only.apply(file, soon());
  expect(await stateOf(name)).toEqual({ state: 'applied', done: 3 });
  expect(await query('select n from late')).toEqual([{ n: 1 }]);
});

describe('the part of a file for servers that lack something', () => {
  test.each([
    ['in one transaction', fileOf],
    ['statement by statement', bare],
  ])('runs %s, and the file is entered as unavailable', async (_how, make) => {
    const rest = { unavailable: 'no such thing' };
    await using only = await locked();
    const broken = make('0008_else', 'CREATE TABLE instead (n int); INSERT INTO instead VALUES (nothing);', rest);
    expect(await errorOf(only.apply(broken, soon()))).toMatchObject({ code: 'E_MIGRATION_FAILED' });
    const file = make('0008_else', 'CREATE TABLE instead (n int); INSERT INTO instead VALUES (1);', rest);
    await only.apply(file, soon());
    expect(await stateOf('0008_else')).toEqual({ state: 'unavailable', done: 2 });
    expect(await query('select n from instead')).toEqual([{ n: 1 }]);
    // The server has it now: the file's own part runs as a whole.
    await only.apply(make('0008_else', 'ALTER TABLE instead ADD m int;'), soon());
    expect(await stateOf('0008_else')).toEqual({ state: 'applied', done: 1 });
  });
});

test('what REINDEX CONCURRENTLY leaves behind is named with what removes it', async () => {
  await query(`create table r (n int primary key, m int); insert into r select n, n from generate_series(1, 10) n`);
  await query('create index r_m on r (m)');
  await query(
    `update pg_index set indisvalid = false where indexrelid = 'r_m'::regclass; alter index r_m rename to r_m_ccnew`,
  );
  await query('create index r_old_ccold on r (m)');
  await query(`update pg_index set indisvalid = false where indexrelid = 'r_old_ccold'::regclass`);
  await using only = await locked();
  expect(await only.unsound?.()).toEqual([
    {
      name: 'index public.r_m_ccnew',
      reason: 'is not valid: REINDEX CONCURRENTLY left it behind',
      fix: 'DROP INDEX CONCURRENTLY public.r_m_ccnew',
    },
    {
      name: 'index public.r_old_ccold',
      reason: 'is not valid: REINDEX CONCURRENTLY could not remove it',
      fix: 'DROP INDEX CONCURRENTLY public.r_old_ccold',
    },
  ]);
  for (const object of (await only.unsound?.()) ?? []) await only.fix?.(object, soon());
  expect(await only.unsound?.()).toEqual([]);
});

describe('a constraint that a file is to validate', () => {
  const ALTERS = { TABLE: 't', DOMAIN: 'd' };
  const body = (statement: string) =>
    `DO $$ BEGIN ${statement}; EXCEPTION WHEN check_violation THEN RAISE WARNING 'rows break it'; END $$`;

  test.each(Object.entries(ALTERS))('keeps it from being applied while rows break it: %s', async (type, name) => {
    await query(
      'create domain d int; create table t (i int, v d); insert into t values (-1, -1); create table o (i int)',
    );
    await using only = await locked();
    const check = type === 'TABLE' ? 'i > 0' : 'VALUE > 0';
    const add = `ALTER ${type} ${name} ADD CONSTRAINT pos CHECK (${check}) NOT VALID`;
    await only.apply(fileOf('0020_add', add), soon());
    // One of the same name is not meant.
    await only.apply(fileOf('0021_add', 'ALTER TABLE o ADD CONSTRAINT pos CHECK (i > 0) NOT VALID'), soon());
    await only.apply(fileOf('0022_other', body('ALTER TABLE o VALIDATE CONSTRAINT pos')), soon());
    await only.apply(fileOf('0023_word', `COMMENT ON TABLE o IS 'ALTER TABLE t VALIDATE CONSTRAINT pos'`), soon());
    const fix = `ALTER ${type} public.${name} VALIDATE CONSTRAINT pos`;
    const files = [
      fileOf('0024_do', body(`ALTER ${type} ${name} VALIDATE CONSTRAINT pos`)),
      fileOf('0025_put', body(`EXECUTE format('ALTER ${type} %I VALIDATE CONSTRAINT pos', '${name}')`)),
      bare('0026_bare', `${body(`ALTER ${type} public."${name}" VALIDATE CONSTRAINT "pos"`)};`),
    ];
    for (const file of files) {
      const error = await errorOf(only.apply(file, soon()));
      expect(error).toMatchObject({
        code: 'E_MIGRATION_UNSOUND',
        details: { unsound: [{ name: `constraint pos of public.${name}`, fix }] },
      });
      expect(error.hint).not.toContain('migrate repair');
    }
    // Where the server refuses it, it has left nothing behind.
    const plain = bare('0027_plain', `ALTER ${type} ${name} VALIDATE CONSTRAINT pos;`);
    const refused = await errorOf(only.apply(plain, soon()));
    expect(refused).toMatchObject({ code: 'E_MIGRATION_FAILED', details: { sqlstate: '23514' } });
    expect(refused.message).not.toContain('left behind');
    await query('update t set i = 1, v = 1');
    for (const file of [...files, plain]) await only.apply(file, soon());
    expect(await query(`select from pg_constraint where not convalidated`)).toEqual([]);
  });
});

describe('parts of partitioned tables', () => {
  test('an index ON ONLY the table is what the file asks for; one by accident is not', async () => {
    await query(`create table "Days" (day date) partition by range (day);
      create table days_1 partition of "Days" for values from ('2025-01-01') to ('2026-01-01')`);
    await using only = await locked();
    await only.apply(fileOf('0010_only', 'CREATE INDEX days_day ON ONLY "Days" (day)'), soon());
    expect(await only.unsound?.()).toEqual([]);
    // The next files complete it, and are not held up by it.
    await only.apply(bare('0011_part', 'CREATE INDEX CONCURRENTLY days_1_day ON days_1 (day);'), soon());
    await only.apply(fileOf('0012_join', 'ALTER INDEX days_day ATTACH PARTITION days_1_day'), soon());
    expect(await only.unsound?.()).toEqual([]);
    const hidden = `DO $$ BEGIN EXECUTE 'create index days_late on only "Days" (day desc)'; END $$`;
    // The words stand in a text here, too: only a statement of its own asks for it.
    expect(await errorOf(only.apply(fileOf('0013_hidden', hidden), soon()))).toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      details: {
        unsound: [
          {
            name: 'index public.days_late',
            reason: 'is not valid: public.days_1 has no valid index that is attached to it',
            fix: 'ALTER INDEX public.days_late ATTACH PARTITION …',
          },
        ],
      },
    });
  });

  test('an index that waits for its parts is no finding, and nothing removes it with those that it has', async () => {
    await using only = await locked();
    const table = `CREATE TABLE pt (k int) PARTITION BY RANGE (k);
      CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (0) TO (10);
      CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (k);
      CREATE TABLE pt21 PARTITION OF pt2 FOR VALUES FROM (10) TO (20);
      CREATE INDEX pti ON ONLY pt (k); ALTER TABLE ONLY pt ADD CONSTRAINT ptu UNIQUE (k); CREATE INDEX pti2 ON ONLY pt2 (k);`;
    await only.apply(fileOf('0014_p', table), soon());
    const first = 'CREATE INDEX CONCURRENTLY pti1 ON pt1 (k); ALTER INDEX pti ATTACH PARTITION pti1;';
    await only.apply(bare('0015_p', first), soon());
    expect(await only.unsound?.()).toEqual([]);
    const second =
      'ALTER INDEX pti ATTACH PARTITION pti2; CREATE INDEX CONCURRENTLY pti21 ON pt21 (k); ALTER INDEX pti2 ATTACH PARTITION pti21;';
    await only.apply(bare('0016_p', second), soon());
    expect(await only.unsound?.()).toEqual([]);
    const valid = await query(
      `select relname, indisvalid from pg_index join pg_class c on c.oid = indexrelid where relname ~ '^pt' order by 1`,
    );
    expect(valid).toEqual(
      Object.entries({ pti: true, pti1: true, pti2: true, pti21: true, ptu: false }).map(([relname, indisvalid]) => ({
        relname,
        indisvalid,
      })),
    );
    // A part that holds rows is looked at by itself.
    await query(`update pg_index set indisvalid = false where indexrelid = 'pti21'::regclass`);
    expect(await only.unsound?.()).toMatchObject([{ fix: 'REINDEX INDEX CONCURRENTLY public.pti21' }]);
  });

  test('a partition that is half detached is named, and is taken for what it is while somebody is at work', async () => {
    await query(`create table m (day date) partition by range (day);
      create table m_2025 partition of m for values from ('2025-01-01') to ('2026-01-01')`);
    await query(`update pg_inherits set inhdetachpending = true where inhrelid = 'm_2025'::regclass`);
    await using only = await locked();
    expect(await only.unsound?.()).toEqual([
      {
        name: 'partition public.m_2025 of public.m',
        reason: 'is half detached: DETACH PARTITION CONCURRENTLY did not finish',
        fix: 'ALTER TABLE public.m DETACH PARTITION public.m_2025 FINALIZE',
      },
    ]);
    const [object] = (await only.unsound?.()) ?? [];
    if (object !== undefined) await only.fix?.(object, soon());
    expect(await only.unsound?.()).toEqual([]);
  });
});

describe('a constraint that is not validated', () => {
  test('is fine where the file says NOT VALID, and keeps the file out where it was to be validated', async () => {
    await query(`create table prices (amount int); insert into prices values (-1)`);
    await using only = await locked();
    await only.apply(
      fileOf('0020_later', 'ALTER TABLE prices ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID'),
      soon(),
    );
    expect(await only.unsound?.()).toEqual([]);
    const swallowed = `ALTER TABLE prices ADD CONSTRAINT small CHECK (amount < 100) NOT VALID;
      INSERT INTO prices VALUES (1);
      DO $$ BEGIN ALTER TABLE prices VALIDATE CONSTRAINT small; RAISE check_violation;
      EXCEPTION WHEN check_violation THEN RAISE WARNING 'later'; END $$;`;
    const notices: string[] = [];
    const file = bare('0021_small', swallowed);
    const error = await errorOf(only.apply(file, soon(), { onNotice: (notice) => notices.push(notice) }));
    expect(error).toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      details: { statement: 3, unsound: [{ fix: 'ALTER TABLE public.prices VALIDATE CONSTRAINT small' }] },
    });
    expect(notices).toEqual(['WARNING: later (01000, line 4)']);
  });

  test('that nothing in the file asked for keeps it out', async () => {
    await query(`create table q (n int); create function add_check() returns void language sql as
      $$ alter table q add constraint small check (n < 5) not valid $$`);
    await using only = await locked();
    expect(await errorOf(only.apply(fileOf('0022_q', 'SELECT add_check()'), soon()))).toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      hint: expect.stringContaining('Let the file itself make it valid'),
    });
  });
});

test('what a file says is handed on: many of one kind are counted', async () => {
  await using only = await locked();
  const notices: string[] = [];
  const drops = Array.from({ length: 40 }, (_, n) => `DROP TABLE IF EXISTS nothing_${n};`).join('\n');
  await only.apply(fileOf('0030_drops', `${drops}\nDO $$ BEGIN RAISE NOTICE 'two\nlines'; END $$;`), soon(), {
    onNotice: (notice) => notices.push(notice),
  });
  expect(notices).toEqual([
    'NOTICE: table "nothing_0" does not exist, skipping (line 1)',
    'NOTICE: table "nothing_1" does not exist, skipping (line 2)',
    'NOTICE: table "nothing_2" does not exist, skipping (line 3)',
    'NOTICE: two lines (line 41)',
    'NOTICE: 37 more of this kind',
  ]);
});

test('the next file has a clean session, whether it is a new one or the same', async () => {
  await query('create sequence numbers; create role plain_owner nologin');
  await using only = await locked();
  // What takes the name of a table of its own, of a sequence and of the session itself shows in the file behind it.
  const sees = `CREATE TABLE seen AS SELECT pg_backend_pid() AS pid, to_regclass('scratch') AS scratch, current_user AS who,
    current_setting('search_path') AS path, current_setting('app.tenant', true) AS tenant,
    (SELECT count(*) FROM pg_prepared_statements WHERE name = 'p') AS prepared, (SELECT count(*) FROM pg_cursors) AS cursors,
    (SELECT count(*) FROM pg_listening_channels()) AS channels,
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks`;
  const clean = {
    scratch: null,
    who: 'shop_user',
    path: '"$user", public',
    tenant: null,
    prepared: '0',
    cursors: '0',
    channels: '0',
    locks: '0',
  };
  const befores = [
    'CREATE TEMP TABLE scratch (n int)',
    "CREATE TABLE numbered (n bigint, l text); INSERT INTO numbered SELECT nextval('numbers'), pg_advisory_lock(5)",
    `SET app.tenant = 'x'; SET search_path = pg_catalog`,
    `INSERT INTO numbered (l) VALUES (set_config('app.tenant', 'x', false))`,
    'PREPARE p AS SELECT 1; DECLARE c CURSOR WITH HOLD FOR SELECT 1; LISTEN news; SET ROLE plain_owner',
  ];
  for (const [index, before] of befores.entries()) {
    await only.apply(fileOf(`${index}0_before`, before), soon());
    await only.apply(fileOf(`${index}1_after`, `DROP TABLE IF EXISTS seen; ${sees}`), soon());
    const [{ pid, ...seen } = {}] = await query<Record<string, unknown>>('select * from seen');
    expect({ before, pid, ...seen }).toEqual({ before, pid, ...clean });
  }
  // A file that gives new sessions another setting: the next one is such a session.
  await only.apply(fileOf('60_role', 'CREATE SCHEMA own; ALTER ROLE shop_user SET search_path = own'), soon());
  await only.apply(fileOf('61_after', 'CREATE TABLE of_own (n int)'), soon());
  expect(await query(`select to_regclass('own.of_own') is not null as found`)).toEqual([{ found: true }]);
  await query('alter role shop_user reset search_path; drop role plain_owner');
});
