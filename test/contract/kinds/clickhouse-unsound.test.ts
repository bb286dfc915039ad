import { describe, expect, test } from 'vitest';
import { clickhouseForTests } from '../../support/clickhouse-for-tests.ts';
import { findChdb } from '../../support/clickhouse-front.ts';
import { migrationOf } from '../../support/clickhouse-migrations.ts';
import { waitFor } from '../../support/wait-for.ts';

const chdb = findChdb();

describe.skipIf(chdb === undefined)('what is not valid after a file of the kind clickhouse', () => {
  const { inDatabase, soon } = clickhouseForTests(chdb);

  test('a mutation that failed in another database is seen, and keeps the file from being applied', async () => {
    const { session, sql, rows } = await inDatabase('wide');
    const first = `-- stackctl: once=true
      CREATE DATABASE IF NOT EXISTS audit; USE audit;
      CREATE TABLE IF NOT EXISTS am (id UInt64, v String) ENGINE = MergeTree ORDER BY id;
      INSERT INTO am VALUES (1, 'one');`;
    await session.apply(migrationOf('0001_a', first), soon());
    const second = migrationOf('0002_a', 'ALTER TABLE audit.am DELETE WHERE toUInt64(v) = 1');
    const refused = {
      code: 'E_MIGRATION_UNSOUND',
      hint: expect.stringContaining("KILL MUTATION WHERE database = 'audit'"),
    };
    await expect(session.apply(second, soon())).rejects.toMatchObject(refused);
    const stuck = [{ name: expect.stringMatching(/^mutation mutation_\d+\.txt of audit\.am$/) }];
    expect(await session.unsound?.()).toMatchObject(stuck);
    // Another text does not end what the first one began.
    const edited = migrationOf('0002_a', 'SELECT 1');
    await expect(session.apply(edited, soon())).rejects.toMatchObject(refused);
    // Nor is it another service's, whose ledger is in a database of its own.
    const neighbour = await inDatabase('neighbour');
    await neighbour.session.apply(
      migrationOf('0001_n', 'CREATE TABLE IF NOT EXISTS n (a UInt8) ENGINE = MergeTree ORDER BY a'),
      soon(),
    );
    await neighbour.sql('INSERT INTO n VALUES (1)');
    await neighbour.sql('ALTER TABLE n DELETE WHERE throwIf(a = 1) SETTINGS mutations_sync = 0');
    await waitFor('its stuck mutation', async () => (await neighbour.session.unsound?.())?.length === 2);
    expect(await session.unsound?.()).toMatchObject(stuck);
    for (const object of (await session.unsound?.()) ?? []) await session.fix?.(object, soon());
    await session.apply(edited, soon());
    expect(await session.unsound?.()).toEqual([]);
    expect(await rows("SELECT count() AS open FROM system.mutations WHERE database = 'audit' AND NOT is_done")).toEqual(
      [{ open: 0 }],
    );
    await neighbour.sql("KILL MUTATION WHERE database = 'neighbour' SYNC");
    await sql('DROP DATABASE audit');
  });

  test('a view without its target in another database is named with that database', async () => {
    const { session, sql } = await inDatabase('narrow');
    await sql('CREATE DATABASE `far away`');
    await sql('CREATE TABLE `far away`.source (a UInt8) ENGINE = Memory');
    await sql('CREATE TABLE `far away`.target (a UInt8) ENGINE = Memory');
    await sql('CREATE MATERIALIZED VIEW `far away`.v TO `far away`.target AS SELECT a FROM `far away`.source');
    const file = migrationOf('0001_v', 'DROP TABLE IF EXISTS `far away`.target');
    await expect(session.apply(file, soon())).rejects.toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      hint: expect.stringContaining('DROP VIEW `far away`.`v`'),
    });
    expect(await session.unsound?.()).toMatchObject([{ name: 'materialized view far away.v' }]);
    await sql('DROP DATABASE `far away`');
    expect(await session.unsound?.()).toEqual([]);
  });

  test('a column that cannot be read after KILL MUTATION stays named until it can, whatever its file says by then', async () => {
    const { session, sql, rows } = await inDatabase('types');
    const first = `CREATE TABLE mm (id UInt64, name String DEFAULT '7') ENGINE = MergeTree ORDER BY id; INSERT INTO mm (id, name) VALUES (1, 'one')`;
    await session.apply(migrationOf('0001_m', `-- stackctl: once=true\n${first}`), soon());
    const second = migrationOf('0002_m', 'ALTER TABLE mm MODIFY COLUMN name UInt8');
    await expect(session.apply(second, soon())).rejects.toMatchObject({ code: 'E_MIGRATION_UNSOUND' });
    const column = {
      name: 'column name of types.mm',
      reason: expect.stringContaining('stored as String and cannot be read as UInt8'),
      fix: 'ALTER TABLE `types`.`mm` MODIFY COLUMN `name` String',
    };
    const [mutation, ...others] = (await session.unsound?.()) ?? [];
    expect(mutation?.fix).toMatch(/^KILL MUTATION/);
    expect(others).toMatchObject([column]);
    if (mutation !== undefined) await session.fix?.(mutation, soon());
    await expect(sql('SELECT name FROM mm')).rejects.toMatchObject({ type: 'CANNOT_PARSE_TEXT' });
    expect(await session.unsound?.()).toMatchObject([column]);
    // The next run has its record too, and so does a person's word that the file is applied.
    const edited = migrationOf('0002_m', 'SELECT 1');
    await expect(session.apply(edited, soon())).rejects.toMatchObject({
      code: 'E_MIGRATION_UNSOUND',
      hint: expect.stringContaining(column.fix),
    });
    const amendment = { name: '0002_m', checksum: edited.checksum, reason: 'a test' } as const;
    await session.amend?.({ ...amendment, state: 'applied', event: 'markedApplied' });
    const [left, ...more] = (await session.unsound?.()) ?? [];
    expect([left, ...more]).toMatchObject([column]);
    await session.amend?.({ ...amendment, state: 'failed', event: 'statementsCounted', statementsDone: 0 });
    expect(await session.unsound?.()).toMatchObject([column]);
    if (left !== undefined) await session.fix?.(left, soon());
    expect(await session.unsound?.()).toEqual([]);
    expect(await rows('SELECT name FROM mm')).toEqual([{ name: 'one' }]);
    await session.apply(edited, soon());
    expect(await session.applied()).toMatchObject([{}, { name: '0002_m', state: 'applied' }]);
    expect(
      await rows("SELECT half_altered FROM stackctl_migrations WHERE name = '0002_m' ORDER BY written DESC LIMIT 1"),
    ).toEqual([{ half_altered: '[]' }]);
  });

  test('the table that a statement changes is written down before it does so: a kill may leave it half-way', async () => {
    const { session, sql, rows } = await inDatabase('before');
    const first = 'CREATE TABLE b (id UInt8, v UInt8) ENGINE = MergeTree ORDER BY id';
    await session.apply(migrationOf('0001_b', `-- stackctl: once=true\n${first}; INSERT INTO b VALUES (1, 1)`), soon());
    // Every state of the entry stays to be read.
    await sql('SYSTEM STOP MERGES stackctl_migrations');
    const file = 'SELECT 1; ALTER TABLE b MODIFY COLUMN v UInt16; ALTER TABLE b MODIFY COLUMN v UInt32';
    await session.apply(migrationOf('0002_b', file), soon());
    const states = await rows(
      "SELECT state, statements_done AS done, half_altered AS note FROM stackctl_migrations WHERE name = '0002_b' ORDER BY written",
    );
    const noted = '[{"database":"before","table":"b"}]';
    expect(states).toMatchObject([
      { state: 'running', done: 0, note: '[]' },
      { state: 'running', done: 1, note: noted },
      { state: 'running', done: 2, note: noted },
      { state: 'applied', done: 3, note: '[]' },
    ]);
    expect(await session.unsound?.()).toEqual([]);
  });

  test('a column whose type differs from what is stored and can be read is no fault, also behind a failed ALTER', async () => {
    const { session, sql, rows } = await inDatabase('fits');
    await sql("CREATE TABLE e (id UInt8, v Enum8('a' = 1)) ENGINE = MergeTree ORDER BY id");
    await sql("INSERT INTO e VALUES (1, 'a')");
    const file = migrationOf(
      '0001_e',
      "ALTER TABLE e MODIFY COLUMN v Enum8('a' = 1, 'b' = 2); ALTER TABLE e MODIFY COLUMN w UInt8",
    );
    await expect(session.apply(file, soon())).rejects.toMatchObject({ code: 'E_MIGRATION_FAILED' });
    expect(await rows('SELECT half_altered FROM stackctl_migrations ORDER BY written DESC LIMIT 1')).toEqual([
      { half_altered: '[{"database":"fits","table":"e"}]' },
    ]);
    const stored =
      "SELECT type FROM system.parts_columns WHERE active AND database = 'fits' AND table = 'e' AND column = 'v'";
    expect(await rows(stored)).toEqual([{ type: "Enum8('a' = 1)" }]);
    expect(await session.unsound?.()).toEqual([]);
  });
});
