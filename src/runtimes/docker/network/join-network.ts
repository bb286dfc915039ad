import { StackctlError } from '../../../errors.ts';
import type { ComposeNetwork, JoinInput } from '../../../stack/contract/compose-network.ts';
import type { Network } from '../../../stack/contract/model.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { pickPart, rangeForStrangers } from '../../../stack/ports/shared-subnet.ts';
import { containersOnNetwork, describe } from '../containers/foreign.ts';
import type { Engine } from '../engine/engine.ts';
import { findEngine } from '../engine/find-engine.ts';
import { engineMessage, whileEngineAnswers } from '../engine/guard.ts';
import type { AddressRange, ListedNetwork } from '../engine/objects.ts';
import { makeAgain } from './make-again.ts';

/** Labels that Compose writes on its networks. */
const COMPOSE = { project: 'com.docker.compose.project', network: 'com.docker.compose.network' } as const;

/**
 * See `RuntimeModule.joinNetwork`. The Engine takes fixed addresses only in a subnet that was asked for, and gives every
 * address to anybody unless it has a range of its own to choose from; Compose asks for neither.
 * @throws E_ENGINE_MISSING, E_START_FAILED
 */
export async function joinNetwork(env: RuntimeInput['env'], wanted: JoinInput): Promise<Network | undefined> {
  const engine = await findEngine(env);
  try {
    return await whileEngineAnswers(engine, () => join(engine, wanted));
  } finally {
    engine.close();
  }
}

async function join(engine: Engine, { kept, others, ...wanted }: JoinInput): Promise<Network | undefined> {
  const network = await findNetwork(engine, wanted);
  if (network === undefined) return undefined;
  const { Name: name } = network;
  const range = addressesOf(network);
  const subnet = range?.Subnet ?? '';
  const strangers = range?.IPRange || (await openRange(engine, network, subnet));
  const taken = others.filter((other) => other.name === name).map((other) => other.subnet);
  const before = kept?.external === true && kept.name === name ? kept.subnet : undefined;
  const part = pickPart(subnet, strangers, { kept: before, taken });
  if (part !== undefined) return { name, subnet: part, external: true };
  throw new StackctlError(
    'E_START_FAILED',
    `the network ${name} (${subnet}, of which ${strangers} for everybody) has no /24 left for this project`,
    { hint: larger(keyOf(network) || name), details: { network: name, subnet, range: strangers, taken } },
  );
}

/** Undefined: none is named, and there is none. */
async function findNetwork(engine: Engine, { project, network }: ComposeNetwork): Promise<ListedNetwork | undefined> {
  const all = await engine.reader.listNetworks();
  const ofProject = all.filter(({ Labels }) => Labels?.[COMPOSE.project] === project);
  const wanted = network ?? 'default';
  const named = ofProject.find((one) => keyOf(one) === wanted);
  const found =
    network === undefined
      ? (named ?? (ofProject.length === 1 ? ofProject[0] : undefined))
      : (named ?? all.find(({ Name }) => Name === network));
  if (found !== undefined || (network === undefined && ofProject.length === 0)) return found;
  const keys = ofProject.map(keyOf).sort();
  const has = keys.length === 0 ? 'it has none now' : `it has: ${keys.join(', ')}`;
  throw new StackctlError('E_START_FAILED', `the Compose project ${project} has no network "${wanted}" (${has})`, {
    hint: 'Compose makes a network only for services that are in it: start the service together with one that depends on it, or name their network under options, e.g. `network: backend`.',
    details: { project, network: wanted, networks: keys },
  });
}

function keyOf({ Labels }: ListedNetwork): string {
  return Labels?.[COMPOSE.network] ?? '';
}

function addressesOf({ IPAM }: ListedNetwork): AddressRange | undefined {
  return (IPAM.Config ?? []).find(({ Subnet }) => Subnet !== undefined && !Subnet.includes(':'));
}

/** Makes the network again with a range for everybody. @returns that range. */
async function openRange(engine: Engine, network: ListedNetwork, subnet: string): Promise<string> {
  const { Name: name, Labels } = network;
  const range = rangeForStrangers(subnet);
  const key = keyOf(network);
  const project = Labels?.[COMPOSE.project] ?? '';
  if (range === undefined) {
    throw new StackctlError(
      'E_START_FAILED',
      `the network ${name} (${subnet || 'without IPv4'}) is smaller than a /24`,
      {
        hint: larger(key || name),
        details: { network: name, subnet },
      },
    );
  }
  if (key === '') {
    throw new StackctlError('E_START_FAILED', `the network ${name} gives out all of its addresses`, {
      hint: `The servers need fixed ones. Make it with a range for everybody else: docker network create --subnet ${subnet} --ip-range ${range} ${name}`,
      details: { network: name, subnet },
    });
  }
  const users = await containersOnNetwork(engine, network.Id);
  if (users.length > 0) throw inUse(name, users.map(describe), project);
  try {
    await makeAgain(engine, network.Id, { subnet, range });
  } catch (error) {
    if (error instanceof StackctlError) throw error;
    throw new StackctlError('E_START_FAILED', `the network ${name} could not be made again: ${engineMessage(error)}`, {
      hint: `docker compose -p ${project} down, then docker compose up`,
      cause: error,
    });
  }
  return range;
}

function inUse(name: string, users: readonly string[], project: string): StackctlError {
  return new StackctlError(
    'E_START_FAILED',
    `the network ${name} was made without fixed addresses and is in use: ${users.join(', ')}`,
    {
      hint: `Once, before the first start of the stack: docker compose -p ${project} down, then docker compose up.`,
      details: { network: name, containers: users },
    },
  );
}

function larger(network: string): string {
  return `Give it more addresses in compose.yaml, e.g. networks: {${network}: {ipam: {config: [{subnet: 172.28.0.0/16}]}}}, then docker compose down and up.`;
}
