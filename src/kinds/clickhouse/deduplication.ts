/** Whether a table knows a block that it gets again by its token, and for how long. */
import { quoteName } from '../../clients/clickhouse/ask.ts';
import type { BlockMemory } from '../../clients/clickhouse/event-writer.ts';
import type { Refused } from '../../stack/contract/traffic.ts';
import { namedTable, type OwnTarget } from './named-table.ts';

/** Less is forgotten while a batch waits to be sent again. */
const LEAST_BLOCKS = 100;

interface TableName {
  readonly parts: readonly string[];
  /** As the profile names it. */
  readonly written: string;
}

/**
 * https://clickhouse.com/docs/guides/developing/deduplicating-inserts-on-retries; the settings of the table, or else those of the server.
 */
export async function blockMemory(
  target: OwnTarget,
  { parts, written }: TableName,
  signal: AbortSignal,
): Promise<BlockMemory | Refused> {
  const { ask } = namedTable(target, parts);
  const [table] = await ask<{ readonly engine: string; readonly engine_full: string }>(
    'SELECT engine, engine_full FROM system.tables WHERE database = {database:String} AND name = {name:String}',
    signal,
  );
  const engine = table?.engine ?? '';
  if (!engine.endsWith('MergeTree')) {
    return {
      why: `the table ${written} is of engine ${engine}, which stores a block again that it has already`,
      next: 'Send the events to a table of the family MergeTree, or leave --retry out.',
    };
  }
  const isReplicated = /^(Replicated|Shared)/.test(engine);
  const prefix = isReplicated ? 'replicated_deduplication_window' : 'non_replicated_deduplication_window';
  const defaults = await ask<{ readonly name: string; readonly value: string }>(
    `SELECT name, value FROM system.merge_tree_settings WHERE name IN ('${prefix}', '${prefix}_seconds')`,
    signal,
  );
  const settingOf = (setting: string): number | undefined => {
    const own = new RegExp(`[ ,]${setting} = (\\d+)`).exec(table?.engine_full ?? '')?.[1];
    const value = own ?? defaults.find((one) => one.name === setting)?.value;
    return value === undefined ? undefined : Number(value);
  };
  const blocks = settingOf(prefix) ?? 0;
  if (blocks < LEAST_BLOCKS) {
    return {
      why: `the table ${written} remembers ${blocks} blocks (${prefix}), and ${LEAST_BLOCKS} at least have to be remembered`,
      next: `Let it remember more: ALTER TABLE ${parts.map(quoteName).join('.')} MODIFY SETTING ${prefix} = 10000.`,
    };
  }
  const seconds = isReplicated ? settingOf(`${prefix}_seconds`) : undefined;
  return {
    ...{ blocks, seconds },
    // Of every partition, as each counts its own where a table is replicated; where it is not, it is more than there are.
    stored: async () =>
      Number(
        (
          await ask<{ readonly count: number }>(
            `SELECT sum(last) AS count FROM (SELECT max(max_block_number) AS last FROM system.parts
             WHERE database = {database:String} AND table = {name:String} GROUP BY partition_id)`,
          )
        )[0]?.count ?? 0,
      ),
  };
}
