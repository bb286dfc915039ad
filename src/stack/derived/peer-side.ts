/** How a program on the network of a stack reaches its services. Pure. */

import type { Secret } from '../../lib/secret.ts';
import { variableName } from '../../lib/variable-name.ts';
import type { Reach } from '../contract/connection.ts';
import { type Address, formatAddress, type Instance, type Service, type Stack } from '../contract/model.ts';

type Variables = Readonly<Record<string, string | Secret>>;

/**
 * Variables with names that say what they hold and not whose it is: HOST, PORT, URL, PASSWORD, SENTINELS. Where several
 * services of the stack have some, the name of the service stands in front. A service whose primary another one tells, or
 * that stands behind another one, has none: its address would change.
 */
export function peerVariables(stack: Stack): Variables {
  const inside = asPeersSeeIt(stack);
  const each = inside.services
    .filter(({ primaryFrom, through }) => primaryFrom === undefined && through === undefined)
    .map((service) => [prefixOf(service), variablesOf(inside, service)] as const)
    .filter(([, variables]) => Object.keys(variables).length > 0);
  if (each.length === 1) return each[0]?.[1] ?? {};
  return Object.fromEntries(
    each.flatMap(([prefix, variables]) =>
      Object.entries(variables).map(([name, value]) => [`${prefix}${name}`, value] as const),
    ),
  );
}

/** The stack in which every address and port of this machine is the one inside. */
function asPeersSeeIt(stack: Stack): Stack {
  const seen = (instance: Instance): Instance => ({
    ...instance,
    client: instance.peer,
    ports: instance.ports.map((port) => ({ ...port, host: port.inside })),
  });
  const services = stack.services.map((service) => ({ ...service, instances: service.instances.map(seen) }));
  return { ...stack, services };
}

function prefixOf({ name }: Service): string {
  return `${variableName(name)}_`;
}

function variablesOf(stack: Stack, service: Service): Variables {
  const { kind } = service;
  // Any number of ports: its variables name each of them.
  const reach = kind.takesAnyImage === true ? undefined : kind.connection?.({ stack, service }).reach;
  if (reach !== undefined) return reachVariables(reach, kind.arbiter !== undefined);
  const prefix = prefixOf(service);
  const own = Object.entries(kind.clientEnv?.({ stack, service }) ?? {});
  return Object.fromEntries(
    own.map(([name, value]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, value]),
  );
}

/** @param isArbiter the address leads to who knows the primary: all of them are among `more`. */
function reachVariables({ more = {}, host, port, url, ...rest }: Reach, isArbiter: boolean): Variables {
  const address = isArbiter ? {} : { host, port, ...(url.reveal().includes('://') && { url }) };
  const all = { ...address, ...rest, ...more };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [fieldVariable(name), valueText(value)]));
}

/** `masterName` -> `MASTER_NAME` */
function fieldVariable(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Lists with commas between, addresses as `host:port`. */
function valueText(value: unknown): string | Secret {
  if (Array.isArray(value)) return value.map((one) => (isAddress(one) ? formatAddress(one) : String(one))).join(',');
  return typeof value === 'object' ? (value as Secret) : String(value);
}

function isAddress(value: unknown): value is Address {
  return typeof value === 'object' && value !== null && 'host' in value && 'port' in value;
}
