import type { InspectorCapability } from '../../stack/contract/inspect.ts';
import type { KafkaOptions } from './options.ts';

const SUMMARIES = {
  topics: 'partitions with leader, replicas and offsets',
  groups: 'consumer groups with the lag of each partition',
} as const;

export type KafkaView = keyof typeof SUMMARIES;

/** What there is to see; the client library is loaded only when something is looked at. */
export const inspector: InspectorCapability<KafkaOptions> = {
  views: (Object.keys(SUMMARIES) as KafkaView[]).map((name) => ({
    name,
    summary: SUMMARIES[name],
    read: async (input, signal) => (await import('./inspect.ts')).read(name, input, signal),
  })),
};
