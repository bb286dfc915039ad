import { expect } from 'vitest';
import { connectPostgres, withPostgres } from '../../../src/clients/postgres/connect.ts';
import { createCopyWriter } from '../../../src/clients/postgres/event-writer.ts';
import { createInsertWriter } from '../../../src/clients/postgres/insert-writer.ts';
import { insertColumns } from '../../../src/kinds/_shared/postgres/event-insert.ts';
import { eventId } from '../../../src/stack/contract/event-id.ts';
import type { TrafficSink } from '../../../src/stack/contract/traffic.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';
import { databaseForTests } from '../../support/postgres-database.ts';

const { test, target, query } = databaseForTests({ hasTimescale: false });

const RUN = 'a1b2c3d4-e5f6';
const ACKED = { type: 'acked' };
const event = (sequence: number, body: Readonly<Record<string, unknown>> = {}): TrafficEvent => {
  const id = eventId(RUN, sequence);
  return { sequence, id, body: { id, Name: `n\t${sequence}`, properties: { a: ['\\', '\n'] }, ...body } };
};

const writerTo = ({ answerMs }: { readonly answerMs?: number }, ...table: readonly string[]) =>
  createCopyWriter({
    answerMs,
    connect: () => connectPostgres(target()),
    table,
    fields: ['id', 'Name', 'properties', 'note'],
    timeoutMs: 3000,
  });

const stored = async () => (await query<{ count: string }>('select count(*) from "Events"')).map(({ count }) => count);

test('rows are stored as they were sent, a batch as a whole or not at all', async () => {
  await query('create table "Events" (id uuid primary key, "Name" text, properties jsonb, note text default $$none$$)');
  const writer = writerTo({}, 'public', 'Events');
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

test('INSERT stores what COPY stores, of every type, and a row that is there already stays as it is', async () => {
  await query(`create type color as enum ('red', 'green'); create domain short as varchar(3);
    create table sent (id uuid primary key, n int, price numeric(6, 2), ok boolean, at timestamptz, label varchar(5), code char(4),
      bits bit(3), color color, short short, tags text[], grid int[], body jsonb, note text, raw bytea)`);
  const fields = 'id n price ok at label code bits color short tags grid body note raw'.split(' ');
  const rows = (first: number): readonly TrafficEvent[] =>
    [
      {
        ...{ n: 1, price: 1.239, ok: true, at: '2026-01-01T00:00:00.123Z', label: 'ä"\\,{', code: 'ab', bits: '101' },
        ...{ color: 'green', short: 'abc', tags: '{a,"b c"}', grid: '{{1,2},{3,4}}', body: { a: ['\\', '\n', null] } },
        ...{ note: 'NULL', raw: '\\x00ff' },
      },
      { n: -5, note: '', body: '"text"', tags: '{}' },
      {},
    ].map((body, index) => {
      const id = eventId(RUN, first + index);
      return { sequence: first + index, id, body: { id, ...body } };
    });
  const input = { connect: () => connectPostgres(target()), table: ['public', 'sent'], timeoutMs: 3000 };
  const copy = createCopyWriter({ ...input, fields });
  const insert = createInsertWriter({
    ...input,
    columns: await withPostgres(target(), (client) => insertColumns(client, input.table, fields)),
    onConflict: ['id'],
  });
  expect(await copy.send(rows(0))).toEqual([{ type: 'acked' }, { type: 'acked' }, { type: 'acked' }]);
  expect(await insert.send(rows(3))).toEqual([{ type: 'acked' }, { type: 'acked' }, { type: 'acked' }]);
  const without = fields.filter((field) => field !== 'id').map((field) => `${field}::text`);
  const all = await query(`select ${without.join(', ')} from sent order by id`);
  expect(all).toHaveLength(6);
  expect(all.slice(3)).toEqual(all.slice(0, 3));

  // Again, with a new one among them; what somebody has changed meanwhile is not changed back.
  await query(`update sent set note = 'changed'`);
  expect(await insert.send([...rows(3), ...rows(6)])).toEqual(Array(6).fill({ type: 'acked' }));
  expect(await query(`select note, count(*)::int as count from sent group by 1 order by 2 desc, 1`)).toEqual([
    { note: 'changed', count: 6 },
    ...['', 'NULL', null].map((note) => ({ note, count: 1 })),
  ]);
  // As COPY: what does not fit is refused, and not cut off.
  for (const writer of [copy, insert]) {
    const id = eventId(RUN, 90);
    const refused = await writer.send([...rows(90), { sequence: 90, id, body: { id, label: 'too long' } }]);
    expect(new Set(refused.map(({ type }) => type))).toEqual(new Set(['rejected']));
  }
  expect(await query('select count(*)::int as count from sent')).toEqual([{ count: 9 }]);
  await Promise.all([copy.close(), insert.close()]);
});

test('a connection that the server ends is no reason to send twice, and another one follows', async () => {
  await query('create table "Events" (id uuid primary key, "Name" text, properties jsonb, note text)');
  const writer = writerTo({}, 'public', 'Events');
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
  const writer = writerTo({}, 'nowhere');
  expect(await writer.send([event(0)])).toEqual([
    { type: 'rejected', reason: expect.stringContaining('relation "nowhere" does not exist') },
  ]);
  await writer.close();
});

/** Batches of one row that are on their way together, and what became of each. */
const together = async (writer: TrafficSink, ...batches: readonly (readonly TrafficEvent[])[]) =>
  (await Promise.all(batches.map((batch) => writer.send(batch)))).map((outcomes) => outcomes[0]);

test('a batch that was sent ahead is stored whatever becomes of the one before it', async () => {
  await query('create table "Events" (id uuid primary key, "Name" text, properties jsonb, note text)');
  const writer = writerTo({}, 'public', 'Events');
  const large = Array.from({ length: 5000 }, (_, index) => event(10 + index, { note: 'x'.repeat(200) }));
  const refused = { type: 'rejected', reason: expect.stringContaining('duplicate key') };
  const outcomes = await together(writer, [event(0)], [...large, event(0)], [event(1)], [event(1)], large, [event(2)]);
  expect(outcomes).toEqual([ACKED, refused, ACKED, refused, ACKED, ACKED]);
  expect(await stored()).toEqual(['5003']);
  const [{ connections } = {}] = await query<{ connections: string }>(
    `select count(*) as connections from pg_stat_activity where application_name = 'stackctl migrate' and pid <> pg_backend_pid()`,
  );
  expect(connections).toBe('1');
  await writer.close();
});

test('batches are stored in the order in which they are given', async () => {
  await query('create table "Events" (place bigserial, id uuid primary key, "Name" text, properties jsonb, note text)');
  const writer = writerTo({}, 'public', 'Events');
  await together(writer, ...Array.from({ length: 20 }, (_, sequence) => [event(sequence)]));
  const inOrder = await query<{ id: string }>('select id from "Events" order by place');
  expect(inOrder.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, sequence) => eventId(RUN, sequence)));
  await writer.close();
});

