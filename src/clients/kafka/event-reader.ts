/**
 * Finds the events of a traffic run in a topic. Partitions are fetched as the caller says, without a group, a commit or a fetch
 * session: nothing stays behind in the broker.
 */
import { fetchV12, type RecordsBatch } from '@platformatic/kafka';
import { pollFor } from '../../lib/poll.ts';
import { createIdTally, type IdTally } from '../../stack/contract/id-tally.ts';
import { describeTopic } from './cluster.ts';
import type { Ask } from './connect.ts';
import { listOffsets, partitionKey } from './offsets.ts';
import { type PartitionState, readBatches } from './record-ids.ts';
import { topicConfigs } from './topics.ts';

/** How far a topic was read, by partition; one that is not in it is read from its beginning. */
export type TopicState = ReadonlyMap<number, PartitionState>;

export const BEGINNING: TopicState = new Map();

/** Behind every record that is there now; a topic that is not there yet is read from its beginning. */
export async function presentState(ask: Ask, topic: string): Promise<TopicState> {
  const found = await describeTopic(ask, topic);
  if (found === undefined) return BEGINNING;
  const ends = await listOffsets(ask, [found], 'latest');
  return new Map(
    found.partitions.flatMap(({ partition }): [number, PartitionState][] => {
      const place = ends.get(partitionKey(topic, partition));
      return place === undefined ? [] : [[partition, { place, open: new Map() }]];
    }),
  );
}

export interface TopicPart {
  readonly found: IdTally;
  /** The next reading goes on there. */
  readonly state: TopicState;
}

export interface Reading {
  readonly runId: string;
  /** How long a partition may be without a leader before it counts as one that cannot be read, in milliseconds. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/**
 * The events in the records behind a state, up to the present end of every partition.
 * @throws where the topic or a partition cannot be read to its end: a part of it would look like a loss.
 */
export async function eventsBehind(ask: Ask, topic: string, behind: TopicState, reading: Reading): Promise<TopicPart> {
  const { runId, patienceMs, signal } = reading;
  const spans = await pollFor(patienceMs, () => spansOf(ask, topic), { everyMs: ASK_EVERY_MS, signal });
  if (spans === undefined) throw new Error(`the topic ${topic} is not there, or has a partition without a leader`);
  const found = createIdTally(runId);
  const reached = new Map<number, PartitionState>();
  for (const { partition, begin, end } of spans) {
    let state = behind.get(partition) ?? { place: begin, open: new Map() };
    // What retention has removed since is not there.
    if (state.place < begin) state = { ...state, place: begin };
    while (state.place < end) {
      signal.throwIfAborted();
      const part = readBatches(await fetchFrom(ask, topic, { partition, place: state.place, end }), state, runId);
      for (const id of part.ids) found.addAllIn(id);
      // Where no batch is left up to the end: the last ones were compacted away.
      state = part.state.place > state.place ? part.state : { ...state, place: end };
    }
    reached.set(partition, state);
  }
  return { found, state: reached };
}

const ASK_EVERY_MS = 100;

interface Span {
  readonly partition: number;
  /** Offset of the first record that is still there. */
  readonly begin: bigint;
  /** Offset of the next record to come. */
  readonly end: bigint;
}

/** Undefined where not every partition can be asked. */
async function spansOf(ask: Ask, topic: string): Promise<readonly Span[] | undefined> {
  const found = await describeTopic(ask, topic);
  if (found === undefined) return undefined;
  const [begins, ends] = [await listOffsets(ask, [found], 'earliest'), await listOffsets(ask, [found], 'latest')];
  const spans = found.partitions.flatMap(({ partition }): Span[] => {
    const key = partitionKey(topic, partition);
    const [begin, end] = [begins.get(key), ends.get(key)];
    return begin === undefined || end === undefined ? [] : [{ partition, begin, end }];
  });
  return spans.length === found.partitions.length ? spans : undefined;
}

/** Why records that came after a state may be gone by now, in words; undefined: the topic has all of them. */
export async function whyForgotten(ask: Ask, topic: string, since: TopicState): Promise<string | undefined> {
  const configs = await topicConfigs(ask, [{ topic, keys: [POLICY] }]);
  const policy = configs.get(topic)?.get(POLICY)?.value ?? '';
  if (policy.includes('compact')) return `it keeps only the last record of each key (${POLICY}=${policy})`;
  const found = await describeTopic(ask, topic);
  const begins = await listOffsets(ask, found === undefined ? [] : [found], 'earliest');
  const isCut = found?.partitions.some(
    ({ partition }) => (begins.get(partitionKey(topic, partition)) ?? 0n) > (since.get(partition)?.place ?? 0n),
  );
  return isCut ? 'records that came since the run began were deleted, as by its retention' : undefined;
}

const POLICY = 'cleanup.policy';

const FETCH_BYTES = 1024 * 1024;
const READ_UNCOMMITTED = 0;
const UNKNOWN = -1;
/** A fetch of its own, for which the broker remembers nothing. */
const NO_SESSION = { id: 0, epoch: -1 } as const;

/**
 * The next batches of one partition, alone in its request: then an answer has at least one batch, however large, if there is any
 * (https://cwiki.apache.org/confluence/display/KAFKA/KIP-74).
 */
async function fetchFrom(
  ask: Ask,
  topic: string,
  { partition, place, end }: { readonly partition: number; readonly place: bigint; readonly end: bigint },
): Promise<readonly RecordsBatch[]> {
  const wanted = {
    ...{ partition, fetchOffset: place, partitionMaxBytes: FETCH_BYTES },
    ...{ currentLeaderEpoch: UNKNOWN, lastFetchedEpoch: UNKNOWN },
  };
  // Version 12 is the last that calls topics by their names.
  const topics = [{ topicId: topic, partitions: [wanted] }];
  const { id, epoch } = NO_SESSION;
  const answer = await ask(fetchV12.api, 0, 0, FETCH_BYTES, READ_UNCOMMITTED, id, epoch, topics, [], '');
  const found = answer.responses[0]?.partitions[0];
  // A broker that throttles its clients answers with nothing at all.
  if (found === undefined)
    throw new Error(`${partitionKey(topic, partition)} was not read: the broker sent none of it`);
  if (found.highWatermark < end) throw new Error(`${partitionKey(topic, partition)} ends earlier than a moment ago`);
  return found.records ?? [];
}
