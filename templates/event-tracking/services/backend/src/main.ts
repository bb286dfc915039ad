import process from 'node:process';
import { createApp, runService, serve } from 'stackctl/service-kit';
import { routes } from './routes.ts';
import { settings } from './settings.ts';
import { memoryStorage } from './storage/memory.ts';
import { redisStorage } from './storage/redis.ts';

await runService(process, {
  name: 'backend',
  settings,
  start: async ({ settings: { HOST, PORT, EVENT_STORAGE, ...given }, log }) => {
    const retentionMs = given.EVENT_RETENTION_S * 1000;
    const storage =
      EVENT_STORAGE === 'redis'
        ? redisStorage({ url: given.REDIS_URL, retentionMs, log })
        : memoryStorage({ retentionMs, maxEvents: given.EVENT_MEMORY_MAX });
    const app = createApp({ log, checks: [{ name: `${storage.name}-storage`, check: () => storage.check() }] });
    app.route('/api/v1', routes({ storage, retentionMs, instance: given.STACKCTL_INSTANCE }));
    const server = await serve(app, { host: HOST, port: PORT, log });
    return [server, { name: 'storage', stop: () => storage.close() }];
  },
});
