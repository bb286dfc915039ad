import { createApp, type Log, type ReadinessCheck, type Stoppable, serve } from 'stackctl/service-kit';
import { type Consumer, startConsumer } from './consumer.ts';
import type { IngesterSettings } from './settings.ts';
import { type EventStream, openStream } from './stream.ts';
import { type EventTable, openTable } from './table.ts';

/** Milliseconds, at most, between two checks for what other consumers left behind. */
const LONGEST_CLAIM_MS = 5000;

/** Starts the ingester under this name in the consumer group. Returns its parts in the order in which they have to stop. */
export async function startIngester(settings: IngesterSettings, log: Log, name: string): Promise<readonly Stoppable[]> {
  const stream = openStream(settings, name);
  const table = openTable(settings, log);
  const claimEveryMs = Math.min(settings.CLAIM_IDLE_MS / 2, LONGEST_CLAIM_MS);
  const clock = { now: () => new Date(), random: Math.random };
  const consumer = startConsumer({ stream, table, log, claimEveryMs, ...clock });
  const app = createApp({ log, checks: checksOf(stream, table, consumer) });
  app.get('/stats', async (context) => context.json(await stats({ settings, name, stream, consumer })));
  const server = await serve(app, { host: settings.HOST, port: settings.PORT, log });
  return [
    { name: 'consumer', stop: () => consumer.stop() },
    server,
    { name: 'postgresql', stop: () => table.close() },
    { name: 'redis', stop: async () => stream.close() },
  ];
}

/** The stores may answer while nothing can be stored: a full disk, a renamed column. */
function checksOf(stream: EventStream, table: EventTable, consumer: Consumer): readonly ReadinessCheck[] {
  const quietly = (check: () => Promise<void>) => async () => {
    await check();
    return undefined;
  };
  return [
    { name: 'redis-connection', check: quietly(() => stream.ping()) },
    { name: 'timescaledb-table', check: quietly(() => table.check()) },
    {
      name: 'storing',
      check: async () => {
        const failure = consumer.lastFailure();
        if (failure !== undefined) throw new Error(failure);
        return undefined;
      },
    },
  ];
}

interface StatsInput {
  readonly settings: IngesterSettings;
  readonly name: string;
  readonly stream: EventStream;
  readonly consumer: Consumer;
}

/** What this program has done, and how far the whole group is; `group` is null while Redis does not answer. */
async function stats({ settings, name, stream, consumer }: StatsInput): Promise<Readonly<Record<string, unknown>>> {
  return {
    stream: settings.STREAM,
    consumer: name,
    ...consumer.counters(),
    lastFailure: consumer.lastFailure() ?? null,
    group: await stream.state().then(
      (state) => ({ name: settings.GROUP, ...state }),
      () => null,
    ),
  };
}
