import { afterAll, beforeAll, expect } from 'vitest';
import { askClickhouse, type ClickhouseTarget, quoteName, runOnClickhouse } from '../../src/clients/clickhouse/ask.ts';
import { kind } from '../../src/kinds/clickhouse/index.ts';
import type { ClickhouseOptions } from '../../src/kinds/clickhouse/options.ts';
import { serviceTarget } from '../../src/kinds/clickhouse/target.ts';
import type { MigrationSession } from '../../src/stack/contract/migrate.ts';
import type { InstanceInput } from '../../src/stack/contract/model.ts';
import { type ClickhouseFront, openFront } from './clickhouse-front.ts';
import { inputOf } from './clickhouse-migrations.ts';
import { patience } from './wait-for.ts';

type Input = InstanceInput<ClickhouseOptions>;

/** Starts an engine with the database `events` for the tests of the block that calls this. */
export function clickhouseForTests(chdb: string | undefined) {
  let opened: ClickhouseFront | undefined;
  const front = (): ClickhouseFront => {
    if (opened === undefined) throw new Error('the engine is started before the first test');
    return opened;
  };
  beforeAll(async () => {
    // As a profile may limit what applications do.
    opened = await openFront(chdb ?? '', { max_rows_to_read: '100000' });
  });
  afterAll(() => opened?.[Symbol.asyncDispose]());

  const soon = patience;
  const input = (): Input => inputOf(front(), 'events');
  const target = (): ClickhouseTarget => serviceTarget(input(), 5000);
  const connect = async (to: Input = input()): Promise<MigrationSession> => {
    const session = await kind.migrator?.connect(to, soon());
    if (session === undefined) throw new Error('no migrator');
    return session;
  };
  const run = (statement: string): Promise<unknown> => runOnClickhouse(target(), statement);
  return {
    front,
    input,
    soon,
    connect,
    target,
    /** What a person or an application runs beside. */
    run,
    /** A session on a database of its own, which is made where it is missing, and questions beside it. */
    inDatabase: async (name: string) => {
      const to = inputOf(front(), name);
      const own = serviceTarget(to, 30_000);
      await run(`CREATE DATABASE IF NOT EXISTS ${quoteName(name)}`);
      return {
        session: await connect(to),
        sql: (statement: string) => runOnClickhouse(own, statement),
        rows: async (statement: string) =>
          (await askClickhouse<Readonly<Record<string, unknown>>>(own, statement)).rows,
      };
    },
    expectLedger: async (entries: readonly object[]): Promise<void> => {
      const session = await connect();
      expect(await session.applied()).toMatchObject(entries);
      await session.close();
    },
  };
}
