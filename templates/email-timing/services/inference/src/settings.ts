/** What the timing service reads from its environment; stack.yaml declares every variable. */

import { Secret, setting, settingsSchema } from 'stackctl/service-kit';

export const settings = settingsSchema(8001, {
  REDIS_HOST: setting.text().default('localhost'),
  REDIS_PORT: setting.port().default(6379),
  CLICKHOUSE_HOST: setting.text().default('localhost'),
  /** Of the HTTP interface. */
  CLICKHOUSE_PORT: setting.port().default(8123),
  CLICKHOUSE_DATABASE: setting.text().default('sendflowr'),
  CLICKHOUSE_USER: setting.text().default('default'),
  CLICKHOUSE_PASSWORD: setting.secret().default(new Secret('')),
  POSTGRES_HOST: setting.text().default('localhost'),
  POSTGRES_PORT: setting.port().default(5432),
  POSTGRES_DB: setting.text().default('sendflowr'),
  POSTGRES_USER: setting.text().default('sendflowr'),
  POSTGRES_PASSWORD: setting.secret().default(new Secret('')),
  /** Seconds for which a recipient's history is kept in Redis. */
  FEATURES_TTL_S: setting.integer({ min: 1, max: 86_400 }).default(60),
});
