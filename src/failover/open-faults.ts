import { allDone } from '../lib/all-done.ts';
import { defined } from '../lib/defined.ts';
import { step } from '../lib/events.ts';
import { addFault, removeFault } from '../project/fault-journal.ts';
import type { FaultEffect } from '../stack/contract/runtime.ts';
import type { FaultKind, FaultOptions } from '../stack/contract/runtime-facts.ts';
import type { RunInput } from './run-input.ts';

/** The faults of a run that are in place: each is on record before it is injected, and crossed out when it is healed. */
export interface OpenFaults {
  /** Instances that have one. */
  names(): readonly string[];
  /**
   * Injects a fault of the runtime into several instances at the same time.
   * @throws E_FAULT_FAILED; what is in place by then is healed by `healAll`.
   */
  inject(instances: readonly string[], fault: FaultKind, options?: FaultOptions): Promise<readonly FaultEffect[]>;
  /** A fault by protocol, of this name. @throws E_FAULT_FAILED */
  injectByProtocol(instance: string, fault: string): Promise<void>;
  /** Of one instance, the newest first. What fails is tried again by the next call. @throws E_FAULT_FAILED */
  heal(instance: string): Promise<void>;
  /** Of all instances, the newest first. @throws E_FAULT_FAILED */
  healAll(): Promise<void>;
}

interface Open {
  readonly instance: string;
  readonly fault: string;
  readonly heal: () => Promise<void>;
}

export function createOpenFaults(input: RunInput): OpenFaults {
  const { runtime, capability, target, faults, command, date, emit, signal } = input;
  let open: readonly Open[] = [];

  /** Journal first: a kill between the two leaves a fault on record that is not there, and never the reverse. */
  const note = async (one: Open, before?: string): Promise<void> => {
    signal.throwIfAborted();
    const { instance, fault } = one;
    await addFault(faults, { instance, fault, at: date().toISOString(), command, ...defined({ before }) });
    open = [...open, one];
  };

  const healOne = async (one: Open): Promise<void> => {
    await step(emit, { id: `heal:${one.instance}`, title: `heal ${one.instance}` }, one.heal);
    await removeFault(faults, one);
    open = open.filter((other) => other !== one);
  };
  /** One that cannot be healed does not keep the others from it. */
  const healEach = async (which: readonly Open[]): Promise<void> => {
    const failures: unknown[] = [];
    for (const one of which.toReversed()) await healOne(one).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };

  return {
    names: () => [...new Set(open.map(({ instance }) => instance))],
    inject: async (instances, fault, options) => {
      for (const instance of instances) await note({ instance, fault, heal: () => runtime.heal(instance, fault) });
      const name = instances.join(', ');
      return step(emit, { id: `fault:${fault}:${name}`, title: `${fault} ${name}` }, () =>
        allDone(instances.map((instance) => runtime.inject(instance, fault, options))),
      );
    },
    injectByProtocol: async (instance, fault) => {
      const found = capability.faults[fault];
      if (found === undefined) throw new Error(`there is no fault ${fault}`);
      const before = await found.before(target, instance);
      await note({ instance, fault, heal: () => found.heal(target, instance, before) }, before);
      await step(emit, { id: `fault:${fault}:${instance}`, title: `${fault} ${instance}` }, () =>
        found.inject(target, instance),
      );
    },
    heal: (name) => healEach(open.filter(({ instance }) => instance === name)),
    healAll: () => healEach(open),
  };
}
