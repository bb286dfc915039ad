/** The broker behind the outbox. */
import { type Connection, GenericError, ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import { RefusedError, type Transport } from './sender.ts';

export interface KafkaTarget {
  readonly clientId: string;
  readonly bootstrapServers: readonly string[];
  readonly topic: string;
  readonly timeoutMs: number;
}

/** Answers of a broker that mean: not these messages, however often they come. Names as in Kafka's protocol. */
const REFUSALS = [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
] as const;

/**
 * Acknowledged by all in-sync replicas. Not idempotent: a request that the library repeats may put an event into the
 * topic twice, which the event's id makes harmless further down, as it does for a webhook that comes twice.
 */
export function connectKafka({ clientId, bootstrapServers, topic, timeoutMs }: KafkaTarget): Transport {
  const producer = new Producer({
    clientId,
    bootstrapBrokers: [...bootstrapServers],
    serializers: stringSerializers,
    acks: ProduceAcks.ALL,
    autocreateTopics: false,
    repeatOnStaleMetadata: true,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    retries: 3,
    retryDelay: 100,
  });
  const connections = new Set<Connection>();
  let abandoned = false;
  producer.on('client:broker:connect', ({ connection }: { connection: Connection }) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
    if (abandoned) connection.socket.destroy();
  });
  return {
    // Instead of `close`: after it, the library meets an answer that comes late with an error of a kind that its own
    // code cannot handle, and the process ends. A connection that breaks is an error that it knows, also when it
    // connects again.
    abandon() {
      abandoned = true;
      for (const { socket } of connections) socket.destroy();
    },
    async send(messages) {
      try {
        await producer.send({ messages: messages.map(({ key, value }) => ({ topic, key, value })) });
      } catch (error) {
        const refusal = refusalOf(error);
        throw refusal === undefined ? error : new RefusedError(refusal, { cause: error });
      }
    },
    close: () => producer.close(),
  };
}

/** The broker's definite answer within what the library throws. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !GenericError.isGenericError(error as GenericError)) return undefined;
  return REFUSALS.find((id) => (error as GenericError).findBy('apiId', id));
}

/** Partitions of the topic. @throws when no broker answers or the topic is not there. */
export async function partitionsOf({ clientId, bootstrapServers, topic, timeoutMs }: KafkaTarget): Promise<number> {
  const { Admin } = await import('@platformatic/kafka');
  const admin = new Admin({
    clientId: `${clientId}-check`,
    bootstrapBrokers: [...bootstrapServers],
    retries: 0,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
  });
  try {
    const metadata = await admin.metadata({ topics: [topic] });
    const partitions = metadata.topics.get(topic)?.partitionsCount ?? 0;
    if (partitions === 0) throw new Error(`topic ${topic} does not exist`);
    return partitions;
  } finally {
    void admin.close().catch(() => undefined);
  }
}
