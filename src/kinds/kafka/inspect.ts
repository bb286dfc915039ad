import { listTopics, type TopicView } from '../../clients/kafka/cluster.ts';
import { type Ask, withKafka } from '../../clients/kafka/connect.ts';
import { failureText } from '../../clients/kafka/failure.ts';
import {
  describeGroups,
  type GroupView,
  listOffsets,
  type OffsetTable,
  partitionKey,
} from '../../clients/kafka/offsets.ts';
import { StackctlError } from '../../errors.ts';
import type { InspectCell, InspectResult } from '../../stack/contract/inspect.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type { KafkaOptions } from './options.ts';

const VIEW_TIMEOUT_MS = 5000;

export type KafkaView = 'topics' | 'groups';

type Row = readonly InspectCell[];

/** Reads one view. @throws E_NOT_RUNNING when the broker does not answer. */
export function read(view: KafkaView, input: ServiceInput<KafkaOptions>, signal: AbortSignal): Promise<InspectResult> {
  return asking(input, VIEWS[view], signal);
}

type Read = (ask: Ask, topics: readonly TopicView[]) => Promise<InspectResult>;

const VIEWS: Readonly<Record<KafkaView, Read>> = {
  topics: async (ask, all) => {
    const [earliest, latest] = [await listOffsets(ask, all, 'earliest'), await listOffsets(ask, all, 'latest')];
    return {
      columns: ['topic', 'partition', 'leader', 'replicas', 'inSync', 'earliestOffset', 'latestOffset'],
      rows: topicRows(all, earliest, latest),
    };
  },
  groups: async (ask, all) => {
    const found = await describeGroups(ask, all);
    return {
      columns: ['group', 'topic', 'partition', 'state', 'committedOffset', 'latestOffset', 'lag'],
      // After the commits, so that no lag is below zero.
      rows: groupRows(found, all, await listOffsets(ask, all, 'latest')),
    };
  },
};

/** Reads with the topics of applications; the broker's own topics are left out. */
async function asking({ service }: ServiceInput<KafkaOptions>, use: Read, signal: AbortSignal): Promise<InspectResult> {
  const [instance] = service.instances;
  if (instance === undefined) throw new Error(`service ${service.name} has no instances`);
  try {
    return await withKafka({ address: instance.client, timeoutMs: VIEW_TIMEOUT_MS, signal }, async (ask) => {
      const topics = await listTopics(ask);
      return use(
        ask,
        topics.filter(({ internal }) => !internal),
      );
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new StackctlError(
      'E_NOT_RUNNING',
      `${instance.name} does not answer: ${failureText(error, VIEW_TIMEOUT_MS)}`,
      {
        hint: `Run \`stackctl status\` and \`stackctl logs ${instance.name}\`.`,
        cause: error,
      },
    );
  }
}

function topicRows(all: readonly TopicView[], earliest: OffsetTable, latest: OffsetTable): readonly Row[] {
  return all.flatMap(({ name, partitions }) =>
    partitions.map(({ partition, leader, replicas, inSync }) => {
      const key = partitionKey(name, partition);
      return [
        ...[name, partition, leader ?? null, replicas.length, inSync.length],
        ...[cell(earliest.get(key)), cell(latest.get(key))],
      ];
    }),
  );
}

/** One row for each partition with an offset that the group has committed; a group without any has one empty row. */
function groupRows(found: readonly GroupView[], all: readonly TopicView[], latest: OffsetTable): readonly Row[] {
  return found.flatMap(({ name, state, committed }) => {
    const rows = all.flatMap((topic) =>
      topic.partitions.flatMap(({ partition }): readonly Row[] => {
        const key = partitionKey(topic.name, partition);
        const [at, end] = [committed.get(key), latest.get(key)];
        if (at === undefined) return [];
        const lag = end === undefined ? null : cell(end > at ? end - at : 0n);
        return [[name, topic.name, partition, state, cell(at), cell(end), lag]];
      }),
    );
    return rows.length === 0 ? [[name, null, null, state, null, null, null]] : rows;
  });
}

/** Offsets are 64 bit, and counts in the output are numbers: exact up to 2^53. */
function cell(offset: bigint | undefined): InspectCell {
  return offset === undefined ? null : Number(offset);
}
