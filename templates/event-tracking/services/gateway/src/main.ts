import { createServer } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { listen, runService } from 'stackctl/service-kit';
import { createProxy, createRecorder, ownRoutes, PREFIX, watchUpstreams } from 'stackctl/service-kit/gateway';
import { settings } from './settings.ts';

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
    const recorder = createRecorder(given.RECORDING_KEY.reveal());
    const server = createServer((incoming, outgoing) => {
      if (incoming.url?.startsWith(PREFIX) === true) {
        if (!recorder.answer(incoming, outgoing)) void ownRoutes(incoming, outgoing, watch);
        return;
      }
      recorder.observe({ incoming, outgoing });
      proxy(incoming, outgoing);
    });
    server.maxConnections = given.MAX_CONNECTIONS;
    return [recorder, await listen(server, { host: given.HOST, port: given.PORT, log }), watch];
  },
});
