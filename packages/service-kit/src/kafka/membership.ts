/**
 * One membership in the consumer group: fetches from the partitions that the group has given it, and commits.
 *
 * It fetches by itself instead of using the library's stream. A stream keeps messages of partitions that a rebalance
 * has taken away, ends for good after a short outage, and counts offsets differently from every other Kafka tool:
 * here a committed offset is, as Kafka has it, the next one to read.
 */
import { Consumer, GenericError } from '@platformatic/kafka';
import { pause, within } from '../wait.ts';
import { openFetch } from './fetch-answer.ts';
import { type FetchedMessages, fetchMessages, type Source } from './fetch-messages.ts';
import type { FetchOptions } from './messages.ts';
import { startingPositions } from './starting-positions.ts';

export interface MembershipOptions extends FetchOptions {
  readonly clientId: string;
  readonly bootstrapServers: readonly string[];
  readonly groupId: string;
  /** Silence after which the group gives this member's partitions to others; the broker allows 6 s and more. */
  readonly sessionTimeoutMs: number;
}

/** Its positions (`next`) are to be committed after the messages are stored. */
export interface Fetch extends FetchedMessages {
  readonly generation: number;
}

export interface Membership {
  /** The next messages, maybe none. @throws when the membership is over: join again. */
  fetch(): Promise<Fetch>;
  /** False when the partitions were given out again since that fetch: the member that has them now reads the messages. */
  commit(fetch: Fetch): Promise<boolean>;
  /** Aborts when the partitions are given out again: what is being stored may be given up. */
  rebalanced(): AbortSignal;
  partitions(): readonly number[];
  generation(): number;
  /** Leaves the group, so that the others get the partitions at once. */
  leave(): Promise<void>;
}

const HEARTBEAT_MS = 1000;
/** How long the broker may wait for the first message where the last fetch brought none: it answers as soon as there is one. */
const QUIET = { lingerMs: 1000, lingerBytes: 1 };
const REQUEST_MS = 10_000;

/** @throws when no broker answers, or the topic is not there. */
export async function joinGroup(options: MembershipOptions): Promise<Membership> {
  const { topic } = options;
  const consumer = openConsumer(options);
  const standing = watchStanding(consumer);
  const source = { consumer, ask: openFetch(consumer) };
  try {
    await within(REQUEST_MS * 3, 'joining the group', join(consumer, topic));
  } catch (error) {
    void leave(consumer).catch(() => undefined);
    throw error;
  }
  return {
    fetch: () =>
      within(Math.max(options.lingerMs, QUIET.lingerMs) + REQUEST_MS, 'fetching', fetch(source, options, standing)),
    commit: (fetched) => commit(consumer, topic, fetched),
    rebalanced: () => standing.rebalance.signal,
    partitions: () => partitionsOf(consumer, topic),
    generation: () => consumer.generationId,
    leave: () => within(REQUEST_MS, 'leaving the group', leave(consumer)),
  };
}

function openConsumer({ clientId, bootstrapServers, groupId, sessionTimeoutMs }: MembershipOptions): Consumer {
  return new Consumer({
    clientId,
    bootstrapBrokers: [...bootstrapServers],
    groupId,
    autocommit: false,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
    heartbeatInterval: HEARTBEAT_MS,
    timeout: REQUEST_MS,
    retries: 0,
  });
}

/** What the library reports between two fetches. */
interface Standing {
  /** Why the membership is over, or will be. */
  failure?: Error;
  /** Of the partitions as they are given out now; aborted and replaced when they are given out again. */
  rebalance: AbortController;
  /** Partition -> offset of the next message; undefined until the first fetch after a rebalance. */
  positions: Map<number, bigint> | undefined;
  /** The last fetch brought nothing. */
  isQuiet: boolean;
}

function watchStanding(consumer: Consumer): Standing {
  const standing: Standing = { rebalance: new AbortController(), positions: undefined, isQuiet: false };
  consumer.on('error', (error: Error) => {
    standing.failure ??= error;
  });
  // The library stops sending heartbeats after one that failed, so the membership is lost sooner or later.
  consumer.on('consumer:heartbeat:error', ({ error }: { error: Error }) => {
    standing.failure ??= error;
  });
  consumer.on('consumer:group:join', () => {
    standing.positions = undefined;
    standing.rebalance.abort(new Error('the partitions were given out again'));
    standing.rebalance = new AbortController();
  });
  return standing;
}

async function join(consumer: Consumer, topic: string): Promise<void> {
  const metadata = await consumer.metadata({ topics: [topic] });
  if ((metadata.topics.get(topic)?.partitionsCount ?? 0) === 0) throw new Error(`no topic ${topic}`);
  consumer.topics.track(topic);
  await consumer.joinGroup({});
}

async function fetch(source: Source, options: MembershipOptions, standing: Standing): Promise<Fetch> {
  const { consumer } = source;
  if (standing.failure !== undefined) throw standing.failure;
  const generation = consumer.generationId;
  const nothing = { blocks: [], count: 0, next: [], generation, lag: 0 };
  const partitions = partitionsOf(consumer, options.topic);
  if (partitions.length === 0) {
    await pause(options.lingerMs, standing.rebalance.signal);
    return nothing;
  }
  const from = standing.positions ?? (await startingPositions(consumer, options.topic, partitions));
  if (generation === consumer.generationId) standing.positions = from;
  const fetched = await fetchMessages(source, standing.isQuiet ? { ...options, ...QUIET } : options, from);
  standing.isQuiet = fetched.count === 0;
  // The partitions that it was read from may belong to another member by now.
  if (generation !== consumer.generationId) return nothing;
  for (const { partition, offset } of fetched.next) from.set(partition, offset);
  return { ...fetched, generation };
}

async function commit(consumer: Consumer, topic: string, { next, generation }: Fetch): Promise<boolean> {
  if (generation !== consumer.generationId) return false;
  if (next.length === 0) return true;
  const offsets = next.map((position) => ({ topic, ...position }));
  try {
    await within(REQUEST_MS, 'committing', consumer.commit({ offsets }));
    return true;
  } catch (error) {
    if (isRebalance(error)) return false;
    throw error;
  }
}

function partitionsOf(consumer: Consumer, topic: string): readonly number[] {
  return consumer.assignments?.find((assigned) => assigned.topic === topic)?.partitions ?? [];
}

function leave(consumer: Consumer): Promise<void> {
  return new Promise((resolve, reject) => {
    consumer.close(true, (error) => (error ? reject(error) : resolve()));
  });
}

/** The broker refuses a commit of a member that does not know yet that the partitions are given out again. */
function isRebalance(error: unknown): boolean {
  return error instanceof GenericError && Boolean(error.findBy('needsRejoin', true));
}
