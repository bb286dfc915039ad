/** What a table holds of a run, told by the server without the ids. */
import type { Client } from 'pg';
import { cut, type PostgresTarget, withPostgres } from '../../../clients/postgres/connect.ts';
import { quoteIdentifier, quoteQualified } from '../../../clients/postgres/identifier.ts';
import { readInParts } from '../../../clients/postgres/read-in-parts.ts';
import { eventId, idPrefix } from '../../../stack/contract/event-id.ts';
import {
  type IdHash,
  RANGE_EVENTS,
  type RangeDigest,
  rangeIndexOf,
  rangeStart,
  START_LENGTH,
} from '../../../stack/contract/range-digest.ts';
import type { RangedStore } from '../../../stack/contract/traffic.ts';
import { textHash, uuidHash } from './event-hash.ts';
import { type EventTable, findColumn, findRelation } from './event-table.ts';

export interface RunTable extends EventTable {
  readonly target: PostgresTarget;
  readonly runId: string;
  /** The first and the last id that the run may have. */
  readonly between: readonly [string, string];
}

/** How ids are told apart by the server: in SQL. */
interface Reading {
  /** What all ids of a range have in common, and the same as text. */
  readonly start: string;
  readonly startText: string;
  /** The start of `startText` is of this type again. */
  readonly toStart: (text: string) => string;
  /** PostgreSQL 11 and newer. */
  readonly hash: string;
  readonly idHash: IdHash;
  /** `between` finds the ids from one sequence to another: a collation may have another order of letters and digits. */
  readonly isOrdered: boolean;
}

export function rangesOfTable(table: RunTable): RangedStore {
  const from = `from ${quoteQualified(table.table)} where ${quoteIdentifier(table.idColumn)} between $1 and $2`;
  return {
    digest: (signal) =>
      session(table, signal, async (client, reading) => {
        if (reading === undefined) return undefined;
        const { start, startText, hash, idHash } = reading;
        // The server takes every id for a range of its own, and would sort them all.
        await client.query("select set_config('enable_sort', 'off', false), set_config('work_mem', '64MB', false)");
        const text = `select ${startText}, count, sum from (
          select ${start} as start, count(*) as count, sum(${hash}) as sum ${from} group by 1) ranges`;
        const { rows } = await client.query<[string, string, string]>({
          text,
          values: [...table.between],
          rowMode: 'array',
        });
        const ranges = digestsOf(table.runId, rows);
        return ranges && { hash: idHash, ranges };
      }),
    readRanges: (indexes, found, signal) =>
      session(table, signal, async (client, reading) => {
        if (reading === undefined) throw new Error('there is no such column any more');
        const { start, toStart, isOrdered } = reading;
        // As a condition of its own it is no join, which could go through the list for every row.
        const sql = `select ${quoteIdentifier(table.idColumn)}::text ${from}
          and (${start} in (select ${toStart('start')} from unnest($3::text[]) start)) is true`;
        const starts = indexes.map((index) => rangeStart(table.runId, index));
        const values = [...(isOrdered ? aroundAll(table.runId, indexes) : table.between), starts];
        await readInParts(client, { sql, values, signal }, found.addAllIn);
      }),
  };
}

/** A connection that is cut when nobody waits for the answer any more. */
async function session<T>(
  table: RunTable,
  signal: AbortSignal,
  use: (client: Client, reading: Reading | undefined) => Promise<T>,
): Promise<T> {
  return withPostgres(table.target, async (client) => {
    signal.throwIfAborted();
    const stop = (): void => cut(client);
    signal.addEventListener('abort', stop);
    try {
      return await use(client, await readingOf(client, table));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
}

async function readingOf(client: Client, { table, idColumn, runId }: RunTable): Promise<Reading | undefined> {
  const found = await findRelation(client, table);
  const column = found && (await findColumn(client, found.oid, idColumn));
  if (column?.holdsIds !== true) return undefined;
  const name = quoteIdentifier(idColumn);
  const text = `(${name}::text) collate "C"`;
  return column.isUuid
    ? {
        start: `substr(uuid_send(${name}), 11, 5)`,
        startText: `'${idPrefix(runId)}' || encode(start, 'hex')`,
        toStart: (start) => `decode(right(${start}, 10), 'hex')`,
        hash: `uuid_hash_extended(${name}, 0)`,
        idHash: uuidHash(runId),
        isOrdered: true,
      }
    : {
        start: `left(${text}, ${START_LENGTH})`,
        startText: 'start',
        toStart: (start) => `${start} collate "C"`,
        hash: `hashtextextended(${text}, 0)`,
        idHash: textHash(runId),
        isOrdered: false,
      };
}

/** Undefined: a row lies between the ids of the run and is none, as a collation may have it. */
function digestsOf(
  runId: string,
  rows: readonly (readonly [string, string, string])[],
): readonly RangeDigest[] | undefined {
  const digests: RangeDigest[] = [];
  for (const [start, count, sum] of rows) {
    const index = rangeIndexOf(runId, start);
    if (index === undefined) return undefined;
    digests.push({ index, count: Number(count), sum: BigInt(sum) });
  }
  return digests;
}

function aroundAll(runId: string, indexes: readonly number[]): readonly [string, string] {
  const [first, last] = [Math.min(...indexes), Math.max(...indexes)];
  return [eventId(runId, first * RANGE_EVENTS), eventId(runId, (last + 1) * RANGE_EVENTS - 1)];
}
