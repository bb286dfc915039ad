import { step } from '../lib/events.ts';
import { addFault, removeFault } from '../project/fault-journal.ts';
import type { FaultKind } from '../stack/contract/runtime-facts.ts';
import type { CleanUp } from './clean-ups.ts';
import type { FaultCall } from './fault-moment.ts';
import type { RunInput } from './run-input.ts';

export interface Broken {
  readonly fault: FaultCall;
  /** Idempotent. */
  readonly heal: () => Promise<void>;
}

/** Journal first, so that a kill between the two leaves a fault on record that is not there, and never the reverse. */
export async function breakPrimary(
  input: RunInput,
  primary: string,
  onCleanUp: (heal: CleanUp) => void,
): Promise<Broken> {
  const { scenario, target, clock, emit, signal } = input;
  const { fault } = scenario;
  signal.throwIfAborted();
  if (fault === undefined) {
    const calledAt = clock.now();
    await step(emit, { id: 'fault', title: scenario.summary }, async () => scenario.trigger?.(target, signal));
    return { fault: { calledAt, returnedAt: calledAt }, heal: async () => undefined };
  }
  await addFault(input.faults, { instance: primary, fault, at: input.date().toISOString(), command: input.command });
  const heal = onceOnly(() => healPrimary(input, primary, fault));
  onCleanUp({ what: `heal ${primary} (run: stackctl heal)`, run: heal });
  const calledAt = clock.now();
  await step(emit, { id: 'fault', title: `${fault} ${primary}` }, () => input.runtime.inject(primary, fault));
  return { fault: { calledAt, returnedAt: clock.now() }, heal };
}

async function healPrimary({ runtime, faults, emit }: RunInput, primary: string, fault: FaultKind): Promise<void> {
  await step(emit, { id: 'heal', title: `heal ${primary}` }, () => runtime.heal(primary, fault));
  await removeFault(faults, { instance: primary, fault });
}

/** Only a success counts: what failed is tried again by the next call. */
function onceOnly(act: () => Promise<void>): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    await act();
    done = true;
  };
}
