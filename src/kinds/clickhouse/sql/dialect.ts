import type { SqlDialect } from '../../../stack/contract/migrate.ts';
import { splitClickhouse } from './split.ts';

/** ClickHouse's SQL, as far as migration files are read without a server. No statement has to be refused. */
export const CLICKHOUSE_SQL: SqlDialect = { split: splitClickhouse };
