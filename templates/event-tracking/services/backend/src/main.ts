import { hostname } from 'node:os';
import process from 'node:process';
import { runService } from '../../../../../src/service-kit/run.ts';
import { createApp, serve } from '../../../../../src/service-kit/server.ts';
import { setting, settingsSchema } from '../../../../../src/service-kit/settings.ts';
import { routes } from './routes.ts';
import { memoryStorage } from './storage/memory.ts';
import { redisStorage } from './storage/redis.ts';

const settings = settingsSchema(3000, {
  EVENT_STORAGE: setting.choice(['redis', 'memory']).default('memory'),
  REDIS_URL: setting.url(['redis:', 'rediss:']).default('redis://localhost:6379'),
  EVENT_RETENTION_S: setting.integer({ min: 1, max: 31_536_000 }).default(86_400),
  EVENT_MEMORY_MAX: setting.integer({ min: 1, max: 10_000_000 }).default(100_000),
  STACKCTL_INSTANCE: setting.text().default(hostname()),
});

await runService(process, {
  name: 'backend',
  settings,
  start: async ({ settings: { HOST, PORT, EVENT_STORAGE, ...given }, log }) => {
    const retentionMs = given.EVENT_RETENTION_S * 1000;
    const storage =
      EVENT_STORAGE === 'redis'
        ? redisStorage({ url: given.REDIS_URL, retentionMs, log })
        : memoryStorage({ retentionMs, maxEvents: given.EVENT_MEMORY_MAX });
    const app = createApp({ log, checks: [{ name: `${storage.name}-storage`, look: () => storage.look() }] });
    app.route('/api/v1', routes({ storage, retentionMs, instance: given.STACKCTL_INSTANCE }));
    const server = await serve(app, { host: HOST, port: PORT, log });
    return [server, { name: 'storage', stop: () => storage.close() }];
  },
});
