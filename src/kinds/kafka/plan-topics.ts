/** Compares declared topics with those that exist. Pure. Topics are never deleted. */
import type { TopicView } from '../../clients/kafka/cluster.ts';
import type { TopicSetting } from '../../clients/kafka/topics.ts';
import { shellWord } from '../../lib/quote.ts';
import { lossOf } from './data-loss.ts';
import type { DeclaredTopic } from './options.ts';
import { isSameSetting } from './same-setting.ts';

/** Topic -> setting -> value in force. */
export type ConfigTable = ReadonlyMap<string, ReadonlyMap<string, TopicSetting>>;

export interface TopicPlan {
  readonly missing: readonly DeclaredTopic[];
  readonly drift: readonly TopicDrift[];
}

export interface TopicDrift {
  readonly topic: string;
  /** E.g. `topic email-events has 2 partitions, 3 are declared`. */
  readonly text: string;
  /** E.g. `retention.ms from 60000 to 70000`; undefined: no command makes it. */
  readonly step?: string;
  /** Arguments for Kafka's tools that end the drift; undefined: no command can. */
  readonly fix: readonly string[] | undefined;
  /** The setting that differs and what is declared; undefined for the number of partitions. */
  readonly setting?: readonly [name: string, declared: string];
  /** What the broker deletes when it gets the setting that is declared. */
  readonly loses?: string;
  /** `migrate up` makes it. */
  readonly allowed: boolean;
  /** More partitions are declared than there are, and the declaration allows to add them. */
  readonly addTo?: number;
}

/** The drift of a topic of this service, with the shell command that ends it, if there is one. */
export function driftText(service: string, { text, loses, allowed, fix }: TopicDrift): string {
  const what = loses === undefined ? text : `${text}, which ${loses}`;
  if (allowed) return `${what} (stackctl migrate up)`;
  return fix === undefined ? what : `${what} (stackctl cli ${[service, ...fix].map(shellWord).join(' ')})`;
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

/** The settings that the broker has to be asked for before the topics can be compared. */
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
  { name, partitions, allowPartitionIncrease, allowDataLoss, config }: DeclaredTopic,
  found: TopicView,
  actual: ReadonlyMap<string, TopicSetting>,
): readonly TopicDrift[] {
  const has = found.partitions.length;
  return [
    ...(has === partitions
      ? []
      : [
          {
            topic: name,
            // Fewer partitions would lose records: Kafka has no command for that.
            text: `topic ${name} has ${counted(has)}, ${partitions} ${partitions === 1 ? 'is' : 'are'} declared${
              has < partitions ? '' : `; Kafka takes none away, declare ${has}`
            }`,
            ...(has < partitions && { step: `partitions from ${has} to ${partitions}` }),
            allowed: has < partitions && allowPartitionIncrease,
            ...(has < partitions && allowPartitionIncrease && { addTo: partitions }),
            fix: has < partitions ? ['topics', '--alter', '--topic', name, '--partitions', `${partitions}`] : undefined,
          },
        ]),
    ...Object.entries(config).flatMap(([key, value]) =>
      settingDrift(name, [key, value], { actual: actual.get(key), allowDataLoss }),
    ),
  ];
}

function settingDrift(
  topic: string,
  setting: readonly [string, string],
  { actual, allowDataLoss }: { readonly actual: TopicSetting | undefined; readonly allowDataLoss: boolean },
): readonly TopicDrift[] {
  const [key, declared] = setting;
  if (actual === undefined) {
    const text = `topic ${topic}: Kafka knows no setting ${key} of topics`;
    return [{ topic, text, allowed: false, fix: undefined, setting }];
  }
  if (isSameSetting(actual.type, actual.value, declared)) return [];
  const value =
    actual.type === 'list'
      ? `[${declared
          .trim()
          .split(/\s*,\s*/)
          .join(',')}]`
      : declared.trim();
  const fix = [
    'configs',
    '--alter',
    '--entity-type',
    'topics',
    '--entity-name',
    topic,
    '--add-config',
    `${key}=${value}`,
  ];
  const text = `topic ${topic}: ${key} is ${actual.value}, declared is ${declared}`;
  const step = `${key} from ${actual.value} to ${declared.trim()}`;
  const loses = lossOf(key, actual, declared);
  const allowed = loses === undefined || allowDataLoss;
  return [{ topic, text, step, ...(loses !== undefined && { loses }), allowed, fix, setting }];
}

function counted(partitions: number): string {
  return `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`;
}
