/** Declared topics against those that are there. Pure. Nothing here deletes or changes one. */
import type { TopicView } from '../../clients/kafka/cluster.ts';
import type { NewTopic } from '../../clients/kafka/topics.ts';
import type { DeclaredTopic } from './options.ts';

/** Topic -> setting -> value that holds. */
export type ConfigTable = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface TopicPlan {
  readonly missing: readonly NewTopic[];
  readonly drift: readonly TopicDrift[];
}

export interface TopicDrift {
  readonly topic: string;
  /** E.g. `topic email-events has 2 partitions, 3 are declared`. */
  readonly text: string;
  /** Words for Kafka's tools that change it; undefined: nothing can. */
  readonly mend: readonly string[] | undefined;
}

/** The drift of a topic of this service with the command that ends it, if there is one. */
export function driftText(service: string, { text, mend }: TopicDrift): string {
  return mend === undefined ? text : `${text} (stackctl cli ${service} ${mend.join(' ')})`;
}

export function planTopics(
  declared: readonly DeclaredTopic[],
  existing: readonly TopicView[],
  configs: ConfigTable,
): TopicPlan {
  const byName = new Map(existing.map((topic) => [topic.name, topic]));
  return {
    missing: declared.filter(({ name }) => !byName.has(name)),
    drift: declared.flatMap((topic) => {
      const found = byName.get(topic.name);
      return found === undefined ? [] : driftOf(topic, found, configs.get(topic.name) ?? new Map());
    }),
  };
}

/** What has to be asked of the broker to compare the settings of these topics. */
export function wantedConfigs(
  declared: readonly DeclaredTopic[],
  existing: readonly TopicView[],
): readonly { readonly topic: string; readonly keys: readonly string[] }[] {
  const names = new Set(existing.map(({ name }) => name));
  return declared
    .map(({ name, config }) => ({ topic: name, keys: Object.keys(config) }))
    .filter(({ topic, keys }) => keys.length > 0 && names.has(topic));
}

function driftOf(
  { name, partitions, config }: DeclaredTopic,
  found: TopicView,
  actual: ReadonlyMap<string, string>,
): readonly TopicDrift[] {
  const has = found.partitions.length;
  const options = (key: string, value: string): readonly string[] => [
    ...['configs', '--alter', '--entity-type', 'topics', '--entity-name', name],
    ...['--add-config', `${key}=${value.includes(',') ? `[${value}]` : value}`],
  ];
  return [
    ...(has === partitions
      ? []
      : [
          {
            topic: name,
            // Fewer would lose records; Kafka has no command for it.
            text: `topic ${name} has ${counted(has)}, ${partitions} ${partitions === 1 ? 'is' : 'are'} declared${
              has < partitions ? '' : `; Kafka takes none away, declare ${has}`
            }`,
            mend:
              has < partitions ? ['topics', '--alter', '--topic', name, '--partitions', `${partitions}`] : undefined,
          },
        ]),
    ...Object.entries(config).flatMap(([key, value]) => {
      const is = actual.get(key);
      if (is === undefined || isSame(is, value)) return [];
      return [{ topic: name, text: `topic ${name}: ${key} is ${is}, declared is ${value}`, mend: options(key, value) }];
    }),
  ];
}

/** The broker writes numbers in its own way: `0.50` comes back as `0.5`. */
function isSame(a: string, b: string): boolean {
  const bothNumbers = [a, b].every((text) => text.trim() !== '' && !Number.isNaN(Number(text)));
  return bothNumbers ? Number(a) === Number(b) : a === b;
}

function counted(partitions: number): string {
  return `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`;
}
