import type { Ask } from '../../clients/kafka/connect.ts';
import { alterSettings, createTopics, type Refused, type TopicSettings } from '../../clients/kafka/topics.ts';
import { type ErrorCode, StackctlError } from '../../errors.ts';
import type { TopicPlan } from './plan-topics.ts';

/** Error codes that a second attempt would not change: the declaration itself is wrong. */
const FINAL: ReadonlySet<string> = new Set([
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_PARTITIONS',
  'INVALID_CONFIG',
  'INVALID_REQUEST',
  'POLICY_VIOLATION',
]);

/** What the broker would refuse of a plan. Changes nothing. */
export async function checkPlan(ask: Ask, plan: TopicPlan): Promise<readonly Refused[]> {
  return [
    ...(await alterSettings(ask, differing(plan), 'check')),
    ...(plan.missing.length === 0 ? [] : await createTopics(ask, plan.missing, 'check')),
  ];
}

/** Topics with other settings than declared, and what those should be. `allowed`: only what `migrate up` may change. */
export function differing({ drift }: TopicPlan, only?: 'allowed'): readonly TopicSettings[] {
  const configs = new Map<string, Record<string, string>>();
  for (const { topic, setting, allowed } of drift) {
    if (setting === undefined || (only === 'allowed' && !allowed)) continue;
    configs.set(topic, { ...configs.get(topic), [setting[0]]: setting[1] });
  }
  return [...configs].map(([name, config]) => ({ name, config }));
}

/** @throws an error of this code naming what no other attempt would change. */
export function refuseFinal(refused: readonly Refused[], service: string, code: ErrorCode): void {
  refuseAll(
    refused.filter((one) => FINAL.has(one.code)),
    service,
    code,
  );
}

/** @throws an error of this code when the broker refused anything. */
export function refuseAll(refused: readonly Refused[], service: string, code: ErrorCode): void {
  if (refused.length === 0) return;
  const text = refused.map(({ name, reason }) => `topic ${name}: ${reason}`).join('; ');
  throw new StackctlError(code, `${service} refuses what is declared: ${text}`, {
    hint: `Correct the topics of service ${service} in stack.yaml and run \`stackctl up\` again.`,
    details: { topics: refused },
  });
}
