import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { Pool } from 'pg';
import { Secret } from '../../../../../src/lib/secret.ts';
import { runService } from '../../../../../src/service-kit/run.ts';
import { createApp, serve } from '../../../../../src/service-kit/server.ts';
import { setting, settingsSchema } from '../../../../../src/service-kit/settings.ts';
import { connectorRoutes } from './app.ts';
import { openIdentityStore } from './identity.ts';
import { connectKafka, partitionsOf } from './kafka.ts';
import { openOutbox } from './outbox.ts';

const CHECK_MS = 700;
const DATABASE_MS = 3000;

const settings = settingsSchema(5215, {
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
      maxWaiting: 50_000,
    });
    const app = createApp({
      log,
      checks: [
        { name: 'kafka', look: async () => `${await partitionsOf({ ...kafka, timeoutMs: CHECK_MS })} partitions` },
        {
          name: 'postgres',
          look: async () => {
            await pool.query('select 1 from identifiers limit 1');
            return undefined;
          },
        },
      ],
    });
    connectorRoutes(app, {
      identities: openIdentityStore(pool),
      outbox,
      pepper: given.IDENTITY_PEPPER.reveal(),
      inferenceUrl: given.InferenceService__Url,
      now: () => new Date(),
      newSeed: () => randomBytes(6).toString('hex'),
      log,
    });
    const server = await serve(app, { host: given.HOST, port: given.PORT, log });
    return [server, { name: 'outbox', stop: () => outbox.close() }, { name: 'postgres', stop: () => pool.end() }];
  },
});
