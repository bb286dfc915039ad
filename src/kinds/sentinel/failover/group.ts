import type { RedisTarget } from '../../../clients/redis/connect.ts';
import type { FailoverInput } from '../../../stack/contract/failover.ts';
import { formatAddress, type Instance, type Service } from '../../../stack/contract/model.ts';
import { passwordOrNone } from '../../_shared/redis/config-text.ts';
import { monitoredService } from '../monitored.ts';
import type { SentinelOptions } from '../options.ts';

/** Name under which the Sentinels know the master. */
export function groupName(input: FailoverInput): string {
  return optionsOf(input).masterName;
}

/** The capability is only ever called with a service of this kind, whose schema parsed the options. */
export function optionsOf({ service }: FailoverInput): SentinelOptions {
  return (service as Service<SentinelOptions>).options;
}

/** The monitored redis instances. */
export function members(input: FailoverInput): readonly Instance[] {
  return monitoredService(input).instances;
}

/** The member that Sentinels name by this peer address (`host:port`). */
export function memberAt(input: FailoverInput, address: string): Instance | undefined {
  return members(input).find(({ peer }) => formatAddress(peer) === address);
}

/** How the host reaches a Sentinel. */
export function sentinelTarget(input: FailoverInput, instance: Instance, timeoutMs: number): RedisTarget {
  return { address: instance.client, password: passwordOrNone(optionsOf(input).password), timeoutMs };
}

/** How the host reaches a monitored redis. */
export function memberTarget(input: FailoverInput, instance: Instance, timeoutMs: number): RedisTarget {
  const service = monitoredService(input);
  const password = service.kind.replicated?.password({ stack: input.stack, service });
  return { address: instance.client, password, timeoutMs };
}