test('what was sent behind a batch in the middle of which the server ended the connection is not stored, and said to be so', async () => {
  await query(`create table "Events" (id uuid primary key, "Name" text, properties jsonb, note text);
    create function ends() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
    create trigger ends before insert on "Events" for each row when (new.note = 'end') execute function ends()`);
  const writer = writerTo({}, 'public', 'Events');
  await writer.send([event(0)]);
  const [ended, behind, later] = await together(writer, [event(1, { note: 'end' })], [event(2)], [event(3)]);
  // The server may have gone before its last word was read.
  for (const outcome of [ended, behind]) expect(outcome?.type).not.toBe('acked');
  expect(behind?.type).toBe(ended?.type);
  expect(later).toEqual(ACKED);
  expect(await stored()).toEqual(['2']);
  await writer.close();
});

test('a server that does not answer leaves open what was sent, also ahead, and the next batch goes over another connection', async () => {
  await query('create table "Events" (id uuid primary key, "Name" text, properties jsonb, note text)');
  const writer = writerTo({ answerMs: 300 }, 'public', 'Events');
  const other = await connectPostgres(target());
  await other.query('begin; lock table public."Events"');
  const open = { type: 'unknown', reason: expect.any(String) };
  expect(await together(writer, [event(0)], [event(1)])).toEqual([open, open]);
  await other.query('rollback');
  expect(await together(writer, [event(2)], [event(3)])).toEqual([ACKED, ACKED]);
  await Promise.all([writer.close(), other.end()]);
});
