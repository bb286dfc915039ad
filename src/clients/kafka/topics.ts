import {
  createPartitionsV3,
  createTopicsV7,
  describeConfigsV4,
  incrementalAlterConfigsV1,
  protocolErrorsCodesById,
  ResponseError,
} from '@platformatic/kafka';
import type { Ask } from './connect.ts';

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** How the broker reads the value of a setting. `integer`: int, short and long. */
export type SettingType = 'boolean' | 'integer' | 'double' | 'list' | 'text';

export interface TopicSetting {
  readonly value: string;
  readonly type: SettingType;
}

/** Why the broker did not make a topic or would not change it. */
export interface Refused {
  /** Of the topic. */
  readonly name: string;
  /** E.g. `INVALID_CONFIG`. */
  readonly code: string;
  readonly reason: string;
}

/** Error code: the topic exists. */
const TOPIC_ALREADY_EXISTS = 36;
/** `resourceType` of a topic, and of a broker. */
const TOPIC = 2;
const BROKER = 4;
/** `configOperation` that sets a value. */
const SET = 0;
/** `configType` of an answer (DescribeConfigsResponse.ConfigType of Apache Kafka); the others are text. */
const TYPES: Readonly<Record<number, SettingType>> = {
  1: 'boolean',
  3: 'integer',
  4: 'integer',
  5: 'integer',
  6: 'double',
  7: 'list',
};
const CREATE_TIMEOUT_MS = 5000;

/**
 * Makes topics with one replica each. A topic that exists by then is no error.
 * @param only `check`: nothing is made, the broker says what it would refuse.
 * @returns those that the broker refused.
 */
export async function createTopics(ask: Ask, topics: readonly NewTopic[], only?: 'check'): Promise<readonly Refused[]> {
  const request = topics.map(({ name, partitions, config }) => ({
    name,
    numPartitions: partitions,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
  }));
  try {
    await ask(createTopicsV7.api, request, CREATE_TIMEOUT_MS, only === 'check');
    return [];
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const answers = (error.response as Awaited<ReturnType<typeof createTopicsV7.api.async>>).topics;
    return answers
      .filter(({ errorCode }) => errorCode !== 0 && errorCode !== TOPIC_ALREADY_EXISTS)
      .map(({ name, errorCode, errorMessage }) => refusal(name, errorCode, errorMessage));
  }
}

export interface TopicSettings {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Gives topics that exist these settings; their others stay.
 * @param only `check`: nothing is changed, the broker says what it would refuse.
 * @returns those that it refuses.
 */
export async function alterSettings(
  ask: Ask,
  topics: readonly TopicSettings[],
  only?: 'check',
): Promise<readonly Refused[]> {
  if (topics.length === 0) return [];
  const resources = topics.map(({ name, config }) => ({
    resourceType: TOPIC,
    resourceName: name,
    configs: Object.entries(config).map(([key, value]) => ({ name: key, configOperation: SET, value })),
  }));
  try {
    await ask(incrementalAlterConfigsV1.api, resources, only === 'check');
    return [];
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const { responses } = error.response as Awaited<ReturnType<typeof incrementalAlterConfigsV1.api.async>>;
    return responses
      .filter(({ errorCode }) => errorCode !== 0)
      .map(({ resourceName, errorCode, errorMessage }) => refusal(resourceName, errorCode, errorMessage));
  }
}

/**
 * Gives topics more partitions. Records with a key go to other partitions from then on.
 * @param topics each with the number that it shall have.
 * @param only `check`: nothing is changed, the broker says what it would refuse.
 * @returns those that the broker refused.
 */
export async function addPartitions(
  ask: Ask,
  topics: readonly { readonly name: string; readonly partitions: number }[],
  only?: 'check',
): Promise<readonly Refused[]> {
  if (topics.length === 0) return [];
  const request = topics.map(({ name, partitions }) => ({ name, count: partitions }));
  try {
    // The broker chooses where they go for `assignments: null`, which the library's types do not know.
    const places = null as unknown as [];
    await ask(
      createPartitionsV3.api,
      request.map((one) => ({ ...one, assignments: places })),
      CREATE_TIMEOUT_MS,
      only === 'check',
    );
    return [];
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const { results } = error.response as Awaited<ReturnType<typeof createPartitionsV3.api.async>>;
    return results
      .filter(({ errorCode }) => errorCode !== 0)
      .map(({ name, errorCode, errorMessage }) => refusal(name, errorCode, errorMessage));
  }
}

function refusal(name: string, errorCode: number, errorMessage: string | null | undefined): Refused {
  const code: string = protocolErrorsCodesById[errorCode] ?? `error ${errorCode}`;
  return { name, code, reason: errorMessage || code };
}

/** Topic -> setting -> value in force, for the settings asked for. A setting that Kafka does not know is absent. */
export async function topicConfigs(
  ask: Ask,
  wanted: readonly { readonly topic: string; readonly keys: readonly string[] }[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, TopicSetting>>> {
  if (wanted.length === 0) return new Map();
  const resources = wanted.map(({ topic, keys }) => ({
    resourceType: TOPIC,
    resourceName: topic,
    configurationKeys: [...keys],
  }));
  const { results } = await ask(describeConfigsV4.api, resources, false, false);
  return new Map(
    results.map(({ resourceName, configs }) => [
      resourceName,
      new Map(
        configs.map(({ name, value, configType }) => [name, { value: value ?? '', type: TYPES[configType] ?? 'text' }]),
      ),
    ]),
  );
}

/** Value in force of a setting of a broker; undefined: Kafka does not know it. @param broker node id. */
export async function brokerConfig(ask: Ask, broker: number, key: string): Promise<string | undefined> {
  const resource = { resourceType: BROKER, resourceName: String(broker), configurationKeys: [key] };
  const { results } = await ask(describeConfigsV4.api, [resource], false, false);
  return results[0]?.configs.find(({ name }) => name === key)?.value ?? undefined;
}
