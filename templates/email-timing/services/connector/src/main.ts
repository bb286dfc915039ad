import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { Pool } from 'pg';
import { createApp, openEndpoint, runService, serve } from 'stackctl/service-kit';
import { connectorRoutes } from './app.ts';
import { identityProblem, isMissingTable, openIdentityStore } from './identity.ts';
import { connectKafka, partitionsOf } from './kafka.ts';
import { openOutbox } from './outbox.ts';
import { settings } from './settings.ts';

const CHECK_MS = 700;
const DATABASE_MS = 3000;

await runService(process, {
  name: 'connector',
  settings,
  async start({ settings: given, log }) {
    const pool = new Pool({
      host: given.POSTGRES_HOST,
      port: given.POSTGRES_PORT,
      database: given.POSTGRES_DB,
      user: given.POSTGRES_USER,
      password: given.POSTGRES_PASSWORD.reveal(),
      max: 8,
      connectionTimeoutMillis: DATABASE_MS,
      query_timeout: DATABASE_MS,
      application_name: 'connector',
    });
    pool.on('error', (error) => log.warn('connection to postgres lost', { error }));
    const kafka = {
      clientId: 'connector',
      bootstrapServers: given.Kafka__BootstrapServers.split(',').map((server) => server.trim()),
      topic: given.Kafka__Topic,
      timeoutMs: given.Kafka__AckTimeoutMs,
    };
    const outbox = openOutbox({
      connect: () => connectKafka(kafka),
      deadlineMs: given.Kafka__AckTimeoutMs,
      maxBatch: 1000,
      maxBytes: 524_288,
      maxWaiting: 50_000,
    });
    const app = createApp({
      log,
      checks: [
        { name: 'kafka', check: async () => `${await partitionsOf({ ...kafka, timeoutMs: CHECK_MS })} partitions` },
        {
          name: 'postgres',
          check: async () => {
            try {
              await pool.query('select 1 from identifiers limit 1');
            } catch (error) {
              throw isMissingTable(error) ? new Error(identityProblem(error)) : error;
            }
            return undefined;
          },
        },
      ],
    });
    connectorRoutes(app, {
      identities: openIdentityStore(pool),
      outbox,
      pepper: given.IDENTITY_PEPPER.reveal(),
      inference: openEndpoint(new URL('/timing/decide', given.InferenceService__Url)),
      now: () => new Date(),
      newSeed: () => randomBytes(6).toString('hex'),
      log,
    });
    const server = await serve(app, { host: given.HOST, port: given.PORT, log });
    return [server, { name: 'outbox', stop: () => outbox.close() }, { name: 'postgres', stop: () => pool.end() }];
  },
});
