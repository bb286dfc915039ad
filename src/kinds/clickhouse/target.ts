import type { ClickhouseTarget } from '../../clients/clickhouse/ask.ts';
import { StackctlError } from '../../errors.ts';
import type { Instance, InstanceInput, ServiceInput } from '../../stack/contract/model.ts';
import type { ClickhouseOptions } from './options.ts';

/** Name of the HTTP port, the main one. */
export const HTTP_PORT = 'http';
export const NATIVE_PORT = 'native';

export function targetOf(
  { service, instance }: InstanceInput<ClickhouseOptions>,
  timeoutMs: number,
): Omit<ClickhouseTarget, 'database'> {
  const { user, password } = service.options;
  return { address: instance.client, user, password, timeoutMs };
}

/** Every statement about the stack's tables goes to the first instance. */
export function serviceTarget(input: ServiceInput<ClickhouseOptions>, timeoutMs: number): ClickhouseTarget {
  const { service } = input;
  return { ...targetOf({ ...input, instance: firstOf(input) }, timeoutMs), database: service.options.database };
}

export function firstOf({ service }: ServiceInput<ClickhouseOptions>): Instance {
  const [first] = service.instances;
  if (first === undefined) throw new StackctlError('E_NOT_RUNNING', `${service.name} has no instances`);
  return first;
}
