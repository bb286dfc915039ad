import { Secret } from '../../lib/secret.ts';
import { variableName } from '../../lib/variable-name.ts';
import type { Service, Stack } from '../contract/model.ts';

export type Variables = Readonly<Record<string, string | Secret>>;

/**
 * The variables with which a program on this machine reaches each of these services. Where two of them would have one name with
 * different texts (two servers of one kind), the first keeps it, and the other has all of its own with the service's name in front.
 * @param of those of one service; default: the ones that its kind names.
 */
export function clientVariables(
  stack: Stack,
  services: readonly Service[],
  of: (service: Service) => Variables = (service) => service.kind.clientEnv?.({ stack, service }) ?? {},
): readonly { readonly service: Service; readonly variables: Variables }[] {
  const taken = new Map<string, string>();
  return services.map((service) => {
    const own = of(service);
    const isTaken = Object.entries(own).some(([name, value]) => (taken.get(name) ?? textOf(value)) !== textOf(value));
    const variables = isTaken ? withPrefix(service, own) : own;
    for (const [name, value] of Object.entries(variables)) taken.set(name, textOf(value));
    return { service, variables };
  });
}

function withPrefix({ name }: Service, variables: Variables): Variables {
  const prefix = variableName(name);
  return Object.fromEntries(Object.entries(variables).map(([variable, value]) => [`${prefix}_${variable}`, value]));
}

function textOf(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
