import { type Ask, type KafkaTarget, withKafka } from '../../clients/kafka/connect.ts';
import { createTopics } from '../../clients/kafka/topics.ts';
import { StackctlError } from '../../errors.ts';
import { poll } from '../../lib/poll.ts';
import type { ProvisionContext } from '../../stack/contract/kind.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import { readPlan } from './declared.ts';
import type { DeclaredTopic, KafkaOptions } from './options.ts';
import { driftText, type TopicPlan } from './plan-topics.ts';
import { checkPlan, refuseFinal } from './refuse-topics.ts';

const ATTEMPT_TIMEOUT_MS = 8000;

/**
 * Makes the declared topics that are missing, and warns of those that differ. Waits for the broker until the signal aborts.
 * @throws E_START_FAILED for a topic or a setting that the broker refuses: then no topic was made; the signal's reason.
 */
export async function provision(
  { service }: ServiceInput<KafkaOptions>,
  { emit, signal }: ProvisionContext,
): Promise<void> {
  const { topics } = service.options;
  const [instance] = service.instances;
  if (topics.length === 0 || instance === undefined) return;
  const target = { address: instance.client, timeoutMs: ATTEMPT_TIMEOUT_MS, signal };
  const { missing, drift } = await poll(() => attempt(target, topics, service.name), { everyMs: 100, signal });
  for (const { name, partitions } of missing) {
    emit({ type: 'note', text: `${service.name}: created topic ${name} (partitions: ${partitions})` });
  }
  for (const topic of drift) {
    emit({ type: 'warning', text: `${service.name}: left as it is: ${driftText(service.name, topic)}` });
  }
}

/** The plan that was carried out; undefined: the broker is not ready yet, try again. */
async function attempt(
  target: KafkaTarget,
  declared: readonly DeclaredTopic[],
  service: string,
): Promise<TopicPlan | undefined> {
  try {
    return await withKafka(target, (ask) => declareTopics(ask, declared, service));
  } catch (error) {
    if (error instanceof StackctlError) throw error;
    return undefined;
  }
}

/** Makes what is missing, after the broker has checked everything that is declared. */
async function declareTopics(
  ask: Ask,
  declared: readonly DeclaredTopic[],
  service: string,
): Promise<TopicPlan | undefined> {
  const plan = await readPlan(ask, declared);
  const checked = await checkPlan(ask, plan);
  refuseFinal(checked, service, 'E_START_FAILED');
  if (checked.length > 0) return undefined;
  if (plan.missing.length === 0) return plan;
  const refused = await createTopics(ask, plan.missing);
  refuseFinal(refused, service, 'E_START_FAILED');
  return refused.length === 0 ? plan : undefined;
}
