/**
 * One membership in the consumer group: fetches from the partitions that it was given and commits what it is told.
 *
 * It fetches by itself instead of using the library's stream. A stream keeps messages of partitions that a rebalance
 * has taken away, ends for good after a short outage, and counts offsets differently from every other Kafka tool:
 * here a committed offset is, as Kafka has it, the next one to read.
 */
import { Consumer, GenericError, ListOffsetTimestamps } from '@platformatic/kafka';
import { within } from '../wait.ts';

export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
}

export interface MembershipOptions {
  readonly clientId: string;
  readonly bootstrapServers: readonly string[];
  readonly groupId: string;
  readonly topic: string;
  /** Silence after which the group gives this member's partitions to others; the broker allows 6 s and more. */
  readonly sessionTimeoutMs: number;
  /** How long the broker collects messages before it answers; this makes the batches. */
  readonly lingerMs: number;
  readonly lingerBytes: number;
}

export interface Fetch {
  readonly messages: readonly Fetched[];
  /** Commit these after the messages are stored. */
  readonly next: readonly Position[];
  readonly generation: number;
  /** Messages in the topic's partitions after this fetch, those of other members not included. */
  readonly lag: number;
}

export interface Position {
  readonly partition: number;
  /** Of the next message to read. */
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

export interface Membership {
  /** The next messages, maybe none. @throws when the membership is over: join again. */
  fetch(): Promise<Fetch>;
  /** False when the partitions were given out anew since that fetch: whoever has them now reads the messages again. */
  commit(fetch: Fetch): Promise<boolean>;
  /** Aborts when the partitions are given out anew: what is being stored may be given up. */
  rebalanced(): AbortSignal;
  partitions(): readonly number[];
  generation(): number;
  /** Leaves the group, so that the others get the partitions at once. */
  leave(): Promise<void>;
}

const HEARTBEAT_MS = 1000;
const MAX_BYTES = 4_194_304;
const REQUEST_MS = 10_000;
/** Bit of a batch that holds marks of transactions instead of messages. */
const CONTROL_BATCH = 0b100000;

/** @throws when no broker answers, or the topic is not there. */
export async function joinGroup(options: MembershipOptions): Promise<Membership> {
  const consumer = new Consumer({
    clientId: options.clientId,
    bootstrapBrokers: [...options.bootstrapServers],
    groupId: options.groupId,
    autocommit: false,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: Math.max(options.sessionTimeoutMs, 10_000),
    heartbeatInterval: HEARTBEAT_MS,
    timeout: REQUEST_MS,
    retries: 0,
  });
  let failure: Error | undefined;
  let rebalance = new AbortController();
  let positions: Map<number, bigint> | undefined;
  consumer.on('error', (error: Error) => {
    failure ??= error;
  });
  // The library stops sending heartbeats after one that failed, so the membership is lost sooner or later.
  consumer.on('consumer:heartbeat:error', ({ error }: { error: Error }) => {
    failure ??= error;
  });
  consumer.on('consumer:group:join', () => {
    positions = undefined;
    rebalance.abort(new Error('the partitions were given out anew'));
    rebalance = new AbortController();
  });

  async function join(): Promise<void> {
    const metadata = await consumer.metadata({ topics: [options.topic] });
    if ((metadata.topics.get(options.topic)?.partitionsCount ?? 0) === 0) throw new Error(`no topic ${options.topic}`);
    consumer.topics.track(options.topic);
    await consumer.joinGroup({});
  }

  function partitions(): readonly number[] {
    return consumer.assignments?.find(({ topic }) => topic === options.topic)?.partitions ?? [];
  }

  async function fetch(): Promise<Fetch> {
    if (failure !== undefined) throw failure;
    const generation = consumer.generationId;
    const mine = partitions();
    if (mine.length === 0) {
      await pause(options.lingerMs, rebalance.signal);
      return { messages: [], next: [], generation, lag: 0 };
    }
    const from = positions ?? (await startingPositions(consumer, options.topic, mine));
    if (generation === consumer.generationId) positions = from;
    const fetched = await fetchOnce(consumer, options, from);
    // Read for partitions that are no longer ours, maybe.
    if (generation !== consumer.generationId) return { messages: [], next: [], generation, lag: 0 };
    for (const { partition, offset } of fetched.next) from.set(partition, offset);
    return { ...fetched, generation };
  }

  try {
    await within(REQUEST_MS * 3, 'joining the group', join());
  } catch (error) {
    void leave(consumer).catch(() => undefined);
    throw error;
  }
  return {
    fetch: () => within(options.lingerMs + REQUEST_MS, 'fetching', fetch()),
    async commit({ next, generation }) {
      if (generation !== consumer.generationId) return false;
      if (next.length === 0) return true;
      const offsets = next.map((position) => ({ topic: options.topic, ...position }));
      try {
        await within(REQUEST_MS, 'committing', consumer.commit({ offsets }));
        return true;
      } catch (error) {
        if (isRebalance(error)) return false;
        throw error;
      }
    },
    rebalanced: () => rebalance.signal,
    partitions,
    generation: () => consumer.generationId,
    leave: () => within(REQUEST_MS, 'leaving the group', leave(consumer)),
  };
}

function leave(consumer: Consumer): Promise<void> {
  return new Promise((resolve, reject) => {
    consumer.close(true, (error) => (error ? reject(error) : resolve()));
  });
}

/** The broker refuses commits of those who have not heard yet that the partitions are given out anew. */
function isRebalance(error: unknown): boolean {
  return error instanceof GenericError && Boolean(error.findBy('needsRejoin', true));
}

/** Where the group is; where it never was, or is no more, the beginning of what the topic still has. */
async function startingPositions(consumer: Consumer, topic: string, partitions: readonly number[]) {
  const topics = [{ topic, partitions: [...partitions] }];
  const [committed, earliest, latest] = await Promise.all([
    consumer.listCommittedOffsets({ topics }),
    consumer.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.EARLIEST }),
    consumer.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.LATEST }),
  ]);
  const at = (offsets: ReadonlyMap<string, readonly bigint[]>, partition: number) => offsets.get(topic)?.[partition];
  return new Map(
    partitions.map((partition) => {
      const start = at(earliest, partition) ?? 0n;
      const offset = at(committed, partition) ?? -1n;
      const end = at(latest, partition) ?? offset;
      return [partition, offset < start || offset > end ? start : offset];
    }),
  );
}

