import { listTopics } from '../../clients/kafka/cluster.ts';
import { type Ask, type KafkaTarget, withKafka } from '../../clients/kafka/connect.ts';
import { checkSettings, createTopics, type Refused, topicConfigs } from '../../clients/kafka/topics.ts';
import { StackctlError } from '../../errors.ts';
import { poll } from '../../lib/poll.ts';
import type { ProvisionContext } from '../../stack/contract/kind.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type { DeclaredTopic, KafkaOptions } from './options.ts';
import { driftText, planTopics, type TopicPlan, wantedConfigs } from './plan-topics.ts';

const ATTEMPT_TIMEOUT_MS = 8000;

/** Error codes that a second attempt would not change: the declaration itself is wrong. */
const FINAL: ReadonlySet<string> = new Set([
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_PARTITIONS',
  'INVALID_CONFIG',
  'INVALID_REQUEST',
  'POLICY_VIOLATION',
]);

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
  const existing = await listTopics(ask);
  const plan = planTopics(declared, existing, await topicConfigs(ask, wantedConfigs(declared, existing)));
  const checked = [
    ...(await checkSettings(ask, differing(plan))),
    ...(plan.missing.length === 0 ? [] : await createTopics(ask, plan.missing, 'check')),
  ];
  refuseFinal(checked, service);
  if (checked.length > 0) return undefined;
  if (plan.missing.length === 0) return plan;
  const refused = await createTopics(ask, plan.missing);
  refuseFinal(refused, service);
  return refused.length === 0 ? plan : undefined;
}

/** Topics with other settings than declared: the broker is asked whether the declared ones are possible. */
function differing({
  drift,
}: TopicPlan): readonly { readonly name: string; readonly config: Record<string, string> }[] {
  const configs = new Map<string, Record<string, string>>();
  for (const { topic, setting } of drift) {
    if (setting === undefined) continue;
    configs.set(topic, { ...configs.get(topic), [setting[0]]: setting[1] });
  }
  return [...configs].map(([name, config]) => ({ name, config }));
}

function refuseFinal(refused: readonly Refused[], service: string): void {
  const final = refused.filter(({ code }) => FINAL.has(code));
  if (final.length === 0) return;
  const text = final.map(({ name, reason }) => `topic ${name}: ${reason}`).join('; ');
  throw new StackctlError('E_START_FAILED', `${service} refuses what is declared: ${text}`, {
    hint: `Correct the topics of service ${service} in stack.yaml and run \`stackctl up\` again.`,
    details: { topics: final },
  });
}
