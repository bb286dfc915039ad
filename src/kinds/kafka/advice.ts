import type { Refusal } from '../../stack/contract/kind.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type { KafkaOptions } from './options.ts';

const ONE_NODE =
  'one node is both broker and controller; with more, the partitions of the topics that exist would have to be moved';

export function refuse(_: KafkaOptions, count: number): readonly Refusal[] {
  return count === 1 ? [] : [{ option: 'instances', text: `must be 1, not ${count}: ${ONE_NODE}` }];
}

export function refuseScale(_: ServiceInput<KafkaOptions>, count: number): readonly string[] {
  return count === 1 ? [] : [ONE_NODE];
}
