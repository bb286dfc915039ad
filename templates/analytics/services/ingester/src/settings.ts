import { setting, settingsSchema } from 'stackctl/service-kit';
import type * as z from 'zod';

const SECOND = 1000;

/** Variables of the ingester; the PG… ones have the names that psql and every PostgreSQL library know. */
export const ingesterSettings = settingsSchema(4100, {
  REDIS_HOST: setting.text().default('127.0.0.1'),
  REDIS_PORT: setting.port().default(6379),
  REDIS_PASSWORD: setting.secret().optional(),
  PGHOST: setting.text().default('127.0.0.1'),
  PGPORT: setting.port().default(5432),
  PGDATABASE: setting.text().default('analytics'),
  PGUSER: setting.text().default('analytics_user'),
  PGPASSWORD: setting.secret().optional(),
  /** Events that cannot be stored go to `<STREAM>:dead`. */
  STREAM: setting.text().default('events'),
  GROUP: setting.text().default('ingester'),
  /** Name in the consumer group, which no other running consumer may have; default: of its own for each start. */
  STACKCTL_INSTANCE: setting.text().min(1).optional(),
  /** Entries that are read, and rows that are stored, together; fewer where no more are there, or where they are large. */
  BATCH_SIZE: setting.integer({ min: 1, max: 10_000 }).default(3000),
  /** An entry that its consumer has not acknowledged for this long is taken over by another one. */
  CLAIM_IDLE_MS: setting.integer({ min: 100, max: 86_400 * SECOND }).default(30 * SECOND),
  /** Stored entries stay in the stream for this long; 0: as short as possible, -1: for ever. */
  STREAM_KEEP_S: setting.integer({ min: -1, max: 31_536_000 }).default(3600),
});

export type IngesterSettings = z.output<typeof ingesterSettings>;
