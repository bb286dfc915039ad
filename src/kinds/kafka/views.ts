import type { InspectorCapability } from '../../stack/contract/inspect.ts';
import type { KafkaView } from './inspect.ts';
import type { KafkaOptions } from './options.ts';

const SUMMARIES: Readonly<Record<KafkaView, string>> = {
  topics: 'partitions with leader, replicas and offsets',
  groups: 'consumer groups with the lag of each partition',
};

/** The views of a broker. The client library is loaded only when one is read. */
export const inspector: InspectorCapability<KafkaOptions> = {
  views: (Object.keys(SUMMARIES) as KafkaView[]).map((name) => ({
    name,
    summary: SUMMARIES[name],
    read: async (input, signal) => (await import('./inspect.ts')).read(name, input, signal),
  })),
};
