import type { SqlDialect } from '../../../stack/contract/migrate.ts';

/** ClickHouse's SQL, as far as migration files are read without a server. No statement has to be refused. */
export const CLICKHOUSE_SQL: SqlDialect = {
  rules: {
    backslashEscapes: true,
    escapeTexts: false,
    dollarQuotes: true,
    backticks: true,
    hashComments: true,
    crEndsComments: false,
    nestedComments: false,
  },
};