async function fetchOnce(consumer: Consumer, options: MembershipOptions, from: ReadonlyMap<number, bigint>) {
  const metadata = await consumer.metadata({ topics: [options.topic] });
  const topic = metadata.topics.get(options.topic);
  if (topic === undefined) throw new Error(`no topic ${options.topic}`);
  const leaderOf = (partition: number) => topic.partitions[partition]?.leader ?? -1;
  const leaders = [...new Set([...from.keys()].map(leaderOf))];
  const responses = await Promise.all(
    leaders.map((node) => {
      const partitions = [...from].filter(([partition]) => leaderOf(partition) === node);
      return consumer.fetch({
        node,
        minBytes: options.lingerBytes,
        maxBytes: MAX_BYTES,
        maxWaitTime: options.lingerMs,
        topics: [
          {
            topicId: topic.id,
            partitions: partitions.map(([partition, fetchOffset]) => ({
              partition,
              fetchOffset,
              partitionMaxBytes: MAX_BYTES,
              currentLeaderEpoch: -1,
              lastFetchedEpoch: -1,
            })),
          },
        ],
      });
    }),
  );
  const messages: Fetched[] = [];
  const next: Position[] = [];
  let lag = 0n;
  for (const { partitionIndex: partition, highWatermark, records } of responses
    .flatMap((response) => response.responses)
    .flatMap((response) => response.partitions)) {
    const start = from.get(partition) ?? 0n;
    let offset = start;
    for (const batch of records ?? []) {
      offset = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
      if ((batch.attributes & CONTROL_BATCH) !== 0) continue;
      for (const record of batch.records) {
        const own = batch.firstOffset + BigInt(record.offsetDelta);
        // The broker sends whole batches, from before the offset that was asked for.
        if (own < start) continue;
        messages.push({ topic: options.topic, partition, offset: own, key: record.key, value: record.value });
      }
    }
    lag += highWatermark - offset;
    if (offset > start) next.push({ partition, offset, leaderEpoch: topic.partitions[partition]?.leaderEpoch ?? -1 });
  }
  return { messages, next, lag: Number(lag) };
}

/** Milliseconds, or until the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
