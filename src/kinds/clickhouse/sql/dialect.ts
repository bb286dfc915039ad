import type { SqlDialect } from '../../../stack/contract/migrate.ts';
import { lintClickhouse } from './lint.ts';
import { refusedStatements } from './refused.ts';
import { splitClickhouse } from './split.ts';

/** ClickHouse's SQL, as far as migration files are read without a server. */
export const CLICKHOUSE_SQL: SqlDialect = {
  split: splitClickhouse,
  refused: refusedStatements,
  lint: lintClickhouse,
};
