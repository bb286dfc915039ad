import { listTopics } from '../../clients/kafka/cluster.ts';
import { type Ask, withKafka } from '../../clients/kafka/connect.ts';
import { failureText } from '../../clients/kafka/failure.ts';
import { addPartitions, alterSettings, createTopics, topicConfigs } from '../../clients/kafka/topics.ts';
import { StackctlError } from '../../errors.ts';
import { isTimeout, poll } from '../../lib/poll.ts';
import type { DeclaredCapability, DeclaredItem } from '../../stack/contract/declared.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type { DeclaredTopic, KafkaOptions } from './options.ts';
import { planTopics, type TopicPlan, wantedConfigs } from './plan-topics.ts';
import { checkPlan, differing, refuseAll } from './refuse-topics.ts';
import { itemsOf } from './topic-items.ts';

const ATTEMPT_MS = 8000;

type Input = ServiceInput<KafkaOptions>;

/** The topics that the stack declares, for `migrate`. Topics that it does not declare are nobody's concern here. */
export const declared: Omit<DeclaredCapability<KafkaOptions>, 'names'> = {
  plan: async (input, signal) => {
    const { topics } = input.service.options;
    return asking(input, signal, async (ask) => itemsOf(topics, await readPlan(ask, topics)));
  },
  check: (input, signal) => asking(input, signal, async (ask) => (await checkedPlan(ask, input)).items),
  apply: (input, signal) => asking(input, signal, (ask) => carryOut(ask, input)),
};

/** @throws E_MIGRATION_FAILED with all that the broker would refuse. */
async function checkedPlan(ask: Ask, { service }: Input) {
  const { topics } = service.options;
  const plan = await readPlan(ask, topics);
  const larger = plan.drift.flatMap(({ topic, addTo }) =>
    addTo === undefined ? [] : [{ name: topic, partitions: addTo }],
  );
  const checked = [...(await checkPlan(ask, plan)), ...(await addPartitions(ask, larger, 'check'))];
  refuseAll(checked, service.name, 'E_MIGRATION_FAILED');
  return { plan, larger, items: itemsOf(topics, plan) };
}

async function carryOut(ask: Ask, input: Input): Promise<readonly DeclaredItem[]> {
  // All of it is checked before the first change.
  const { plan, larger, items } = await checkedPlan(ask, input);
  const refused = [
    ...(plan.missing.length === 0 ? [] : await createTopics(ask, plan.missing)),
    ...(await alterSettings(ask, differing(plan, 'allowed'))),
    ...(await addPartitions(ask, larger)),
  ];
  refuseAll(refused, input.service.name, 'E_MIGRATION_FAILED');
  return items;
}

/** How the topics are, and what is declared otherwise. */
export async function readPlan(ask: Ask, topics: readonly DeclaredTopic[]): Promise<TopicPlan> {
  const existing = await listTopics(ask);
  return planTopics(topics, existing, await topicConfigs(ask, wantedConfigs(topics, existing)));
}

/** Tries until the broker answers. @throws E_NOT_READY with its last answer at the signal's deadline; the signal's reason. */
async function asking<T>({ service }: Input, signal: AbortSignal, use: (ask: Ask) => Promise<T>): Promise<T> {
  const [instance] = service.instances;
  if (instance === undefined) throw new StackctlError('E_NOT_RUNNING', `${service.name} has no instances`);
  const target = { address: instance.client, timeoutMs: ATTEMPT_MS, signal };
  let last = 'nothing yet';
  const attempt = async (): Promise<{ readonly value: T } | undefined> => {
    try {
      return { value: await withKafka(target, use) };
    } catch (error) {
      if (error instanceof StackctlError) throw error;
      last = failureText(error, ATTEMPT_MS);
      return undefined;
    }
  };
  try {
    return (await poll(attempt, { everyMs: 100, signal })).value;
  } catch (error) {
    if (!isTimeout(signal.reason)) throw error;
    throw new StackctlError('E_NOT_READY', `${service.name} did not answer; its last answer: ${last}`, {
      hint: `stackctl logs ${service.name}`,
      cause: error,
    });
  }
}
