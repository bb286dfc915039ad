import process from 'node:process';
import { createApp, pause, runService, serve } from 'stackctl/service-kit';
import { createSdk } from './sdk.ts';
import { settings } from './settings.ts';

const USERS = [
  { id: 1, name: 'Ada' },
  { id: 2, name: 'Grace' },
  { id: 3, name: 'Edsger' },
];

await runService(process, {
  name: 'test-app',
  settings,
  start: async ({ settings: { HOST, PORT, SLOW_MS, SHUTDOWN_TIMEOUT_MS, ...given }, log, stopping }) => {
    const sdk = createSdk({
      url: given.SENTINEL_INGESTION_URL,
      batchSize: given.SENTINEL_BATCH_SIZE,
      flushMs: given.SENTINEL_FLUSH_MS,
      maxBuffered: given.SENTINEL_MAX_BUFFERED,
      timeoutMs: given.SENTINEL_TIMEOUT_MS,
      stopWithinMs: SHUTDOWN_TIMEOUT_MS / 2,
      log,
    });
    const check = async (): Promise<undefined> => {
      const { lastError, buffered } = sdk.stats();
      if (lastError !== null) throw new Error(`${buffered} events wait: ${lastError}`);
    };
    // The application does its work without the event API.
    const app = createApp({ log, checks: [{ name: 'event-ingestion', essential: false, check }] });
    app.get('/api/v1/sdk/stats', (context) => context.json(sdk.stats()));
    app.use('/api/*', sdk.middleware);
    app.get('/api/v1/users', (context) =>
      context.json({ tenantId: context.req.header('x-tenant-id') ?? null, users: USERS }),
    );
    app.get('/api/v1/error', (context) => context.json({ error: { message: 'an error, as asked for' } }, 500));
    app.get('/api/v1/slow', async (context) => {
      // A program that ends does not wait: the answer is what counts.
      await pause(SLOW_MS, stopping);
      return context.json({ sleptMs: SLOW_MS });
    });
    const server = await serve(app, { host: HOST, port: PORT, log });
    return [server, sdk];
  },
});
