import { createTopicsV7, describeConfigsV4, protocolErrorsCodesById, ResponseError } from '@platformatic/kafka';
import type { Ask } from './connect.ts';

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Why a topic was not made, in the broker's words. */
export interface Refused {
  readonly name: string;
  /** E.g. `INVALID_CONFIG`. */
  readonly code: string;
  readonly reason: string;
}

/** Code of an answer that says that there is such a topic. */
const TOPIC_ALREADY_EXISTS = 36;
/** What `resourceType` calls a topic. */
const TOPIC = 2;
const CREATE_TIMEOUT_MS = 5000;

/**
 * Makes topics with one replica each. One that somebody else has made meanwhile is fine.
 * @returns those that the broker refused.
 */
export async function createTopics(ask: Ask, topics: readonly NewTopic[]): Promise<readonly Refused[]> {
  const request = topics.map(({ name, partitions, config }) => ({
    name,
    numPartitions: partitions,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
  }));
  try {
    await ask(createTopicsV7.api, request, CREATE_TIMEOUT_MS, false);
    return [];
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const answers = (error.response as Awaited<ReturnType<typeof createTopicsV7.api.async>>).topics;
    return answers
      .filter(({ errorCode }) => errorCode !== 0 && errorCode !== TOPIC_ALREADY_EXISTS)
      .map(({ name, errorCode, errorMessage }) => {
        const code: string = protocolErrorsCodesById[errorCode] ?? `error ${errorCode}`;
        return { name, code, reason: errorMessage ?? code };
      });
  }
}

/** Topic -> setting -> value that holds for it, of the settings that are asked for. */
export async function topicConfigs(
  ask: Ask,
  wanted: readonly { readonly topic: string; readonly keys: readonly string[] }[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
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
      new Map(configs.map(({ name, value }) => [name, value ?? ''])),
    ]),
  );
}
