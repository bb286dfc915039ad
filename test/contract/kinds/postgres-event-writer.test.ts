import { expect } from 'vitest';
import { connectPostgres } from '../../../src/clients/postgres/connect.ts';
import { createCopyWriter } from '../../../src/clients/postgres/event-writer.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic.ts';
import { databaseForTests } from '../../support/postgres-database.ts';

const { test, target, query } = databaseForTests({ hasTimescale: false });

const RUN = 'a1b2c3d4-e5f6';
const event = (sequence: number, body: Readonly<Record<string, unknown>> = {}): TrafficEvent => {
  const id = eventId(RUN, sequence);
  return { sequence, id, body: { id, Name: `n\t${sequence}`, properties: { a: ['\\', '\n'] }, ...body } };
};

const writerTo = (...table: readonly string[]) =>
  createCopyWriter({
    connect: () => connectPostgres(target()),
    table,
    fields: ['id', 'Name', 'properties', 'note'],
    timeoutMs: 3000,
  });

const stored = async () => (await query<{ count: string }>('select count(*) from "Events"')).map(({ count }) => count);

test('rows are stored as they were sent, a batch as a whole or not at all', async () => {
  await query('create table "Events" (id uuid primary key, "Name" text, properties jsonb, note text default $$none$$)');
  const writer = writerTo('public', 'Events');
  expect(await writer.send([event(0), event(1, { note: 'x' })])).toEqual([{ type: 'acked' }, { type: 'acked' }]);
  expect(await query('select "Name", properties, note from "Events" order by id')).toEqual([
    { Name: 'n\t0', properties: { a: ['\\', '\n'] }, note: null },
    { Name: 'n\t1', properties: { a: ['\\', '\n'] }, note: 'x' },
  ]);

  // One of them is there already: none of the batch is stored, and the writer goes on.
  const refused = await writer.send([event(2), event(1), event(3)]);
  expect(refused).toEqual(refused.map(() => ({ type: 'rejected', reason: expect.stringContaining('duplicate key') })));
  expect([refused.length, await stored()]).toEqual([3, ['2']]);
  const together = await Promise.all([writer.send([event(2)]), writer.send([event(3)]), writer.send([event(4)])]);
  expect(together.flat().map(({ type }) => type)).toEqual(['acked', 'acked', 'acked']);
  expect(await stored()).toEqual(['5']);
  await writer.close();
});

test('a connection that the server ends is no reason to send twice, and another one follows', async () => {
  await query('create table "Events" (id uuid primary key, "Name" text, properties jsonb, note text)');
  const writer = writerTo('public', 'Events');
  await writer.send([event(0)]);
  await query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stackctl migrate'
    and pid <> pg_backend_pid()`);
  const [outcome] = await writer.send([event(1)]);
  expect(outcome?.type).not.toBe('acked');
  expect(await writer.send([event(2)])).toEqual([{ type: 'acked' }]);
  expect(await stored()).toEqual(['2']);
  await writer.close();
});

test('a table that is not there refuses every event, in the words of the server', async () => {
  const writer = writerTo('nowhere');
  expect(await writer.send([event(0)])).toEqual([
    { type: 'rejected', reason: expect.stringContaining('relation "nowhere" does not exist') },
  ]);
  await writer.close();
});
