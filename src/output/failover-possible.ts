import type { ServiceView } from '../lifecycle/status.ts';
import { paint } from './paint.ts';

/** Facts of a service that fails another one over. */
interface FailoverFacts {
  readonly failoverPossible: boolean;
  readonly failoverObstacles: readonly string[];
  readonly promotable: readonly string[];
}

/** Whether a failover could happen now: a line, with more where the answer is no; none for a service that causes none. */
export function failoverLines({ name, facts }: Pick<ServiceView, 'name' | 'facts'>): readonly string[] {
  const { failoverPossible, failoverObstacles, promotable } = facts as Partial<FailoverFacts>;
  if (failoverPossible === undefined) return [];
  const question = `${paint('bold', name)}: a failover could happen now:`;
  if (failoverPossible) return [`${question} ${paint('green', 'yes')}, to ${(promotable ?? []).join(' or ')}`];
  return [`${question} ${paint('red', 'no')}`, ...(failoverObstacles ?? []).map((why) => `  ${why}`)];
}

/** The facts without those that `failoverLines` shows. */
export function otherFacts(facts: ServiceView['facts']): ServiceView['facts'] {
  const { failoverPossible: _possible, failoverObstacles: _obstacles, promotable: _promotable, ...others } = facts;
  return others;
}
