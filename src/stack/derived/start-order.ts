import type { Service, Stack } from '../contract/model.ts';
import { inDependencyOrder } from './graph.ts';

/** What a service depends on comes before it; otherwise the order of the stack's services holds. Pure. */
export function inStartOrder<T extends { readonly service: Service }>(
  { services }: Pick<Stack, 'services'>,
  items: readonly T[],
): readonly T[] {
  const order = inDependencyOrder(new Map(services.map(({ name, dependsOn }) => [name, dependsOn])));
  const at = new Map(order.map((name, index) => [name, index]));
  return items.toSorted((a, b) => (at.get(a.service.name) ?? 0) - (at.get(b.service.name) ?? 0));
}
