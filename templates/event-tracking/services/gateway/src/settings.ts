/** What the program reads from its environment; users find the same variables in stack.yaml. */
import { Secret, setting, settingsSchema } from 'stackctl/service-kit';

const milliseconds = () => setting.integer({ min: 1, max: 600_000 });

export const settings = settingsSchema(3000, {
  /** Folder of the file `upstreams`; rendered by stackctl. */
  STACKCTL_CONFIG: setting.text().default('.'),
  UPSTREAM_HEALTH_PATH: setting.text().default('/health'),
  UPSTREAM_CHECK_MS: milliseconds().default(500),
  UPSTREAM_CHECK_TIMEOUT_MS: milliseconds().default(800),
  CONNECT_TIMEOUT_MS: milliseconds().default(1000),
  IDLE_TIMEOUT_MS: milliseconds().default(30_000),
  /** As much as the event API takes, so that it is the gateway that refuses more. */
  MAX_BODY_BYTES: setting.integer({ min: 0, max: 10_737_418_240 }).default(1_048_576),
  MAX_CONNECTIONS: setting.integer({ min: 1, max: 1_000_000 }).default(2000),
  /** Who has it may record what comes; empty: nobody may. */
  RECORDING_KEY: setting.secret().default(new Secret('')),
});
