import { postgresKind } from '../_shared/postgres/kind.ts';
import { type PostgresOptions, postgresOptions } from './options.ts';

/** One PostgreSQL server. */
export const kind = postgresKind<PostgresOptions>({
  name: 'postgres',
  options: postgresOptions,
  defaultImage: 'postgres:16-alpine',
});
