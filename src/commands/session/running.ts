/** What verbs that talk to servers must know first: whether the servers are there, and whether they are this project's. */
import { StackctlError } from '../../errors.ts';
import { checkStack } from '../../health/check.ts';
import type { Service, Stack } from '../../stack/contract/model.ts';
import type { ObservedInstance } from '../../stack/contract/runtime.ts';
import { withObservedAddresses } from '../../stack/derived/observed-addresses.ts';
import { isPresent } from '../../stack/derived/present.ts';
import type { OpenSession } from './session.ts';

/**
 * The stack with the instances that are there: at the address of one that is not there, a server of another program may answer.
 * Paused and restarting ones keep their address.
 */
export async function presentStack({ stack, runtime }: OpenSession): Promise<Stack> {
  return keepPresent(stack, await runtime.observe());
}

function keepPresent(stack: Stack, observed: readonly ObservedInstance[]): Stack {
  const present = new Set(observed.filter(isPresent).map(({ name }) => name));
  const services = withObservedAddresses(stack, observed).services.map((service) => ({
    ...service,
    instances: service.instances.filter(({ name }) => present.has(name)),
  }));
  return { ...stack, services };
}

/** @throws E_NOT_RUNNING when one of the services has no instance in `stack`. */
export function requirePresent(stack: Stack, names: readonly string[]): void {
  const absent = names.filter(
    (name) => stack.services.find((service) => service.name === name)?.instances.length === 0,
  );
  if (absent.length === 0) return;
  const verb = absent.length === 1 ? 'is' : 'are';
  throw new StackctlError('E_NOT_RUNNING', `${absent.join(', ')} ${verb} not running`, {
    hint: 'stackctl up',
    details: { services: absent },
  });
}

/** The stack with the instances that are there. @throws E_NOT_RUNNING, E_UNHEALTHY for the services and those that they need. */
export async function requireReady(session: OpenSession, names: readonly string[]): Promise<Stack> {
  const observed = await session.runtime.observe();
  const stack = keepPresent(session.stack, observed);
  const involved = withNeeded(stack, names);
  requirePresent(stack, involved);
  const services = stack.services.filter(({ name }) => involved.includes(name));
  const { instances } = await checkStack({ ...session, stack: { ...stack, services } }, observed, session.signal);
  const unhealthy = services.filter(({ name }) =>
    instances.every(({ service, health }) => service.name !== name || health !== 'healthy'),
  );
  if (unhealthy.length === 0) return stack;
  const reasons = instances
    .filter(({ service }) => unhealthy.some(({ name }) => name === service.name))
    .map(({ instance, health, reasons: why }) => `${instance.name}: ${why.length === 0 ? health : why.join('; ')}`);
  throw new StackctlError('E_UNHEALTHY', `${unhealthy.map(({ name }) => name).join(', ')} not healthy`, {
    hint: 'stackctl status',
    details: { reasons },
  });
}

/** A service behind another one, or that only watches another one, is nothing without it. */
function withNeeded(stack: Stack, names: readonly string[]): readonly string[] {
  const needs = ({ through, monitors }: Service): readonly string[] =>
    [through, monitors].filter((name) => name !== undefined);
  const services = stack.services.filter(({ name }) => names.includes(name));
  return [...new Set([...names, ...services.flatMap(needs)])];
}
