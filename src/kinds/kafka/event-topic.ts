/** Whether the topic of a traffic profile is there. Asked before anything is sent. */
import { describeCluster } from '../../clients/kafka/cluster.ts';
import { type Ask, type KafkaTarget, withKafka } from '../../clients/kafka/connect.ts';
import { failureText } from '../../clients/kafka/failure.ts';
import { brokerConfig } from '../../clients/kafka/topics.ts';
import { whichAreThere } from '../../stack/source/near-names.ts';
import type { Mistake } from '../../stack/source/zod-problems.ts';

/** A topic that the broker makes when it is asked for need not be there yet. @throws an error in words. */
export async function checkTopic(target: KafkaTarget, topic: string): Promise<readonly Mistake[]> {
  try {
    return await withKafka(target, (ask) => missingTopic(ask, topic));
  } catch (error) {
    throw new Error(failureText(error, target.timeoutMs), { cause: error });
  }
}

async function missingTopic(ask: Ask, topic: string): Promise<readonly Mistake[]> {
  const { topics, brokers } = await describeCluster(ask);
  if (topics.some(({ name }) => name === topic)) return [];
  const [broker] = brokers;
  const makes = broker !== undefined && (await brokerConfig(ask, broker, 'auto.create.topics.enable')) === 'true';
  if (makes) return [];
  const there = topics.filter(({ internal }) => !internal).map(({ name }) => name);
  const message = `there is no topic ${topic}, and the broker makes none by itself: ${whichAreThere(topic, there)}`;
  return [{ path: ['topic'], part: 'value', message }];
}

/** Whether events have the field that is to be the key. Pure. @param fields of their bodies. */
export function checkKey(key: string | undefined, fields: readonly string[]): readonly Mistake[] {
  if (key === undefined || fields.includes(key)) return [];
  const message = `no event has a field ${key} in its body: ${whichAreThere(key, fields)}`;
  return [{ path: ['key'], part: 'value', message }];
}
