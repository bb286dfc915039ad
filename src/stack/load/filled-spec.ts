/** Small answers about a loaded stack whose values are known. Pure. */
import { StackctlError } from '../../errors.ts';
import type { Kind } from '../contract/kind.ts';
import type { ResolvedValue, ValueScalar } from '../contract/model.ts';
import { MAX_INSTANCES } from '../derived/addresses.ts';
import type { LoadedStack } from './loaded-stack.ts';
import type { Decisions } from './resolution.ts';
import type { ServiceSpec } from './spec.ts';

export function kindOf(spec: ServiceSpec, { kinds }: LoadedStack): Kind {
  const kind = kinds.get(spec.kind);
  if (kind === undefined) throw new Error(`kind ${spec.kind} was not loaded`);
  return kind;
}

export function valueMap(values: readonly ResolvedValue[]): ReadonlyMap<string, ValueScalar> {
  return new Map(values.map(({ name, value }) => [name, value]));
}

export function countOf(service: string, spec: ServiceSpec, counts: Decisions['counts'] = {}): number {
  const count = counts[service] ?? spec.instances;
  if (count <= MAX_INSTANCES) return count;
  throw new StackctlError('E_SCALE_REFUSED', `${service}=${count}: a service has at most ${MAX_INSTANCES} instances`, {
    hint: `Every instance has an address of its own, and there are ${MAX_INSTANCES} for each service. Choose a smaller number.`,
    details: { service, count, maxInstances: MAX_INSTANCES },
  });
}

export function indexes(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
