import { ResponseError } from '@platformatic/kafka';
import { pollFor } from '../../lib/poll.ts';
import type { SendOutcome, TrafficSink } from '../../stack/contract/traffic.ts';
import { describeTopic } from './cluster.ts';
import { type Ask, type KafkaConnection, type KafkaTarget, openKafka } from './connect.ts';
import { inRequests, messageOf } from './event-messages.ts';
import { failureText } from './failure.ts';
import { listOffsets } from './offsets.ts';
import { outcomesOf } from './produce-outcome.ts';
import { type Message, type ProduceResponse, produce } from './produce-request.ts';

export interface TopicConnection extends KafkaConnection {
  /** How many the topic has. */
  readonly partitions: number;
}

const ASK_EVERY_MS = 100;

/**
 * A connection to a broker that leads every partition of a topic. Where the broker makes topics that are asked for, it makes this one.
 * @throws what `openKafka` does; when the topic is not there, or not led, for `timeoutMs`.
 */
export async function openTopic(target: KafkaTarget, topic: string): Promise<TopicConnection> {
  const connection = await openKafka(target);
  try {
    const attempt = () => ledPartitions(connection.ask, topic);
    const partitions = await pollFor(target.timeoutMs, attempt, { everyMs: ASK_EVERY_MS });
    if (partitions === undefined)
      throw new Error(`the topic ${topic} is not there, or has a partition without a leader`);
    return { ...connection, partitions };
  } catch (error) {
    connection.end();
    throw error;
  }
}

/** A broker that is named as the leader of a new partition is not ready to be it yet; one that knows the end of it is. */
async function ledPartitions(ask: Ask, topic: string): Promise<number | undefined> {
  const found = await describeTopic(ask, topic, 'orMake');
  if (found === undefined) return undefined;
  const { size } = await listOffsets(ask, [found], 'latest');
  return size === found.partitions.length ? size : undefined;
}

export interface ProduceWriterInput {
  /** For the first events. */
  readonly first: TopicConnection;
  /** For those after it has ended. */
  readonly connect: () => Promise<TopicConnection>;
  readonly topic: string;
  /** Field of the body whose value becomes the key. */
  readonly key: string | undefined;
  /** Deadline of a request, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Writes events as messages, over one connection and over a new one after any doubt. The library's Producer is not for this: it
 * sends again what it has no answer to (`retries`, `repeatOnStaleMetadata`). An idempotent one gives batches that are on their way
 * at once the same numbers: the broker stores the first and acknowledges the others as repetitions of it.
 */
export function createProduceWriter({ first, connect, topic, key, timeoutMs }: ProduceWriterInput): TrafficSink {
  let last: { readonly opening: Promise<TopicConnection>; open?: TopicConnection } | undefined = {
    opening: Promise.resolve(first),
    open: first,
  };

  const connection = (): Promise<TopicConnection> => {
    if (last !== undefined && last.open?.isOpen() !== false) return last.opening;
    const own: NonNullable<typeof last> = { opening: connect() };
    last = own;
    own.opening.then(
      (open) => {
        own.open = open;
      },
      () => {
        if (last === own) last = undefined;
      },
    );
    return own.opening;
  };

  const store = async (open: TopicConnection, messages: readonly Message[]): Promise<readonly SendOutcome[]> => {
    try {
      const answer = await open.ask(produce, topic, messages, timeoutMs, Date.now()).catch(partialAnswer);
      const outcomes = outcomesOf(answer, topic);
      return messages.map(({ partition }) => outcomes.get(partition) ?? NO_WORD);
    } catch (error) {
      const reason = failureText(error, timeoutMs);
      return messages.map(() => ({ type: 'unknown', reason }));
    }
  };

  return {
    send: async (events) => {
      let open: TopicConnection;
      try {
        open = await connection();
      } catch (error) {
        const reason = failureText(error, timeoutMs);
        return events.map(() => ({ type: 'rejected', reason, unreachable: true }));
      }
      const messages = events.map((event) => messageOf(event, key, open.partitions));
      return (await Promise.all(inRequests(messages).map((part) => store(open, part)))).flat();
    },
    close: async () => last?.opening.then((open) => open.end()).catch(() => undefined), // one that never came about has nothing to end
  };
}

const NO_WORD: SendOutcome = { type: 'unknown', reason: 'the answer does not mention the partition' };

/** For one partition that was refused the library rejects, with the whole answer in the error. */
function partialAnswer(error: unknown): ProduceResponse {
  if (error instanceof ResponseError) return error.response as ProduceResponse;
  throw error;
}
