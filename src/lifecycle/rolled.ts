import type { Instance, Stack } from '../stack/contract/model.ts';
import type { ObservedInstance } from '../stack/contract/runtime.ts';
import type { PortTable } from '../stack/ports/ports.ts';
import type { Step } from './plan.ts';

export interface RolledInput {
  readonly stack: Stack;
  readonly steps: readonly Step[];
  readonly observed: readonly ObservedInstance[];
  /** Ports before this `up` and with it. */
  readonly portsBefore: PortTable;
  readonly ports: PortTable;
  /** A password or the network changes: who has the new one and who has the old one do not find or let in each other. */
  readonly allAtOnce: boolean;
}

/**
 * Instances that are replaced one after the other, so that their service goes on: those that run, of a service with several
 * that keeps its ports; primaries last. Pure.
 */
export function rolled({ stack, steps, observed, portsBefore, ports, allAtOnce }: RolledInput): readonly string[] {
  if (allAtOnce) return [];
  const running = new Set(observed.filter(({ state }) => state === 'running').map(({ name }) => name));
  const replaced = new Set(steps.flatMap((step) => (step.op !== 'remove' && step.replaces ? [step.instance] : [])));
  const keepsPorts = ({ name }: Instance): boolean =>
    JSON.stringify(portsBefore[name] ?? {}) === JSON.stringify(ports[name] ?? {});
  return stack.services.flatMap(({ name: service, instances }) => {
    const there = instances.filter(({ name }) => running.has(name));
    if (there.length < 2 || !there.every(keepsPorts)) return [];
    const names = there.map(({ name }) => name).filter((name) => replaced.has(name));
    const primary = stack.primaries[service]?.instance;
    return [...names.filter((name) => name !== primary), ...names.filter((name) => name === primary)];
  });
}
