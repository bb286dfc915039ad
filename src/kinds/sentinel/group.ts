/** A Sentinel group as a client on the host sees it: its name, and how each server is reached. */
import type { RedisTarget } from '../../clients/redis/target.ts';
import type { Instance, Service, ServiceInput } from '../../stack/contract/model.ts';
import { passwordOrNone } from '../_shared/redis/config-text.ts';
import { monitoredService } from './monitored.ts';
import type { SentinelOptions } from './options.ts';

/** Name under which the Sentinels know the master. */
export function groupName(input: ServiceInput): string {
  return optionsOf(input).masterName;
}

/** Only ever called with a service of this kind, whose schema parsed the options. */
export function optionsOf({ service }: ServiceInput): SentinelOptions {
  return (service as Service<SentinelOptions>).options;
}

/** How the host reaches a Sentinel. */
export function sentinelTarget(input: ServiceInput, instance: Instance, timeoutMs: number): RedisTarget {
  return { address: instance.client, password: passwordOrNone(optionsOf(input).password), timeoutMs };
}

/** How the host reaches a monitored server. */
export function memberTarget(input: ServiceInput, instance: Instance, timeoutMs: number): RedisTarget {
  const service = monitoredService(input);
  const password = service.kind.replicated?.password({ stack: input.stack, service });
  return { address: instance.client, password, timeoutMs };
}

/** The monitored servers. */
export function members(input: ServiceInput): readonly Instance[] {
  return monitoredService(input).instances;
}
