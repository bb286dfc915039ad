import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { askClickhouse } from '../../../src/clients/clickhouse/ask.ts';
import { deadline } from '../../../src/lib/poll.ts';
import { ownMark } from '../../../src/lib/process-identity.ts';
import { cutEverywhere } from '../../support/clickhouse-cuts.ts';
import { clickhouseForTests } from '../../support/clickhouse-for-tests.ts';
import { findChdb } from '../../support/clickhouse-front.ts';
import { fileOf, inputOf, migrationOf } from '../../support/clickhouse-migrations.ts';
import { raceTwoClickhouseRuns } from '../../support/two-clickhouse-runs.ts';
import { waitFor } from '../../support/wait-for.ts';

const chdb = findChdb();

describe.skipIf(chdb === undefined)('the migrator of the kind clickhouse', () => {
  const { front, soon, connect, inDatabase, target, run, expectLedger } = clickhouseForTests(chdb);

  test('applies migrations statement by statement and remembers how it ended', async () => {
    const session = await connect();
    await session.lock(soon(), () => undefined);
    await session.apply(
      fileOf('0001_clicks', [
        'CREATE TABLE IF NOT EXISTS clicks (id UInt32) ENGINE = MergeTree ORDER BY id',
        "ALTER TABLE clicks ADD COLUMN IF NOT EXISTS who String DEFAULT 'ä;'",
      ]),
      soon(),
    );
    const broken = fileOf('0002_broken', [
      'CREATE TABLE IF NOT EXISTS half (id UInt8) ENGINE = Memory',
      "SELECT 'ä'\n FRM clicks WHERE who =",
    ]);
    await expect(session.apply(broken, soon())).rejects.toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringMatching(/^migrations\/0002_broken\.sql:12:\d+: Syntax error/),
    });
    await expectLedger([
      { name: '0001_clicks', state: 'applied' },
      { name: '0002_broken', state: 'failed' },
    ]);
    await session.apply(fileOf('0002_broken', ['CREATE TABLE IF NOT EXISTS half (id UInt8) ENGINE = Memory']), soon());
    await session.apply({ ...fileOf('0003_later', []), unavailable: 'not here' }, soon());
    await expectLedger([{}, { name: '0002_broken', state: 'applied' }, { name: '0003_later', state: 'unavailable' }]);
    // What the profile allows an application does not bind a migration, and is named.
    expect(await session.lifted?.()).toEqual(['max_rows_to_read=100000 (the profile of the user tester)']);
    const copy = 'INSERT INTO clicks (id) SELECT number FROM numbers(200000)';
    await expect(run(copy)).rejects.toMatchObject({ type: 'TOO_MANY_ROWS' });
    await session.apply(fileOf('0003_copy', [copy]), soon());
    expect(await session.missing('clickhouse>=24.8')).toBeUndefined();
    expect(await session.missing('clickhouse>=99')).toMatch(/is older than 99/);
    await expect(session.missing('moon')).rejects.toThrow('no requirement: moon');
    await session.close();
  });

  test('lets one migrate at a time, and tells the others who it is', async () => {
    const [first, second] = await Promise.all([connect(), connect()]);
    await first.lock(soon(), () => undefined);
    const told: string[] = [];
    const waiting = second.lock(deadline(600), (holder) => told.push(holder));
    await expect(waiting).rejects.toMatchObject({
      code: 'E_LOCKED',
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    expect(told).toHaveLength(1);
    await first.close();
    await second.lock(soon(), () => undefined);
    await second.close();
    const racers = await Promise.all(Array.from({ length: 5 }, connect));
    let inside = 0;
    await Promise.all(
      racers.map(async (session) => {
        await session.lock(soon(), () => undefined);
        inside += 1;
        expect(inside).toBe(1);
        await askClickhouse(target(), 'SELECT sleep(0.05)');
        inside -= 1;
        await session.close();
      }),
    );
  });

  test('the lock of a run that was killed is taken by one of those that wait, and at once where that is known', async () => {
    const gone = spawnSync(process.execPath, ['--version']).pid;
    const { session, sql, rows } = await inDatabase('killed');
    const lease = (process: object | undefined, until: number) =>
      sql(
        `CREATE TABLE stackctl_migrations_lock (held UInt8) ENGINE = Memory COMMENT '${JSON.stringify({
          ...{ id: `${until}`, name: 'stackctl on old (pid 7)', until: new Date(Date.now() + until).toISOString() },
          process,
        })}'`,
      );
    const mark = { ...ownMark(), pid: gone };
    // Of a process that has ended, of one that may run elsewhere, and of an earlier version, which does not say.
    await lease(mark, 60_000);
    const others = await Promise.all(Array.from({ length: 4 }, () => connect(inputOf(front(), 'killed'))));
    let [inside, turns] = [0, 0];
    await Promise.all(
      [session, ...others].map(async (one) => {
        await one.lock(soon(), () => undefined);
        inside += 1;
        expect(inside).toBe(1);
        turns += 1;
        await rows('SELECT sleep(0.05)');
        inside -= 1;
        await one.close();
      }),
    );
    expect(turns).toBe(5);
    // Behind one that was killed while it took over from another, and what still others have left.
    await lease(mark, 60_000);
    for (const [table, id] of Object.entries({ 60000: 'second', second: 'third', unrelated: 'fourth' }))
      await sql(
        `CREATE TABLE stackctl_migrations_lock_${table} (held UInt8) ENGINE = Memory COMMENT '${JSON.stringify({
          ...{ id, name: 'stackctl on old (pid 8)', until: new Date(Date.now() + 60_000).toISOString(), process: mark },
        })}'`,
      );
    const waiters = await Promise.all(Array.from({ length: 4 }, () => connect(inputOf(front(), 'killed'))));
    await Promise.all(
      waiters.map(async (one) => {
        await one.lock(soon(), () => undefined);
        inside += 1;
        expect(inside).toBe(1);
        await rows('SELECT sleep(0.05)');
        inside -= 1;
        await one.close();
      }),
    );
    for (const process of [{ ...mark, space: 'pid:[1]' }, undefined]) {
      await lease(process, 1500);
      const next = await connect(inputOf(front(), 'killed'));
      const told: string[] = [];
      await next.lock(soon(), (holder) => told.push(holder));
      expect(told).toEqual(['stackctl on old (pid 7)']);
      await next.close();
    }
    expect(await rows("SELECT name FROM system.tables WHERE startsWith(name, 'stackctl_migrations_lock')")).toEqual([]);
  });

  test('a server that dies during a migration is told as such, with the place, and closing tells nothing else', async () => {
    const session = await connect();
    await session.lock(soon(), () => undefined);
    const dying = fileOf('0004_dying', ['CREATE TABLE IF NOT EXISTS d (id UInt8) ENGINE = Memory', 'SELECT sleep(3)']);
    const outcome = session.apply(dying, soon()).catch((thrown: unknown) => thrown);
    const running = "SELECT count() AS n FROM system.tables WHERE database = 'events' AND name = 'd'";
    await waitFor('the first statement', async () => {
      const { rows } = await askClickhouse<{ readonly n: number }>(target(), running);
      return rows[0]?.n === 1;
    });
    await front().kill();
    expect(await outcome).toMatchObject({
      code: expect.stringMatching(/^E_(MIGRATION_FAILED|NOT_READY)$/),
      message: expect.stringMatching(/^migrations\/0004_dying\.sql:.*(connection|socket)/),
      hint: expect.stringContaining('migrate'),
    });
    await expect(session.applied()).rejects.toMatchObject({ code: 'E_NOT_READY' });
    await session.close();
    await front().start();
  });

  test('a file has one session, from its first statement to its last, and the next file has another', async () => {
    const { session, sql, rows } = await inDatabase('sessions');
    await sql('CREATE TABLE log (id UInt64) ENGINE = MergeTree ORDER BY id');
    await sql('INSERT INTO log VALUES (1)');
    await session.apply(
      migrationOf(
        '1_audit',
        `CREATE DATABASE IF NOT EXISTS audit; USE audit;
         CREATE TABLE IF NOT EXISTS log (id UInt64) ENGINE = MergeTree ORDER BY id`,
      ),
      soon(),
    );
    await sql('INSERT INTO audit.log VALUES (1), (2)');
    await session.apply(migrationOf('2_empty', '-- stackctl: once=true\nUSE audit;\nTRUNCATE TABLE log'), soon());
    expect(await rows('SELECT (SELECT count() FROM log) AS ours, (SELECT count() FROM audit.log) AS theirs')).toEqual([
      { ours: 1, theirs: 0 },
    ]);
    await session.apply(
      migrationOf(
        '3_joined',
        `SET join_use_nulls = 1;
         CREATE TABLE IF NOT EXISTS joined ENGINE = MergeTree ORDER BY tuple() AS SELECT l.id AS id, r.name AS name
         FROM (SELECT 1 AS id) AS l LEFT JOIN (SELECT 2 AS id, 'x' AS name) AS r USING (id)`,
      ),
      soon(),
    );
    await session.apply(
      migrationOf(
        '4_temporary',
        `CREATE TEMPORARY TABLE pairs (id UInt64, name String);
         INSERT INTO pairs VALUES (1, 'one');
         SET param_least = 1, mutations_sync = 0;
         CREATE TABLE IF NOT EXISTS copy ENGINE = MergeTree ORDER BY id AS SELECT * FROM pairs WHERE id >= {least:UInt8};
         ALTER TABLE copy DELETE WHERE id = 0`,
      ),
      soon(),
    );
    expect(await rows('SELECT name FROM joined')).toEqual([{ name: null }]);
    expect(await rows('SELECT * FROM copy')).toEqual([{ id: 1, name: 'one' }]);
    await expect(session.apply(migrationOf('5_again', 'SELECT * FROM pairs'), soon())).rejects.toMatchObject({
      message: expect.stringMatching(/^migrations\/5_again\.sql:1:1: Unknown table .*'pairs'.*\(UNKNOWN_TABLE\)$/),
      hint: expect.stringContaining('USE counts up to the end of its file'),
    });
    const places = 'SELECT throwIf(currentDatabase() != {db:String} OR getSetting({name:String}))';
    const plain = `SET param_db = 'sessions'; SET param_name = 'join_use_nulls'; ${places}`;
    await session.apply(migrationOf('6_plain', plain), soon());
    // The ledger is where it was, and `check` sees nothing of a file.
    expect((await session.applied()).map(({ name, state }) => [name, state])).toEqual([
      ...['1_audit', '2_empty', '3_joined', '4_temporary'].map((name) => [name, 'applied']),
      ['5_again', 'failed'],
      ['6_plain', 'applied'],
    ]);
    const checks = migrationOf(
      '7',
      '-- stackctl: once=true\nSELECT count() FROM joined; SELECT 1 WHERE 0; SELECT NULL; DROP TABLE joined; SELECT *',
    );
    const broken = [
      undefined,
      'gives no row',
      'gives null in its first column',
      expect.stringContaining('(READONLY)'),
      expect.anything(),
    ];
    expect(await session.check?.(checks.statements, soon())).toEqual(broken);
    await sql('DROP DATABASE audit');
  });

  test('a session that the server has forgotten is begun again behind what is done', async () => {
    const { session, rows } = await inDatabase('forgotten');
    const text = (end: string) => `
      CREATE DATABASE IF NOT EXISTS elsewhere; USE elsewhere; CREATE TEMPORARY TABLE kept (a UInt8); INSERT INTO kept VALUES (7);
      CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = MergeTree ORDER BY a;
      ${end}`;
    const failing = migrationOf('1_t', `-- stackctl: once=true${text('INSERT INTO t SELECT b FROM kept')}`);
    await expect(session.apply(failing, soon())).rejects.toMatchObject({ code: 'E_MIGRATION_FAILED' });
    await front().kill();
    await front().start();
    const again = migrationOf('1_t', `-- stackctl: once=true${text('INSERT INTO t SELECT a FROM kept')}`);
    const progress: number[] = [];
    await session.apply(again, soon(), { onProgress: (done) => progress.push(done) });
    expect(progress).toEqual([6]);
    expect(await rows('SELECT a FROM elsewhere.t')).toEqual([{ a: 7 }]);
    expect(await session.applied()).toMatchObject([{ state: 'applied', statementsDone: 6 }]);
  });

  test('a ledger of the first version is read as it is and becomes one of this version with the next file', async () => {
    const { session, sql, rows } = await inDatabase('earlier');
    await sql(`CREATE TABLE stackctl_migrations (name String, checksum String, state LowCardinality(String),
      applied_at DateTime64(3, 'UTC'), duration_ms UInt64, written UInt64) ENGINE = MergeTree ORDER BY (name, written)`);
    await sql(`INSERT INTO stackctl_migrations SELECT concat(leftPad(toString(intDiv(number, 2)), 5, '0'), '_f'),
      'c', if(number % 2, 'applied', 'running'), toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC') + intDiv(number, 2), 12,
      number FROM numbers(20000)`);
    const columns = () => rows("SELECT count() AS n FROM system.columns WHERE database = 'earlier'");
    const before = await columns();
    const entries = await session.applied();
    expect(entries).toHaveLength(10_000);
    expect(entries[0]).toEqual({
      ...{ name: '00000_f', checksum: 'c', state: 'applied' },
      ...{ appliedAt: '2026-01-02T03:04:05.678Z', durationMs: 12 },
    });
    expect(await session.events?.()).toEqual([]);
    expect(await columns()).toEqual(before);
    await session.apply({ ...migrationOf('10000_new', 'SELECT 1'), outOfOrder: true }, soon());
    expect((await session.applied()).at(-1)).toMatchObject({
      ...{ name: '10000_new', state: 'applied', statementsDone: 1 },
      ...{ appliedBy: expect.stringContaining('@'), toolVersion: expect.stringMatching(/^\d/) },
    });
    const [, ...changes] = [
      { name: '00001_f', checksum: 'd', state: 'applied', event: 'checksumAccepted', reason: 'a comment' },
      { name: '00002_f', checksum: 'd', state: 'applied', event: 'checksumAccepted', reason: 'a comment' },
      { name: '00003_f', checksum: '', state: 'forgotten', event: 'forgotten', reason: 'gone' },
      { name: '20000_b', checksum: 'e', state: 'baselined', event: 'baselined', reason: 'there before' },
    ] as const;
    for (const change of changes) await session.amend?.(change);
    const after = new Map((await session.applied()).map((entry) => [entry.name, entry]));
    expect(after.size).toBe(10_001);
    expect(after.get('00002_f')).toMatchObject({ checksum: 'd', appliedAt: '2026-01-02T03:04:07.678Z' });
    expect(after.get('20000_b')).toMatchObject({ state: 'baselined' });
    expect((await session.events?.())?.map(({ name, type, reason }) => [name, type, reason])).toEqual([
      ['10000_new', 'outOfOrder', 'a file with a higher version was applied before'],
      ...changes.map(({ name, event, reason }) => [name, event, reason]),
    ]);
  });

  test('a mutation that fails is named with the statement that ends it, and the file is not applied', async () => {
    const { session, sql, rows } = await inDatabase('mutations');
    await sql('CREATE TABLE old (a UInt8) ENGINE = MergeTree ORDER BY a');
    await sql('INSERT INTO old VALUES (1)');
    // What was stuck before the file is not its fault.
    await sql('ALTER TABLE old DELETE WHERE throwIf(a = 1) SETTINGS mutations_sync = 0');
    await waitFor('a mutation that is stuck', async () => (await session.unsound?.())?.length === 1);
    const file = (text: string) =>
      migrationOf(
        '1_t',
        `
      CREATE TABLE IF NOT EXISTS t (a UInt8, s String) ENGINE = MergeTree ORDER BY a;
      ALTER TABLE old MODIFY COMMENT 'old';
      ${text}`,
      );
    await session.apply(file(''), soon());
    await sql("INSERT INTO t VALUES (1, '1'), (2, 'two')");
    const changing = migrationOf(
      '2_t',
      'ALTER TABLE t ADD COLUMN IF NOT EXISTS b UInt8;\nALTER TABLE t MODIFY COLUMN s UInt8',
    );
    const error = await session.apply(changing, soon()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      exitCode: 6,
      message: expect.stringMatching(
        /^migrations\/2_t\.sql:2:1: mutation mutation_\d+\.txt of mutations\.t: .*failed and is tried again.*'two'/,
      ),
      hint: expect.stringMatching(
        /First run KILL MUTATION WHERE database = 'mutations' AND table = 't' AND mutation_id = 'mutation_\d+\.txt'\. /,
      ),
    });
    expect(await session.applied()).toMatchObject([{}, { name: '2_t', state: 'failed', statementsDone: 1 }]);
    const unsound = (await session.unsound?.()) ?? [];
    expect(unsound.map(({ name }) => name)).toEqual([
      expect.stringContaining('mutations.old'),
      expect.stringMatching(/^mutation .* of mutations\.t$/),
      'column s of mutations.t',
    ]);
    // Still there: the file is not applied by another attempt.
    await expect(session.apply(changing, soon())).rejects.toMatchObject({ code: 'E_MIGRATION_UNSOUND' });
    for (const object of (await session.unsound?.()) ?? [])
      if (/^mutation .*\.t$/.test(object.name)) await session.fix?.(object, soon());
    // To the server the column has its new type by now, and the ALTER does nothing: its rows cannot be read.
    const unread = await session.apply(changing, soon()).catch((thrown: unknown) => thrown);
    expect(unread).toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      message: expect.stringMatching(
        /column s of mutations\.t: its rows are stored as String and cannot be read as UInt8: .*'two'/,
      ),
      hint: expect.stringContaining('First run ALTER TABLE `mutations`.`t` MODIFY COLUMN `s` String. '),
    });
    await sql('ALTER TABLE t MODIFY COLUMN s String');
    await sql("ALTER TABLE t DELETE WHERE s = 'two' SETTINGS mutations_sync = 2");
    await session.apply(changing, soon());
    expect(await rows('SELECT a, s FROM t')).toEqual([{ a: 1, s: 1 }]);
    expect(await session.applied()).toMatchObject([{}, { name: '2_t', state: 'applied' }]);
  });

  test('a mutation of another table does not bind a file, however alike the names are', async () => {
    const { session, sql } = await inDatabase('apart');
    const other = await inDatabase('beside');
    await sql('CREATE TABLE orders (a UInt8, note String) ENGINE = MergeTree ORDER BY a');
    await sql('CREATE TABLE old_orders (a UInt8) ENGINE = MergeTree ORDER BY a');
    await other.sql('CREATE TABLE orders (a UInt8) ENGINE = MergeTree ORDER BY a');
    await other.sql('INSERT INTO orders VALUES (1)');
    await other.sql('ALTER TABLE orders DELETE WHERE throwIf(a = 1) SETTINGS mutations_sync = 0');
    await waitFor('a mutation that is stuck', async () => (await other.session.unsound?.())?.length === 1);
    const text = "ALTER TABLE old_orders MODIFY COMMENT 'orders';\nALTER TABLE orders UPDATE note = 'orders' WHERE 1";
    await session.apply(migrationOf('1_apart', `-- stackctl: once=true\n${text}`), soon());
    await session.apply(migrationOf('2_use', `USE apart;\nALTER TABLE \`orders\` DELETE WHERE a = 9`), soon());
    expect(await session.applied()).toMatchObject([{ state: 'applied' }, { state: 'applied' }]);
    // It does bind one that changes that table, by its full name or by the database of the session.
    for (const table of ['beside.orders', '`beside` . "orders"']) {
      const file = migrationOf('3_full', `ALTER TABLE ${table} DELETE WHERE a = 2`);
      await expect(session.apply(file, soon())).rejects.toMatchObject({
        code: 'E_MIGRATION_UNSOUND',
        message: expect.stringContaining('of beside.orders'),
      });
    }
    const used = migrationOf('3_full', 'USE beside;\nDELETE FROM orders WHERE a = 2');
    await expect(session.apply(used, soon())).rejects.toMatchObject({ code: 'E_MIGRATION_UNSOUND' });
    await other.sql("KILL MUTATION WHERE database = 'beside' SYNC");
    await session.apply(used, soon());
  });

  test('what a file says for a server that lacks something runs, and the file stays unavailable', async () => {
    const { session, rows } = await inDatabase('otherwise');
    const file = (text: string) => ({ ...fileOf('1_else', text.split(';')), unavailable: 'no such server' });
    await expect(session.apply(file('SELECT 1;SELECT nothing'), soon())).rejects.toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringMatching(/^migrations\/1_else\.sql:11:/),
    });
    expect(await session.applied()).toMatchObject([{ name: '1_else', state: 'failed' }]);
    await session.apply(file('CREATE TABLE IF NOT EXISTS plain (n UInt8) ENGINE = Memory'), soon());
    expect(await rows("SHOW TABLES LIKE 'plain'")).toEqual([{ name: 'plain' }]);
    expect(await session.applied()).toMatchObject([{ name: '1_else', state: 'unavailable' }]);
    // The server has it now.
    await session.apply(fileOf('1_else', ['SELECT 1']), soon());
    expect(await session.applied()).toMatchObject([{ name: '1_else', state: 'applied' }]);
  });

  test('a view whose target a file takes away keeps the file from being applied', async () => {
    const { session, sql } = await inDatabase('views');
    await sql('CREATE TABLE source (a UInt8) ENGINE = Memory');
    await sql('CREATE TABLE `the target` (a UInt8) ENGINE = Memory');
    await sql('CREATE MATERIALIZED VIEW `a view` TO `the target` AS SELECT a FROM source');
    expect(await session.unsound?.()).toEqual([]);
    const file = migrationOf('1_drop', 'DROP TABLE IF EXISTS `the target`');
    await expect(session.apply(file, soon())).rejects.toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      message: expect.stringContaining(
        'materialized view views.a view: writes to views.the target, which is not there',
      ),
      hint: expect.stringContaining('DROP VIEW `views`.`a view`'),
    });
    const [object] = (await session.unsound?.()) ?? [];
    if (object !== undefined) await session.fix?.(object, soon());
    await session.apply(file, soon());
    expect(await session.applied()).toMatchObject([{ state: 'applied' }]);
  });

  test('what cannot run twice is not repeated by itself, and a person says how it goes on', async () => {
    const { session, sql, rows } = await inDatabase('once');
    await sql('CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a');
    const file = migrationOf(
      '1_t',
      `-- stackctl: once=true
INSERT INTO t VALUES (1);
INSERT INTO t SELECT number FROM numbers(100) WHERE NOT ignore(sleepEachRow(0.05)) SETTINGS max_block_size = 5;
INSERT INTO t VALUES (3)`,
    );
    const gone = new AbortController();
    const running = session.apply(file, gone.signal).catch((thrown: unknown) => thrown);
    const second = "SELECT count() AS n FROM system.processes WHERE query LIKE 'INSERT INTO t SELECT number%'";
    await waitFor('the second statement', async () => (await rows(second))[0]?.n === 1);
    gone.abort(new Error('interrupted'));
    await running;
    // The server is still at it: the next run waits for that and then refuses to guess.
    const next = session.apply(file, soon()).catch((thrown: unknown) => thrown);
    expect(await next).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      message: expect.stringMatching(/^migrations\/1_t\.sql:3:1: this INSERT may be in effect, wholly or in part/),
      hint: expect.stringMatching(/--statements-done 1_t=1`.*--statements-done 1_t=2`.*--mark-applied 1_t`/),
    });
    expect(await rows(second)).toEqual([{ n: 0 }]);
    const count = 'SELECT count() AS n FROM t';
    expect(await rows(count)).toEqual([{ n: 101 }]);
    const amendment = { name: '1_t', checksum: file.checksum, state: 'failed', event: 'statementsCounted' } as const;
    await session.amend?.({ ...amendment, statementsDone: 2, reason: 'all rows are there' });
    await session.apply(file, soon());
    expect(await rows(count)).toEqual([{ n: 102 }]);
    // Nothing of a statement that the server could not read was done: it may simply be corrected.
    const wrong = (table: string) =>
      migrationOf('2_t', `-- stackctl: once=true\nINSERT INTO t VALUES (4); INSERT INTO ${table} VALUES (5)`);
    await expect(session.apply(wrong('tt'), soon())).rejects.toMatchObject({
      message: expect.stringContaining('UNKNOWN_TABLE'),
    });
    await session.apply(wrong('t'), soon());
    expect(await rows(count)).toEqual([{ n: 104 }]);
  });

  test('a run that ends at any of its requests is gone on with, or the error names the repair', async () => {
    expect((await cutEverywhere(front(), 7)).cut).toBeGreaterThan(6);
  });

  test('two runs at once: each file is applied once', async () => {
    await raceTwoClickhouseRuns(front(), 3);
  });

  test('a file is taken back by its down part, with an event', async () => {
    const { session, rows } = await inDatabase('down');
    const text = `CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = Memory;
-- stackctl: down
DROP TABLE IF EXISTS t`;
    await session.apply(migrationOf('1_t', text), soon());
    await session.revert?.(migrationOf('1_t', text, 'down'), soon());
    expect(await rows('EXISTS TABLE t')).toEqual([{ result: 0 }]);
    expect(await session.applied()).toMatchObject([{ name: '1_t', state: 'reverted' }]);
    expect(await session.events?.()).toMatchObject([{ name: '1_t', type: 'reverted' }]);
    await session.apply(migrationOf('1_t', text), soon());
    expect(await rows('EXISTS TABLE t')).toEqual([{ result: 1 }]);
  });

  test('a down part that stopped goes on there; up is refused, and a person may say what is left of the file', async () => {
    const { session, sql, rows } = await inDatabase('half');
    await sql('CREATE TABLE gone (a UInt8) ENGINE = MergeTree ORDER BY a');
    const text = (last: string) => `CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = Memory;
-- stackctl: down once=true
INSERT INTO gone VALUES (1);
DROP TABLE ${last}`;
    const up = migrationOf('1_t', text('t'));
    const stop = async () => session.revert?.(migrationOf('1_t', text('nothing'), 'down'), soon());
    await session.apply(up, soon());
    await expect(stop()).rejects.toMatchObject({ code: 'E_MIGRATION_FAILED' });
    const half = { name: '1_t', state: 'failed', part: 'down', statementsDone: 1 };
    expect(await session.applied()).toMatchObject([half]);
    await expect(session.apply(up, soon())).rejects.toMatchObject({
      message: expect.stringContaining('taken back in part: 1 statements of its down part are in effect'),
      hint: expect.stringMatching(/^`stackctl migrate down` .*--mark-reverted 1_t`.*--mark-applied 1_t`/),
    });
    const edited = migrationOf('1_t', text('t').replace('(1)', '(2)'), 'down');
    await expect(session.revert?.(edited, soon())).rejects.toMatchObject({
      message: expect.stringContaining('were edited since'),
      hint: expect.stringContaining('`stackctl migrate repair --mark-reverted 1_t`'),
    });
    const { checksum } = up;
    const counted = { name: '1_t', checksum, state: 'failed', event: 'statementsCounted', reason: 'looked' } as const;
    await session.amend?.({ ...counted, statementsDone: 1 });
    expect(await session.applied()).toMatchObject([half]);
    await session.revert?.(migrationOf('1_t', text('t'), 'down'), soon());
    expect(await session.applied()).toMatchObject([{ name: '1_t', state: 'reverted' }]);
    expect(await rows('SELECT a FROM gone')).toEqual([{ a: 1 }]);
    await session.apply(up, soon());
    await expect(stop()).rejects.toThrow();
    await session.amend?.({ name: '1_t', checksum, state: 'reverted', event: 'markedReverted', reason: 'looked' });
    await session.apply(up, soon());
    expect(await session.applied()).toMatchObject([{ name: '1_t', state: 'applied' }]);
  });

  test('errors say what helps: no statement, no list of all words, no addresses', async () => {
    const { session, sql } = await inDatabase('errors');
    await sql('CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a');
    const said = async (text: string) => {
      const error = await session
        .apply(migrationOf('1_e', `-- stackctl: once=true\n${text}`), soon())
        .catch((thrown) => thrown);
      return [error.message.replace('migrations/1_e.sql:', ''), error.hint];
    };
    expect(await said("SELECT 'ä' AS a,\n  b FRM t WHERE a =")).toEqual([
      expect.stringMatching(/^3:9: Syntax error at t; it could be .*FROM.* … \(SYNTAX_ERROR\)$/),
      expect.stringContaining('the place is where the server could not read on'),
    ]);
    expect(await said('SELECT b FROM t')).toEqual([
      expect.stringMatching(
        /^2:1: Unknown expression identifier `b`\. Maybe you meant: \['a'\]\. \(UNKNOWN_IDENTIFIER\)$/,
      ),
      expect.stringContaining('fix the name'),
    ]);
    expect(await said('CREATE TABLE t (a UInt8) ENGINE = Memory')).toEqual([
      '2:1: Table errors.t already exists. (TABLE_ALREADY_EXISTS)',
      expect.stringContaining('IF NOT EXISTS'),
    ]);
    expect(await said('SELECT throwIf(1)')).toEqual([
      expect.stringMatching(
        /^2:1: Value passed to 'throwIf' function is non-zero.{0,20}\(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO\)$/,
      ),
      expect.anything(),
    ]);
    expect((await said('SELECT sleepEachRow(0.1) FROM numbers(20) SETTINGS max_execution_time = 1'))[1]).toContain(
      'more time',
    );
  });

  /** A database of its own for one test. */
});
