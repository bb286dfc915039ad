/**
 * Variables of a service's program, and where services are found. `{{redis.host}}` means one thing for the neighbours of
 * an instance and another one for a program that is started by hand on this machine. Pure.
 */

import { Secret } from '../../lib/secret.ts';
import { variableName } from '../../lib/variable-name.ts';
import {
  type Address,
  type EnvironmentVariable,
  formatAddress,
  type Instance,
  type Service,
  type Stack,
  serviceOf,
} from '../contract/model.ts';
import { areReplicas } from './replicas.ts';

/** `peer`: for the instances of the stack; `client`: for a program on this machine. */
export type View = 'peer' | 'client';

export interface AddressPair {
  readonly peer: Address;
  readonly client: Address;
}

/** What may stand behind the name of a service in `{{name.field}}`, besides `port.<name of a port>`. */
export const ADDRESS_FIELDS = ['host', 'port', 'address', 'addresses'] as const;

const ADDRESS_REFERENCE = /\{\{\s*([a-z0-9-]+)\.([A-Za-z0-9.-]+)\s*\}\}/g;

/** The service and the field of `redis.port.tls`; undefined for the name of a value. */
export function addressReference(name: string): { readonly service: string; readonly field: string } | undefined {
  const match = /^([a-z0-9-]+)\.([A-Za-z0-9.-]+)$/.exec(name);
  return match === null ? undefined : { service: match[1] ?? '', field: match[2] ?? '' };
}

/** Where all others reach a service: the first instance, or the service that stands in front of it. */
export function sharedAddress(stack: Stack, service: Service): AddressPair {
  const front = service.through === undefined ? service : serviceOf(stack, service.through);
  const [first] = front.instances;
  if (first === undefined) throw new Error(`service ${front.name} has no instances`);
  return { peer: { host: peerHost(stack, front, first), port: first.peer.port }, client: first.client };
}

/**
 * Whether, on a network of the stack's own, the service's name leads to it: to all instances of a program, to the first
 * one of what the stack declares once. The number of instances has no part in it, so that scaling changes no variables.
 */
export function answersToName({ kind, declaredInstances }: Pick<Service, 'kind' | 'declaredInstances'>): boolean {
  return kind.runsStackPrograms === true || declaredInstances === 1;
}

/**
 * The variables of a service's program, in the order of stack.yaml, behind HOST, PORT and PORT_<NAME>: where it has to listen.
 * A variable that a secret is part of is a secret.
 * @param instance whose port PORT is; undefined: that of the whole service, for a program started by hand.
 */
export function environmentOf(
  stack: Stack,
  service: Service,
  instance: Instance | undefined,
  view: View,
): ReadonlyMap<string, string | Secret> {
  return new Map<string, string | Secret>([
    ...listenVariables(stack, service, instance, view),
    ...service.environment.map((variable): [string, string | Secret] => [
      variable.name,
      filledValue(variable, stack, view),
    ]),
  ]);
}

function filledValue({ value, isLiteral }: EnvironmentVariable, stack: Stack, view: View): string | Secret {
  if (!(value instanceof Secret)) return fillAddresses(String(value), stack, view);
  return isLiteral === true ? value : new Secret(fillAddresses(value.reveal(), stack, view));
}

/** Where a program has to listen: nothing for one that has no port. One with ports of the stack's own also has each by its name. */
function listenVariables(
  stack: Stack,
  service: Service,
  instance: Instance | undefined,
  view: View,
): readonly (readonly [string, string])[] {
  const ports = (instance ?? service.instances[0])?.ports ?? [];
  if (ports.length === 0) return [];
  const port = instance?.ports[0]?.inside ?? sharedAddress(stack, service).client.port;
  return [
    ['HOST', view === 'peer' && isOnNetwork(stack) ? '0.0.0.0' : '127.0.0.1'],
    ['PORT', String(port)],
    ...(service.kind.takesAnyImage === true ? ports : []).map(
      ({ name, inside, host }) => [portVariable(name), String(view === 'peer' ? inside : host)] as const,
    ),
  ];
}

/** `amqp` -> `PORT_AMQP`. */
export function portVariable(name: string): string {
  return `PORT_${variableName(name)}`;
}

/** The text with every `{{service.field}}` replaced. Names were checked when the stack was loaded. */
function fillAddresses(text: string, stack: Stack, view: View): string {
  return text.replaceAll(ADDRESS_REFERENCE, (reference, name: string, field: string) => {
    const service = stack.services.find((candidate) => candidate.name === name);
    // A password may look like a reference.
    return service === undefined ? reference : fieldOf(stack, service, field, view);
  });
}

function fieldOf(stack: Stack, service: Service, field: string, view: View): string {
  const { host, port } = sharedAddress(stack, service)[view];
  switch (field) {
    case 'host':
      return host;
    case 'port':
      return String(port);
    case 'address':
      return `${host}:${port}`;
    case 'addresses':
      return [...new Set(service.instances.map((instance) => instanceAddress(stack, service, instance, view)))].join(
        ',',
      );
    default:
      return String(namedPort(service, field.replace(/^port\./, ''), view));
  }
}

/** Replicas have one name for all of them, and on this machine the service in front of them. */
function instanceAddress(stack: Stack, service: Service, { name, peer, client }: Instance, view: View): string {
  const replicas = areReplicas(stack.runtime, service);
  if (view === 'client') return formatAddress(replicas ? sharedAddress(stack, service).client : client);
  return `${hasNames(stack) && !replicas ? name : peer.host}:${peer.port}`;
}

function namedPort(service: Service, name: string, view: View): number {
  const port = service.instances[0]?.ports.find((candidate) => candidate.name === name);
  if (port === undefined) throw new Error(`service ${service.name} has no port ${name}`);
  return view === 'peer' ? port.inside : port.host;
}

function peerHost(stack: Stack, service: Service, first: Instance): string {
  return hasNames(stack) && answersToName(service) ? service.name : first.peer.host;
}

/** The stack has a network of its own, in which services and instances are found by their names. On that of others a name may be another's. */
function hasNames(stack: Stack): boolean {
  return isOnNetwork(stack) && stack.network?.external !== true;
}

function isOnNetwork({ runtime }: Stack): boolean {
  return runtime.addressing === 'network';
}
