import { sameVersionOf } from '../../stack/derived/compose-reading.ts';
import { postgresKind } from '../_shared/postgres/kind.ts';
import { type PostgresOptions, postgresOptions } from './options.ts';

export const kind = postgresKind<PostgresOptions>({
  name: 'postgres',
  description: 'One PostgreSQL server.',
  options: postgresOptions,
  defaultImage: 'postgres:16-alpine',
  images: {
    postgres: 'kept',
    'postgis/postgis': 'kept',
    'pgvector/pgvector': 'kept',
    'ankane/pgvector': 'kept',
    'bitnami/postgresql': sameVersionOf('postgres'),
    'bitnamilegacy/postgresql': sameVersionOf('postgres'),
  },
});
