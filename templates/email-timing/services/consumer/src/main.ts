import process from 'node:process';
import { createApp, runService, serve } from 'stackctl/service-kit';
import { joinGroup } from 'stackctl/service-kit/kafka';
import { insertState, kafkaState } from './checks.ts';
import { openPipeline } from './pipeline.ts';
import { settings } from './settings.ts';
import { openEventStore } from './store.ts';

const INSERT_MS = 15_000;

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
        { name: 'kafka', check: async () => kafkaState(pipeline.stats(), new Date(), given.CONSUMER_COMMIT_DELAY_MS) },
        {
          name: 'clickhouse',
          check: async (signal) => {
            insertState(pipeline.stats(), new Date());
            await store.check(signal);
            return undefined;
          },
        },
      ],
    });
    app.get('/stats', (context) => context.json(pipeline.stats()));
    const server = await serve(app, { host: given.HOST, port: given.PORT, log });
    void pipeline.run();
    // The pipeline first: it commits the batch in hand and leaves the group, so that the others get the partitions.
    return [
      { name: 'pipeline', stop: () => pipeline.stop() },
      { name: 'clickhouse', stop: () => store.close() },
      server,
    ];
  },
});
