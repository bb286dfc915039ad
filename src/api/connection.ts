import { chosenServices } from '../commands/session/service-environment.ts';
import { defined } from '../lib/defined.ts';
import { Secret } from '../lib/secret.ts';
import { primaryOf, type Stack } from '../stack/contract/model.ts';
import type { Connection } from './call-types.ts';

/** @throws E_INSTANCE_NOT_FOUND */
export function connectionOf(stack: Stack, name: string): Connection {
  const [service] = chosenServices(stack, name);
  if (service === undefined) throw new Error(`no service ${name}`);
  const info = service.kind.connection?.({ stack, service });
  const { client } = primaryOf(stack, service);
  const { url, more, ...reach } = info?.reach ?? { ...client, url: new Secret(`tcp://${client.host}:${client.port}`) };
  const extra = revealed({ ...more, ...defined({ ioredis: info?.clientOptions?.ioredis }) }) as Partial<Connection>;
  return {
    kind: service.kind.name,
    ...revealed(reach),
    ...extra,
    url: url.reveal(),
    instances: service.instances.map((instance) => ({ name: instance.name, ...instance.client })),
  };
}

/** The same with every secret as the text that it is: what a client needs. */
export function revealed<T>(value: T): Revealed<T> {
  if (value instanceof Secret) return value.reveal() as Revealed<T>;
  if (Array.isArray(value)) return value.map(revealed) as Revealed<T>;
  if (typeof value !== 'object' || value === null) return value as Revealed<T>;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revealed(one)])) as Revealed<T>;
}

type Revealed<T> = T extends Secret ? string : T extends object ? { [K in keyof T]: Revealed<T[K]> } : T;
