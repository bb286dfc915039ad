/** The broker behind the outbox. */
import { ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import type { Transport } from './outbox.ts';

export interface KafkaTarget {
  readonly clientId: string;
  readonly bootstrapServers: readonly string[];
  readonly topic: string;
  readonly timeoutMs: number;
}

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
  return {
    async send(messages) {
      await producer.send({ messages: messages.map(({ key, value }) => ({ topic, key, value })) });
    },
    close: () => producer.close(),
  };
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
