import { setting, settingsSchema } from 'stackctl/service-kit';
import type * as z from 'zod';

const YEAR_S = 31_536_000;
const seconds = setting.integer({ min: 1, max: YEAR_S });

export const settings = settingsSchema(3000, {
  /** Not set: everything is kept in memory, and that is not a fault. */
  REDIS_HOST: setting.text().optional(),
  REDIS_PORT: setting.port().default(6379),
  REDIS_PASSWORD: setting.secret().optional(),
  REDIS_DB: setting.integer({ min: 0, max: 65_535 }).default(0),
  REDIS_TLS: setting.flag().default(false),
  REDIS_IDEMPOTENCY_TTL: seconds.default(86_400),
  REDIS_IDEMPOTENCY_PREFIX: setting.text().default('opalmind:idempotency:'),
  REDIS_CACHE_TTL: seconds.default(300),
  REDIS_CACHE_PREFIX: setting.text().default('opalmind:cache:'),
  MATOMO_BASE_URL: setting.url(['http:', 'https:']),
  MATOMO_TOKEN: setting.secret(),
  MATOMO_DEFAULT_SITE_ID: setting.integer({ min: 1, max: 2_147_483_647 }).default(1),
  MATOMO_TIMEOUT_MS: setting.integer({ min: 100, max: 60_000 }).default(5000),
  OPAL_BEARER_TOKEN: setting.secret(),
});

export type Settings = z.output<typeof settings>;
