import { askClickhouse, type ClickhouseTarget, quoteName, quoteText } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';
import { shortText } from '../../../clients/clickhouse/short-text.ts';
import type { UnsoundObject } from '../../../stack/contract/migrate.ts';

/** A change of a table's rows or columns that the server makes in the background. */
export interface Mutation {
  readonly database: string;
  readonly table: string;
  readonly id: string;
  readonly command: string;
  /** Why its last attempt failed; empty: it did not. */
  readonly failure: string;
  readonly partsToDo: number;
}

/** Those that are not done, of every database that the user sees. */
export async function openMutations(target: ClickhouseTarget): Promise<readonly Mutation[]> {
  const { rows } = await askClickhouse<Mutation>(
    target,
    `SELECT database, table, mutation_id AS id, substring(command, 1, 200) AS command, latest_fail_reason AS failure,
       parts_to_do AS partsToDo
     FROM system.mutations WHERE NOT is_done ORDER BY database, table, create_time`,
  );
  return rows;
}

export function mutationObject({ database, table, id, command, failure }: Mutation): UnsoundObject {
  const place = `database = ${quoteText(database)} AND table = ${quoteText(table)} AND mutation_id = ${quoteText(id)}`;
  return {
    name: `mutation ${id} of ${database}.${table}`,
    reason: `${command} failed and is tried again and again: ${shortText(new ClickhouseError(0, 0, failure))}`,
    fix: `KILL MUTATION WHERE ${place}`,
  };
}

/** What is in the service's database and cannot be relied on. Changes nothing. */
export async function readUnsound(target: ClickhouseTarget): Promise<readonly UnsoundObject[]> {
  const mutations = await openMutations(target);
  return [
    ...mutations.filter(({ database, failure }) => database === target.database && failure !== '').map(mutationObject),
    ...(await viewsWithoutTarget(target)),
    ...(await brokenParts(target)),
  ];
}

interface View {
  readonly name: string;
  readonly target: string;
}

/** An INSERT into a table that such a view reads fails. */
async function viewsWithoutTarget(target: ClickhouseTarget): Promise<readonly UnsoundObject[]> {
  const { rows } = await askClickhouse<View>(
    target,
    `SELECT name, target FROM (
       SELECT name, extract(create_table_query, '^CREATE MATERIALIZED VIEW .*? TO ((?:\`[^\`]+\`|[^. ]+)\\\\.(?:\`[^\`]+\`|[^ ]+))') AS target
       FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView')
     WHERE target != '' AND replaceAll(target, '\`', '') NOT IN (SELECT concat(database, '.', name) FROM system.tables)
     ORDER BY name`,
  );
  return rows.map(({ name, target: table }) => ({
    name: `materialized view ${target.database}.${name}`,
    reason: `writes to ${table.replaceAll('`', '')}, which is not there: every INSERT into its source fails`,
    fix: `DROP VIEW ${quoteName(target.database ?? 'default')}.${quoteName(name)}`,
  }));
}

/** Parts that the server could not read and put aside: their rows are missing. */
async function brokenParts(target: ClickhouseTarget): Promise<readonly UnsoundObject[]> {
  const { rows } = await askClickhouse<{ readonly table: string; readonly name: string; readonly reason: string }>(
    target,
    `SELECT table, name, reason FROM system.detached_parts
     WHERE database = currentDatabase() AND startsWith(reason, 'broken') ORDER BY table, name`,
  );
  return rows.map(({ table, name, reason }) => ({
    name: `part ${name} of ${target.database}.${table}`,
    reason: `could not be read and was put aside (${reason}): its rows are missing from the table`,
    fix: undefined,
  }));
}
