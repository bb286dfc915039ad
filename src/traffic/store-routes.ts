/** Whose events a store holds. Pure. */
import { countsOf, type LedgerView } from './ledger.ts';
import type { Events, TrafficPlan } from './operations.ts';
import type { TrafficProfile } from './profile-schema.ts';

type Chosen = Pick<TrafficProfile['stores'][number], 'operations' | 'sinks'>;

/** The routes whose acknowledgements a store has to keep: one for each of its operations. */
export function routesOf(
  store: Chosen,
  { sinks, operations, routes }: TrafficPlan,
): { readonly routes: readonly number[] } | { readonly problem: string } {
  const found: number[] = [];
  for (const [operation, { name }] of operations.entries()) {
    if (store.operations?.includes(name) === false) continue;
    const sent = [...routes.entries()].filter(([, route]) => route.operation === operation);
    const all = sent.filter(([, { hasBody }]) => hasBody);
    if (all.length === 0 && sent.length > 0 && store.operations !== undefined)
      return { problem: `nothing of the operation ${name} is stored: its requests have no body` };
    const own = all.filter(([, { sink }]) => store.sinks?.includes(sinks[sink]?.name ?? '') !== false);
    const [only, other] = own;
    if (only !== undefined && other === undefined) found.push(only[0]);
    else if (other !== undefined) {
      const names = own.map(([, { sink }]) => sinks[sink]?.name);
      return {
        problem: `is sent ${name} by several: say with sinks whose acknowledgements it has to keep, one of ${names.join(', ')}`,
      };
    } else if (store.operations !== undefined)
      return { problem: `the operation ${name} is not sent to ${store.sinks?.join(' or ')}` };
  }
  return { routes: found };
}

/** What became of the events of some routes, each of another operation. @param ledgers one for each route of the plan. */
export function ledgerOf(
  chosen: readonly number[],
  { routes }: TrafficPlan,
  ledgers: readonly LedgerView[],
  { operationOf }: Pick<Events, 'operationOf'>,
): LedgerView {
  const own = chosen.flatMap((index) => ledgers[index] ?? []);
  const [first] = own;
  if (first !== undefined && ledgers.length === 1) return first;
  const byOperation = new Map(chosen.map((index) => [routes[index]?.operation, ledgers[index]]));
  const fateOf: LedgerView['fateOf'] = (sequence) => byOperation.get(operationOf(sequence))?.fateOf(sequence);
  return {
    get counts() {
      return countsOf(own);
    },
    get end() {
      return Math.max(0, ...own.map(({ end }) => end));
    },
    fateOf,
    areAcked: (from, until) => {
      for (let sequence = from; sequence < until; sequence++) if (fateOf(sequence) !== 'acked') return false;
      return true;
    },
    refusals: () => own.flatMap((ledger) => ledger.refusals()),
  };
}
