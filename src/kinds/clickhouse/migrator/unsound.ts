import { askClickhouse, type ClickhouseTarget, quoteName, quoteText } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';
import { shortText } from '../../../clients/clickhouse/short-text.ts';
import type { UnsoundObject } from '../../../stack/contract/migrate.ts';
import { readLedger } from './ledger.ts';
import { LEDGER_TABLE } from './tables.ts';
import { type ReadLimits, unreadableColumns } from './unreadable.ts';

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

/**
 * The databases that the ledger answers for: a file may write to any of the server's. One with a ledger of its own is
 * another service's.
 */
const IS_OURS = `database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')
  AND (database = currentDatabase() OR database NOT IN (SELECT database FROM system.tables WHERE name = '${LEDGER_TABLE}'))`;

/** Those that are not done, of every database that the user sees, or of those for which a condition holds. */
export async function openMutations(target: ClickhouseTarget, condition = '1'): Promise<readonly Mutation[]> {
  const { rows } = await askClickhouse<Mutation>(
    target,
    `SELECT database, table, mutation_id AS id, substring(command, 1, 200) AS command, latest_fail_reason AS failure,
       parts_to_do AS partsToDo
     FROM system.mutations WHERE NOT is_done AND ${condition} ORDER BY database, table, create_time`,
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

/** What is in the databases of the ledger and cannot be relied on. Changes nothing. */
export async function readUnsound(target: ClickhouseTarget, limits: ReadLimits): Promise<readonly UnsoundObject[]> {
  const mutations = await openMutations(target, IS_OURS);
  return [
    ...mutations.filter(({ failure }) => failure !== '').map(mutationObject),
    ...(await leftUnreadable(target, mutations, limits)),
    ...(await viewsWithoutTarget(target)),
    ...(await brokenParts(target)),
  ];
}

/** Columns of the tables that the ledger's failed files were changing. Where a mutation is at work, it may still succeed. */
async function leftUnreadable(
  target: ClickhouseTarget,
  mutations: readonly Mutation[],
  limits: ReadLimits,
): Promise<readonly UnsoundObject[]> {
  const found = new Map<string, UnsoundObject>();
  for (const altered of (await readLedger(target)).flatMap(({ progress }) => progress?.halfAltered ?? [])) {
    const isAtWork = mutations.some(
      ({ database, table, failure }) =>
        failure === '' && database === altered.database && (altered.table ?? table) === table,
    );
    if (isAtWork) continue;
    for (const object of await unreadableColumns(target, altered, limits)) found.set(object.name, object);
  }
  return [...found.values()];
}

interface View {
  readonly database: string;
  readonly name: string;
  readonly target: string;
}

/** An INSERT into a table that such a view reads fails. */
async function viewsWithoutTarget(target: ClickhouseTarget): Promise<readonly UnsoundObject[]> {
  const { rows } = await askClickhouse<View>(
    target,
    `SELECT database, name, target FROM (
       SELECT database, name, extract(create_table_query, '^CREATE MATERIALIZED VIEW .*? TO ((?:\`[^\`]+\`|[^. ]+)\\\\.(?:\`[^\`]+\`|[^ ]+))') AS target
       FROM system.tables WHERE engine = 'MaterializedView' AND ${IS_OURS})
     WHERE target != '' AND replaceAll(target, '\`', '') NOT IN (SELECT concat(database, '.', name) FROM system.tables)
     ORDER BY database, name`,
  );
  return rows.map(({ database, name, target: table }) => ({
    name: `materialized view ${database}.${name}`,
    reason: `writes to ${table.replaceAll('`', '')}, which is not there: every INSERT into its source fails`,
    fix: `DROP VIEW ${quoteName(database)}.${quoteName(name)}`,
  }));
}

/** Parts that the server could not read and put aside: their rows are missing. */
async function brokenParts(target: ClickhouseTarget): Promise<readonly UnsoundObject[]> {
  const { rows } = await askClickhouse<Record<'database' | 'table' | 'name' | 'reason', string>>(
    target,
    `SELECT database, table, name, reason FROM system.detached_parts
     WHERE startsWith(reason, 'broken') AND ${IS_OURS} ORDER BY database, table, name`,
  );
  return rows.map(({ database, table, name, reason }) => ({
    name: `part ${name} of ${database}.${table}`,
    reason: `could not be read and was put aside (${reason}): its rows are missing from the table`,
    fix: undefined,
  }));
}
