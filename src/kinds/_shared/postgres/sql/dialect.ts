import type { SqlDialect } from '../../../../stack/contract/migrate.ts';
import { lintPostgres } from './lint/lint.ts';
import { onlyOutside } from './only-outside.ts';
import { refusedStatements } from './refused-statements.ts';
import { splitPostgres } from './split.ts';

/** PostgreSQL's SQL, as far as migration files are read without a server. */
export const POSTGRES_SQL: SqlDialect = {
  split: splitPostgres,
  refused: refusedStatements,
  onlyOutside,
  lint: lintPostgres,
};
