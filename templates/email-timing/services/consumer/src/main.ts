import process from 'node:process';
import { Secret } from '../../../../../src/lib/secret.ts';
import { runService } from '../../../../../src/service-kit/run.ts';
import { createApp, serve } from '../../../../../src/service-kit/server.ts';
import { setting, settingsSchema } from '../../../../../src/service-kit/settings.ts';
import { joinGroup } from './membership.ts';
import { openPipeline, type Stats } from './pipeline.ts';
import { openEventStore } from './store.ts';

const INSERT_MS = 15_000;

const settings = settingsSchema(5216, {
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
  /** Milliseconds between insert and commit: makes room for a test of a crash right there. */
  CONSUMER_COMMIT_DELAY_MS: setting.integer({ min: 0, max: 60_000 }).default(0),
});

await runService(process, {
  name: 'consumer',
  settings,
  async start({ settings: given, log }) {
    const store = openEventStore({
      url: `http://${given.ClickHouse__Host}:${given.ClickHouse__Port}`,
      database: given.ClickHouse__Database,
      user: given.ClickHouse__User,
      password: given.ClickHouse__Password.reveal(),
      timeoutMs: INSERT_MS,
    });
    const pipeline = openPipeline({
      join: () =>
        joinGroup({
          clientId: 'consumer',
          bootstrapServers: given.Kafka__BootstrapServers.split(',').map((server) => server.trim()),
          groupId: given.Kafka__GroupId,
          topic: given.Kafka__Topic,
          sessionTimeoutMs: given.Kafka__SessionTimeoutMs,
          lingerMs: given.Kafka__LingerMs,
          lingerBytes: 262_144,
        }),
      store,
      commitDelayMs: given.CONSUMER_COMMIT_DELAY_MS,
      log,
      now: () => new Date(),
    });
    const app = createApp({
      log,
      checks: [
        { name: 'kafka', look: async () => kafkaState(pipeline.stats(), STALE_MS + given.CONSUMER_COMMIT_DELAY_MS) },
        {
          name: 'clickhouse',
          look: async (signal) => {
            const problem = pipeline.stats().clickhouseProblem;
            if (problem !== null) throw new Error(problem);
            await store.check(signal);
            return undefined;
          },
        },
      ],
    });
    app.get('/stats', (context) => context.json(pipeline.stats()));
    const server = await serve(app, { host: given.HOST, port: given.PORT, log });
    void pipeline.run();
    // The group first: the batch in hand is finished and committed, then the others may have the partitions.
    return [
      { name: 'pipeline', stop: () => pipeline.stop() },
      { name: 'clickhouse', stop: () => store.close() },
      server,
    ];
  },
});

/** A fetch answers within the linger time and little more, so an older one means that the broker stands still. */
const STALE_MS = 3000;

function kafkaState(stats: Stats, staleMs: number): string {
  if (stats.kafkaProblem !== null) throw new Error(stats.kafkaProblem);
  const age = stats.lastFetchAt === null ? 0 : Date.now() - Date.parse(stats.lastFetchAt);
  if (age > staleMs && stats.clickhouseProblem === null) throw new Error(`the last fetch was ${age} ms ago`);
  return `partitions ${stats.partitions.join(', ') || 'none'}, lag ${stats.lag}`;
}
