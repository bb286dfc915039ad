/** What the connector reads from its environment; stack.yaml declares every variable. */

import { Secret, setting, settingsSchema } from 'stackctl/service-kit';

export const settings = settingsSchema(5215, {
  /** Comma separated. */
  Kafka__BootstrapServers: setting.text().default('localhost:9092'),
  Kafka__Topic: setting.text().default('email-events'),
  /** Milliseconds that the broker has to acknowledge. */
  Kafka__AckTimeoutMs: setting.integer({ min: 100, max: 60_000 }).default(4000),
  InferenceService__Url: setting.url(['http:', 'https:']).default('http://localhost:8001'),
  POSTGRES_HOST: setting.text().default('localhost'),
  POSTGRES_PORT: setting.port().default(5432),
  POSTGRES_DB: setting.text().default('sendflowr'),
  POSTGRES_USER: setting.text().default('sendflowr'),
  POSTGRES_PASSWORD: setting.secret().default(new Secret('')),
  /** Key of the hashes of identifiers; empty: plain SHA-256. */
  IDENTITY_PEPPER: setting.secret().default(new Secret('')),
});
