/** What the program reads from its environment; users find the same variables in stack.yaml. */
import { hostname } from 'node:os';
import { setting, settingsSchema } from 'stackctl/service-kit';

export const settings = settingsSchema(3000, {
  EVENT_STORAGE: setting.choice(['redis', 'memory']).default('memory'),
  REDIS_URL: setting.url(['redis:', 'rediss:']).default('redis://localhost:6379'),
  EVENT_RETENTION_S: setting.integer({ min: 1, max: 31_536_000 }).default(86_400),
  EVENT_MEMORY_MAX: setting.integer({ min: 1, max: 10_000_000 }).default(100_000),
  STACKCTL_INSTANCE: setting.text().default(hostname()),
});
