import { askClickhouse, type ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';

/**
 * Settings that a profile may have for applications, and the values that a migration has instead: limits of one query, and
 * an INSERT that returns before its rows are stored.
 */
const FREE: Readonly<Record<string, string>> = {
  max_execution_time: '0',
  max_estimated_execution_time: '0',
  max_rows_to_read: '0',
  max_bytes_to_read: '0',
  max_result_rows: '0',
  max_result_bytes: '0',
  async_insert: '0',
};

/** Limits in the user's profile: the settings that lift them, and a description. */
export interface Bindings {
  readonly settings: Readonly<Record<string, string>>;
  /** E.g. `max_execution_time=5 (the profile of the user default)`. */
  readonly lifted: readonly string[];
}

/** A setting that the profile makes read-only is left alone: the server names it where it matters. */
export async function readBindings(target: ClickhouseTarget): Promise<Bindings> {
  const { rows } = await askClickhouse<{ readonly name: string; readonly value: string }>(
    target,
    `SELECT name, value FROM system.settings WHERE changed AND readonly = 0 AND name IN (${Object.keys(FREE)
      .map((name) => `'${name}'`)
      .join(', ')}) ORDER BY name`,
  );
  const bound = rows.filter(({ name, value }) => value !== FREE[name]);
  return {
    settings: Object.fromEntries(bound.map(({ name }) => [name, FREE[name] ?? ''])),
    lifted: bound.map(({ name, value }) => `${name}=${value} (the profile of the user ${target.user})`),
  };
}
