import { createServer } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { listen } from '../../../../../src/service-kit/listen.ts';
import { runService } from '../../../../../src/service-kit/run.ts';
import { setting, settingsSchema } from '../../../../../src/service-kit/settings.ts';
import { ownRoutes, PREFIX } from './own-routes.ts';
import { createProxy } from './proxy.ts';
import { watchUpstreams } from './watch.ts';

const milliseconds = () => setting.integer({ min: 1, max: 600_000 });

const settings = settingsSchema(3000, {
  /** Folder of the file `upstreams`; rendered by stackctl. */
  STACKCTL_CONFIG: setting.text().default('.'),
  UPSTREAM_HEALTH_PATH: setting.text().default('/health'),
  UPSTREAM_CHECK_MS: milliseconds().default(500),
  UPSTREAM_CHECK_TIMEOUT_MS: milliseconds().default(800),
  CONNECT_TIMEOUT_MS: milliseconds().default(1000),
  IDLE_TIMEOUT_MS: milliseconds().default(30_000),
  MAX_BODY_BYTES: setting.integer({ min: 0, max: 10_737_418_240 }).default(10_485_760),
  MAX_CONNECTIONS: setting.integer({ min: 1, max: 1_000_000 }).default(2000),
});

await runService(process, {
  name: 'gateway',
  settings,
  start: async ({ settings: given, log }) => {
    const watch = await watchUpstreams({
      file: join(given.STACKCTL_CONFIG, 'upstreams'),
      everyMs: given.UPSTREAM_CHECK_MS,
      healthPath: given.UPSTREAM_HEALTH_PATH,
      healthTimeoutMs: given.UPSTREAM_CHECK_TIMEOUT_MS,
      log,
    });
    const proxy = createProxy({
      upstreams: watch.upstreams,
      connectTimeoutMs: given.CONNECT_TIMEOUT_MS,
      idleTimeoutMs: given.IDLE_TIMEOUT_MS,
      maxBodyBytes: given.MAX_BODY_BYTES,
      log,
    });
    const server = createServer((incoming, outgoing) => {
      if (incoming.url?.startsWith(PREFIX) === true) void ownRoutes(incoming, outgoing, watch);
      else proxy(incoming, outgoing);
    });
    server.maxConnections = given.MAX_CONNECTIONS;
    return [await listen(server, { host: given.HOST, port: given.PORT, log }), watch];
  },
});
