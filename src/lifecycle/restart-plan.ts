import { StackctlError } from '../errors.ts';
import type { ObservedInstance } from '../stack/contract/runtime.ts';
import type { RuntimeFacts } from '../stack/contract/runtime-facts.ts';
import type { PortTable, PortWish } from '../stack/ports/ports.ts';
import { wishesFor } from '../stack/ports/wishes.ts';

export interface RestartPlanInput {
  /** Names of the instances that were asked for, in the order of the stack. */
  readonly asked: readonly string[];
  /** Instance name -> hash of its configuration as stack.yaml and the values have it now. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly observed: readonly ObservedInstance[];
  readonly runtime: RuntimeFacts;
  /** Ports that are wished for now, and those that the project was brought up with. */
  readonly portWishes: readonly PortWish[];
  readonly wantedPorts: PortTable;
}

export interface RestartPlan {
  readonly instances: readonly string[];
  /** Those of them whose configuration changed since they were started. */
  readonly changed: readonly string[];
  /** Asked for, but missing: only `up` creates an instance. */
  readonly absent: readonly string[];
  /** Not asked for, and they run with an older configuration; they keep it. */
  readonly outdated: readonly string[];
}

/**
 * What a restart does, before anything is done. Pure.
 * @throws E_NOT_RUNNING when none of what was asked for is there; E_USAGE when one of them would need another port, which
 *   only `up` allocates.
 */
export function restartPlan({ asked, hashes, observed, ...ports }: RestartPlanInput): RestartPlan {
  const existing = new Map(observed.flatMap((one) => (one.state === 'missing' ? [] : [[one.name, one] as const])));
  const [instances, absent] = [asked.filter((name) => existing.has(name)), asked.filter((name) => !existing.has(name))];
  if (instances.length === 0) throw notThere(absent);
  const moved = movedPorts(ports);
  const moving = moved.filter(({ instance }) => instances.includes(instance));
  if (moving.length > 0) throw needsUp(moving);
  const isOutdated = (name: string): boolean => hashes.has(name) && existing.get(name)?.configHash !== hashes.get(name);
  const others = [...existing.keys()].filter((name) => !instances.includes(name));
  return {
    instances,
    changed: instances.filter(isOutdated),
    absent,
    outdated: others.filter((name) => isOutdated(name) || moved.some(({ instance }) => instance === name)),
  };
}

function movedPorts({
  runtime,
  portWishes,
  wantedPorts,
}: Pick<RestartPlanInput, 'runtime' | 'portWishes' | 'wantedPorts'>): readonly PortWish[] {
  return wishesFor(runtime, portWishes).filter(
    ({ instance, name, wanted }) => (wantedPorts[instance]?.[name] ?? wanted) !== wanted,
  );
}

function notThere(names: readonly string[]): StackctlError {
  const [verb, one] = names.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return new StackctlError(
    'E_NOT_RUNNING',
    `${names.join(', ')} ${verb} not there: a restart needs something that runs`,
    {
      hint: `To start ${one}: stackctl up`,
      details: { instances: names },
    },
  );
}

function needsUp(moving: readonly PortWish[]): StackctlError {
  const list = moving.map(({ instance, name, wanted }) => `${instance} shall have the ${name} port ${wanted}`);
  return new StackctlError('E_USAGE', `${list.join(', ')}: a restart keeps every port`, {
    hint: 'Nothing was changed. `stackctl up` moves the port and whoever uses it.',
    details: { ports: moving.map(({ instance, name, wanted }) => ({ instance, name, wanted })) },
  });
}
