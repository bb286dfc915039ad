/** What of a run has to be in a store, and what of that was read back. Pure. */
import { countsOf, type LedgerView } from './ledger.ts';
import type { TrafficPlan } from './operations.ts';
import type { StoreAnswer } from './store-report.ts';

export interface SentRoutes {
  readonly plan: TrafficPlan;
  /** One for each route of the plan. */
  readonly ledgers: readonly LedgerView[];
  readonly answers: readonly StoreAnswer[];
}

/** Acknowledged events that a store had to hold which is proof and was read back. */
export function readBackOf({ ledgers, answers }: SentRoutes): number {
  const proofs = answers.filter(({ guarantee, answer }) => guarantee === 'stored' && answer.type === 'read');
  const routes = new Set(proofs.flatMap((proof) => proof.routes));
  return countsOf(ledgers.filter((_, route) => routes.has(route))).acked;
}

/** What was acknowledged and is in no store that was asked: nobody has seen it. A channel that keeps nothing is one that was asked. */
export function unread({ answers, ledgers, plan }: SentRoutes): readonly string[] {
  const asked = new Set(answers.flatMap(({ routes }) => routes));
  return plan.routes.flatMap(({ operation, sink, hasBody }, route) => {
    const acked = ledgers[route]?.counts.acked ?? 0;
    if (asked.has(route) || acked === 0 || !hasBody) return [];
    const names = `${plan.operations[operation]?.name} to ${plan.sinks[sink]?.name}`;
    return [`no store of the profile has to hold ${acked} acknowledged ones of ${names}`];
  });
}

/** Where no event has a body none has to be stored. */
export function unacknowledged({ ledgers, plan }: SentRoutes): readonly string[] {
  if (countsOf(ledgers).acked === 0) return ['no event was acknowledged'];
  const { asked, acked } = countsOf(ledgers.filter((_, route) => plan.routes[route]?.hasBody));
  return asked > 0 && acked === 0 ? ['no event was acknowledged that a store has to hold'] : [];
}
