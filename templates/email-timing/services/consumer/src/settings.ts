/** What the consumer reads from its environment; stack.yaml declares every variable. */

import { Secret, setting, settingsSchema } from 'stackctl/service-kit';

export const settings = settingsSchema(5216, {
  /** Comma separated. */
  Kafka__BootstrapServers: setting.text().default('localhost:9092'),
  Kafka__Topic: setting.text().default('email-events'),
  Kafka__GroupId: setting.text().default('email-events-consumer'),
  /** Milliseconds for which the broker collects messages before it answers. */
  Kafka__LingerMs: setting.integer({ min: 1, max: 10_000 }).default(200),
  /** Silence in milliseconds after which the group gives this consumer's partitions to others. */
  Kafka__SessionTimeoutMs: setting.integer({ min: 1000, max: 300_000 }).default(6000),
  ClickHouse__Host: setting.text().default('localhost'),
  /** Of the HTTP interface. */
  ClickHouse__Port: setting.port().default(8123),
  ClickHouse__Database: setting.text().default('sendflowr'),
  ClickHouse__User: setting.text().default('default'),
  ClickHouse__Password: setting.secret().default(new Secret('')),
  /** Milliseconds between insert and commit, for tests of a crash in between. */
  CONSUMER_COMMIT_DELAY_MS: setting.integer({ min: 0, max: 60_000 }).default(0),
});
