import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type MigratedPlace, openMigrated } from '../support/migrated-stack.ts';
import { ok } from '../support/project.ts';
import { gateRuntimes, RUNTIMES, requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Every action of migrate on each store, on a stack of the user's own: what the command says is compared with what the
 * server has. One project for all of it, because starting the servers takes most of the time.
 */
test.for(gateRuntimes('process'))('%s: every action of migrate on each of four servers', async (runtime, context) => {
  requireRuntime(context, runtime);
  await using place = await openMigrated(runtime);
  // Neither asks where a server runs.
  const isFirst = runtime === RUNTIMES[0];
  if (isFirst) await refusedOfTopics(place);
  await firstFiles(place);
  await takenOver(place);
  await changedByHand(place);
  await edited(place);
  await madeByHand(place);
  if (isFirst) await endAtTheFirstFailure(place);
  await changedTopics(place);
});

/** The order of dependsOn: stack.yaml lists them the other way round. */
const IN_ORDER = ['db', 'ts', 'ch'];

/** new, lint, up, status, verify, dump over all services at once. */
async function firstFiles(place: MigratedPlace): Promise<void> {
  for (const { service, file } of place.stores) {
    const { path } = ok(await place.json(['migrate', 'new', 'first', '--service', service])).data;
    expect(path).toBe(join(place.folder, 'own/m', service, '0001_first.sql'));
    await writeFile(path, file('first'));
  }
  expect(ok(await place.json(['migrate', 'lint'])).data.services.map(serviceOf)).toEqual(IN_ORDER);
  expect(await place.json(['migrate', 'status', '--check'])).toMatchObject({
    code: 6,
    error: { code: 'E_MIGRATION_PENDING' },
  });
  const ahead = await place.run(['up', '--dry-run']);
  expect(ahead.out).toContain(
    'migrate db: 0001_first (new)\nmigrate ts: 0001_first (new)\nmigrate ch: 0001_first (new)',
  );
  const rehearsed = ok(await place.json(['migrate', 'up', '--dry-run=rollback'])).data;
  expect(rehearsed.services).toMatchObject(['db', 'ts'].map((service) => ({ service, rehearsed: ['0001_first'] })));
  for (const { tables } of place.stores) expect(await tables()).toEqual([]);

  const applied = ok(await place.json(['migrate', 'up'])).data;
  expect(applied).toMatchObject({
    services: IN_ORDER.map((service) => ({ service, applied: [{ name: '0001_first' }] })),
    declared: [{ service: 'events', items: [{ name: 'orders', state: 'inSync' }] }],
    notTried: [],
  });
  for (const { tables, ledger } of place.stores) {
    expect(await tables()).toEqual(['first']);
    expect(await ledger()).toEqual({ '0001_first': 'applied' });
  }
  ok(await place.json(['migrate', 'status', '--check']));
  const verified = ok(await place.json(['migrate', 'verify', '--shadow'])).data.services;
  expect(verified).toMatchObject(
    IN_ORDER.map((service) => ({ service, shadow: { applied: ['0001_first'], differences: [] } })),
  );
  ok(await place.json(['migrate', 'dump']));
  ok(await place.json(['migrate', 'dump', '--check']));
  for (const { service } of place.stores)
    expect(await readFile(join(place.folder, `own/m/schema.${service}.sql`), 'utf8')).toMatch(
      /CREATE TABLE \S*first\b/,
    );
  expect(await place.json(['migrate', 'down', '--yes'])).toMatchObject({
    code: 2,
    error: {
      message: 'which service? ch, ts, db have migrations',
      hint: expect.stringMatching(/migrate down own ch$/),
    },
  });
}

const FIRST_TWO = { '0001_first': 'applied', '0002_taken_over': 'applied' };

/** import, up, down, and up again. */
async function takenOver(place: MigratedPlace): Promise<void> {
  for (const { service, file } of place.stores) {
    const source = join(place.folder, `of-${service}`);
    await mkdir(source);
    const [make = '', drop = ''] = file('taken_over').split(/\n\n-- stackctl: \w+\n/);
    await writeFile(join(source, '0002_taken_over.sql'), `-- migrate:up\n${make}\n\n-- migrate:down\n${drop}\n`);
    const { data } = ok(await place.json(['migrate', 'import', source, 'own', service, '--yes']));
    expect(data).toMatchObject({ tool: 'dbmate', service, files: [{ target: '0002_taken_over.sql', written: true }] });
  }
  const services = IN_ORDER.map((service) => ({ service, applied: [{ name: '0002_taken_over' }] }));
  expect(ok(await place.json(['migrate', 'up'])).data).toMatchObject({ services });
  for (const { service, tables, ledger } of place.stores.toReversed()) {
    expect(await tables()).toEqual(['first', 'taken_over']);
    ok(await place.json(['migrate', 'down', 'own', service, '--yes']));
    expect(await tables()).toEqual(['first']);
    expect(await ledger()).toEqual({ ...FIRST_TWO, '0002_taken_over': 'reverted' });
  }
  expect(ok(await place.json(['migrate', 'up'])).data).toMatchObject({ services });
  for (const { ledger } of place.stores) expect(await ledger()).toEqual(FIRST_TWO);
}

/** verify and dump see what no file has made. */
async function changedByHand(place: MigratedPlace): Promise<void> {
  for (const { sql } of place.stores) await sql('ALTER TABLE first ADD COLUMN by_hand smallint');
  expect(await place.json(['migrate', 'verify', '--shadow'])).toMatchObject({
    code: 6,
    error: { code: 'E_MIGRATION_UNVERIFIED', details: { services: IN_ORDER } },
  });
  expect(await place.json(['migrate', 'dump', '--check'])).toMatchObject({
    code: 6,
    data: { services: IN_ORDER.map((service) => ({ service, state: 'different' })) },
  });
  for (const { sql } of place.stores) await sql('ALTER TABLE first DROP COLUMN by_hand');
  ok(await place.json(['migrate', 'verify', '--shadow']));
}

/** status and up refuse, repair asks, and does what it has asked for. */
async function edited(place: MigratedPlace): Promise<void> {
  for (const { service, file } of place.stores) await place.write(service, '0001_first', `-- edited\n${file('first')}`);
  const drift = { code: 6, error: { code: 'E_DRIFT' } };
  expect(await place.json(['migrate', 'status'])).toMatchObject(drift);
  expect(await place.json(['migrate', 'up'])).toMatchObject(drift);
  const asked = await place.json(['migrate', 'repair']);
  expect(asked).toMatchObject({ code: 3, error: { message: expect.stringContaining('accept the file as it is now') } });
  expect(ok(await place.json(['migrate', 'repair', '--yes'])).data.services).toMatchObject(
    IN_ORDER.map((service) => ({
      service,
      done: [{ name: '0001_first', problem: 'was edited after it was applied' }],
    })),
  );
  ok(await place.json(['migrate', 'status', '--check']));
  for (const [counted, message] of [
    ['0001_first', 'a file and a number are needed'],
    ['0001_first=-1', 'a file and a number are needed'],
    ['0001_first=1', 'no file that failed or was interrupted: 0001_first'],
  ] as const) {
    expect(await place.json(['migrate', 'repair', '--statements-done', counted, '--yes'])).toMatchObject({
      code: 2,
      error: { code: 'E_USAGE', message: expect.stringContaining(message) },
    });
  }
}

/** baseline runs nothing: the statement would fail. */
async function madeByHand(place: MigratedPlace): Promise<void> {
  for (const { service, file, sql, ledger } of place.stores) {
    await sql(file('by_hand').split(';')[0] ?? '');
    await place.write(
      service,
      '0003_by_hand',
      `-- stackctl: once=true\n${file('by_hand').replace('IF NOT EXISTS ', '')}`,
    );
    ok(await place.json(['migrate', 'baseline', '3', 'own', service, '--yes']));
    expect(Object.keys(await ledger())).toEqual([...Object.keys(FIRST_TWO), '0003_by_hand']);
  }
  const { data } = ok(await place.json(['migrate', 'status', '--history']));
  for (const { applied } of data.services)
    expect(applied[2]).toMatchObject({ name: '0003_by_hand', state: 'baselined' });
  for (const { events } of data.histories)
    expect(events.map(({ type }: { type: string }) => type)).toEqual(['reverted', 'checksumAccepted', 'baselined']);
}

/** A file of ts that fails: db, which comes before, is done; ch and the topics are named and as they were. */
async function endAtTheFirstFailure(place: MigratedPlace): Promise<void> {
  for (const { service, file } of place.stores) await place.write(service, '0004_fourth', file('fourth'));
  await place.write('ts', '0004_fourth', 'CREATE TABLE fourth (id nonsense);');
  const before = await Promise.all(place.stores.map(({ ledger }) => ledger()));
  const [db, ts, ch] = place.stores;
  expect(await place.json(['migrate', 'up'])).toMatchObject({
    code: 1,
    data: {
      services: [{ service: 'db', applied: [{ name: '0004_fourth' }] }],
      declared: [],
      notTried: ['events', 'ch'],
    },
    error: { message: expect.stringContaining('type "nonsense" does not exist') },
  });
  expect(await db?.ledger()).toEqual({ ...before[0], '0004_fourth': 'applied' });
  expect(await ts?.ledger()).toMatchObject(before[1] ?? {});
  expect(await ch?.ledger()).toEqual(before[2]);
  await place.write('ts', '0004_fourth', ts?.file('fourth') ?? '');
  // What `up` comes to by itself is the same.
  ok(await place.json(['up']));
  for (const { ledger } of place.stores) expect(await ledger()).toMatchObject({ '0004_fourth': 'applied' });
}

const ORDERS = '{ name: orders, partitions: 2 }';
const MORE = '{ name: orders, partitions: 3, allowPartitionIncrease: true }';

async function changedTopics(place: MigratedPlace): Promise<void> {
  expect(await place.topics()).toEqual({ orders: 2 });
  await place.edit(ORDERS, `${MORE}, { name: refunds, config: { retention.ms: soon } }`);
  // The broker itself says what it would refuse.
  expect(await place.json(['migrate', 'up', '--dry-run=rollback'])).toMatchObject({
    code: 1,
    error: { code: 'E_MIGRATION_FAILED', message: expect.stringContaining('topic refunds: Invalid value soon') },
  });
  await place.edit('soon', '60000');
  const ahead = await place.run(['up', '--dry-run']);
  expect(ahead).toMatchObject({
    code: 0,
    out: expect.stringContaining('make in events: topic refunds (partitions: 1, '),
  });
  expect(ahead.out).toContain('leave in events: topic orders: has 2 partitions, 3 are declared');
  const rehearsed = await place.run(['migrate', 'up', 'own', 'events', '--dry-run=rollback']);
  expect(rehearsed).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /^events\n {2}change topic orders: .*\n {2}make topic refunds .*\n {2}checked by the server/,
    ),
  });
  expect(await place.topics()).toEqual({ orders: 2 });
  expect(await place.json(['migrate', 'status', '--check'])).toMatchObject({ code: 6, error: { code: 'E_DRIFT' } });
  ok(await place.json(['migrate', 'up']));
  await waitFor('the topics', async () => (await place.topics()).orders === 3);
  expect(await place.topics()).toEqual({ orders: 3, refunds: 1 });
  ok(await place.json(['migrate', 'status', '--check']));
}

/** A service whose inside is declared has no files. What each action says of one stands in test/commands/no-migrations.test.ts. */
async function refusedOfTopics(place: MigratedPlace): Promise<void> {
  for (const action of ['dump', 'down'])
    expect(await place.json(['migrate', action, 'own', 'events', '--yes'])).toMatchObject({
      code: 2,
      error: { code: 'E_INSTANCE_NOT_FOUND', message: expect.stringContaining('events has no migration files') },
    });
}

function serviceOf({ service }: { readonly service: string }): string {
  return service;
}
