/** What the program reads from its environment; users find the same variables in stack.yaml. */
import { setting, settingsSchema } from 'stackctl/service-kit';

export const settings = settingsSchema(4000, {
  SENTINEL_INGESTION_URL: setting.url(['http:', 'https:']).default('http://localhost:3000/api/v1/events'),
  SENTINEL_BATCH_SIZE: setting.integer({ min: 1, max: 1000 }).default(100),
  SENTINEL_FLUSH_MS: setting.integer({ min: 1, max: 600_000 }).default(500),
  SENTINEL_MAX_BUFFERED: setting.integer({ min: 1, max: 10_000_000 }).default(10_000),
  SENTINEL_TIMEOUT_MS: setting.integer({ min: 1, max: 600_000 }).default(5000),
  SLOW_MS: setting.integer({ min: 0, max: 60_000 }).default(1500),
});
