/** A stack of a user's own with one server of each kind that migrate knows, and what stands in those servers. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import pg from 'pg';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { ROOT, STACKCTL } from './cli.ts';
import { freePorts } from './free-ports.ts';
import { ok, openPlace, type Place } from './project.ts';

/** A store with files: what it is asked beside stackctl, and its dialect. */
export interface Store {
  readonly service: string;
  sql(text: string): Promise<readonly (readonly unknown[])[]>;
  /** Names of the tables that its files make. */
  tables(): Promise<readonly string[]>;
  /** File -> state of its last entry in the ledger. */
  ledger(): Promise<Readonly<Record<string, string>>>;
  /** A file that makes a table, with a section down and one verify. */
  file(table: string): string;
}

export interface MigratedPlace extends Place, AsyncDisposable {
  readonly stores: readonly Store[];
  /** Topic -> number of partitions. */
  topics(): Promise<Readonly<Record<string, number>>>;
  /** Writes a migration of a service. */
  write(service: string, name: string, text: string): Promise<void>;
  /** Changes the text of stack.yaml. */
  edit(from: string, to: string): Promise<void>;
}

/** Listed in another order than that in which they need each other: db, ts, events, ch. */
const STACK = (port: number) => `stack: own
description: One of each server that migrate knows
values:
  clickhouseImage: { type: image, default: "clickhouse/clickhouse-server:25.8", description: ClickHouse }
  kafkaImage: { type: image, default: "apache/kafka:4.1.1", description: Kafka }
  postgresImage: { type: image, default: "postgres:17", description: PostgreSQL }
  timescaledbImage: { type: image, default: "timescale/timescaledb:latest-pg17", description: TimescaleDB }
  password: { type: secret, default: secret, description: Password of the databases }
services:
  ch:
    kind: clickhouse
    image: "{{clickhouseImage}}"
    dependsOn: [ts, events]
    ports: { http: ${port}, native: ${port + 1} }
    options: { database: own, user: own, password: "{{password}}" }
  ts:
    kind: timescaledb
    image: "{{timescaledbImage}}"
    dependsOn: [db]
    ports: { postgres: ${port + 2} }
    options: { database: own, user: own, password: "{{password}}" }
  db:
    kind: postgres
    image: "{{postgresImage}}"
    ports: { postgres: ${port + 3} }
    options: { database: own, user: own, password: "{{password}}" }
  events:
    kind: kafka
    image: "{{kafkaImage}}"
    ports: { broker: ${port + 4}, inside: ${port + 5}, controller: ${port + 6} }
    options: { topics: [{ name: orders, partitions: 2 }] }
migrations: { ch: m/ch, db: m/db, ts: m/ts }
`;

/** With empty folders of migrations, up and healthy. */
export async function openMigrated(runtime: RuntimeName): Promise<MigratedPlace> {
  const place = await openPlace(STACKCTL, 'own', runtime);
  const port = await freePorts(7);
  const stack = join(place.folder, 'own');
  for (const service of ['ch', 'ts', 'db']) await mkdir(join(stack, 'm', service), { recursive: true });
  await writeFile(join(stack, 'stack.yaml'), STACK(port));
  const images = runtime === 'docker' ? ['--values', join(ROOT, 'test/images/values.yaml')] : [];
  try {
    ok(await place.json(['up', './own', '--runtime', runtime, ...images]));
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
  return {
    ...place,
    stores: [postgres('db', port + 3), postgres('ts', port + 2), clickhouse('ch', port)],
    topics: () => topicsAt(port + 4),
    write: (service, name, text) => writeFile(join(stack, 'm', service, `${name}.sql`), text),
    edit: async (from, to) => {
      const file = join(stack, 'stack.yaml');
      const text = await readFile(file, 'utf8');
      if (!text.includes(from)) throw new Error(`stack.yaml has no ${from}`);
      await writeFile(file, text.replace(from, to));
    },
  };
}

function postgres(service: string, port: number): Store {
  const sql: Store['sql'] = async (text) => {
    const client = new pg.Client({ host: '127.0.0.1', port, database: 'own', user: 'own', password: 'secret' });
    await client.connect();
    try {
      return (await client.query({ text, rowMode: 'array' })).rows;
    } finally {
      await client.end();
    }
  };
  return {
    service,
    sql,
    tables: async () => firsts(await sql(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`)),
    ledger: async () => Object.fromEntries(await sql('SELECT name, state FROM stackctl.migrations ORDER BY name')),
    file: (table) =>
      `CREATE TABLE ${table} (id bigint PRIMARY KEY);\n\n-- stackctl: down\nDROP TABLE ${table};\n\n-- stackctl: verify\nSELECT count(*) = 0 FROM ${table};\n`,
  };
}

function clickhouse(service: string, port: number): Store {
  const sql: Store['sql'] = async (text) => {
    const response = await fetch(`http://127.0.0.1:${port}/?database=own&default_format=JSONCompact`, {
      method: 'POST',
      body: text,
      headers: { 'X-ClickHouse-User': 'own', 'X-ClickHouse-Key': 'secret' },
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${text}: ${answer}`);
    return answer === '' ? [] : (JSON.parse(answer) as { data: readonly (readonly unknown[])[] }).data;
  };
  return {
    service,
    sql,
    tables: async () =>
      firsts(
        await sql(`SELECT name FROM system.tables WHERE database = 'own' AND name NOT LIKE 'stackctl%' ORDER BY name`),
      ),
    ledger: async () =>
      Object.fromEntries(
        await sql('SELECT name, argMax(state, written) FROM own.stackctl_migrations GROUP BY name ORDER BY name'),
      ),
    file: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} (id UInt64) ENGINE = MergeTree ORDER BY id;\n\n-- stackctl: down\nDROP TABLE IF EXISTS ${table};\n\n-- stackctl: verify\nSELECT count() = 0 FROM ${table};\n`,
  };
}

async function topicsAt(port: number): Promise<Readonly<Record<string, number>>> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [`127.0.0.1:${port}`] });
  try {
    const names = await admin.listTopics();
    const { topics } = await admin.metadata({ topics: names });
    return Object.fromEntries([...topics].map(([name, { partitionsCount }]) => [name, partitionsCount]));
  } finally {
    await admin.close();
  }
}

function firsts(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.map(([first]) => String(first));
}
