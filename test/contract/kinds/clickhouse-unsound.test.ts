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
});
