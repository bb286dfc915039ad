/** Whether events can be stored in a table by INSERT … ON CONFLICT. Asked before anything is sent. */
import type { Client } from 'pg';
import { quoteQualified } from '../../../clients/postgres/identifier.ts';
import type { InsertColumn } from '../../../clients/postgres/insert-writer.ts';
import { whatIsThere } from '../../../stack/source/near-names.ts';
import { writeName } from '../../../stack/source/qualified-name.ts';
import type { Mistake } from '../../../stack/source/zod-problems.ts';
import { columns, findRelation } from './event-table.ts';

export interface ConflictTarget {
  readonly parts: readonly string[];
  readonly written: string;
  readonly onConflict: readonly string[];
  /** Fields of the events that are their ids; undefined: not known. */
  readonly idFields: readonly string[] | undefined;
}

/** A table that is there. */
export async function checkConflictTarget(client: Client, target: ConflictTarget): Promise<readonly Mistake[]> {
  const { parts, written, onConflict, idFields } = target;
  const oid = (await findRelation(client, parts))?.oid ?? 0;
  const there = await columns(client, oid);
  const absent = onConflict.filter((name) => !there.some(([column]) => column === name));
  if (absent.length > 0) {
    const exactly = 'names are taken exactly as they are written';
    return absent.map((name) =>
      mistake(`the table ${written} has no column ${name}; ${exactly}: ${whatIsThere([name], there)}`),
    );
  }
  const named = onConflict.join(', ');
  if (idFields !== undefined && !onConflict.some((name) => idFields.includes(name))) {
    const ids = idFields.length === 0 ? 'no field of the body is "{{id}}"' : `it stands in ${idFields.join(', ')}`;
    return [mistake(`${named} does not hold the id of the event, so that other events would not be stored: ${ids}`)];
  }
  const indexes = await uniqueIndexes(client, oid);
  const own = indexes.find(({ names }) => isSame(names, onConflict));
  if (own === undefined) {
    const others = indexes.map(({ names }) => names.map((name) => writeName([name])).join(', '));
    const known = others.length === 0 ? 'it has no unique index at all' : `it has one on ${others.join('; one on ')}`;
    return [mistake(`the table ${written} has no unique index on just ${named}: ${known}`)];
  }
  const open = own.nullable.filter((name) => idFields !== undefined && !idFields.includes(name));
  return open.map((name) =>
    mistake(`the column ${name} may be NULL, and a row with it is stored again: make it NOT NULL`),
  );
}

function mistake(message: string): Mistake {
  return { path: ['onConflict'], part: 'value', message };
}

function isSame(names: readonly string[], others: readonly string[]): boolean {
  return names.toSorted().join('\0') === [...new Set(others)].toSorted().join('\0');
}

interface UniqueIndex {
  readonly names: readonly string[];
  /** Those of them that may be NULL, which is never equal to another one. */
  readonly nullable: readonly string[];
}

/**
 * Those that ON CONFLICT finds by their columns: of columns alone, over all rows, and checked at once
 * (https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT). NULLS NOT DISTINCT came with PostgreSQL 15.
 */
async function uniqueIndexes(client: Client, oid: number): Promise<readonly UniqueIndex[]> {
  const { rows } = await client.query<UniqueIndex>(
    `select array_agg(a.attname::text order by k.place) as names,
            coalesce(array_agg(a.attname::text order by k.place) filter (where not a.attnotnull
              and not coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)), '{}') as nullable
     from pg_index i
     cross join lateral unnest(i.indkey::int2[]) with ordinality k (attnum, place)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
     where i.indrelid = $1 and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null
       and i.indexprs is null and k.place <= i.indnkeyatts
     group by i.indexrelid order by 1`,
    [oid],
  );
  return rows;
}

/** The columns for these fields, of a table that was checked. */
export async function insertColumns(
  client: Client,
  table: readonly string[],
  fields: readonly string[],
): Promise<readonly InsertColumn[]> {
  const { rows } = await client.query<InsertColumn>(
    `select a.attname as name, format_type(a.atttypid, -1) as type, t.typcategory = 'A' as "isArray"
     from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = to_regclass($1) and a.attname = any ($2) and a.attnum > 0 and not a.attisdropped`,
    [quoteQualified(table), [...fields]],
  );
  return rows;
}
