/** A shop that takes events and holds them, without a server, and runs of a profile against it. */
import * as z from 'zod';
import { StackctlError } from '../../src/errors.ts';
import { tallyOf } from '../../src/stack/contract/id-tally.ts';
import type { SendOutcome, TrafficCapability } from '../../src/stack/contract/traffic.ts';
import type { TrafficEvent } from '../../src/stack/contract/traffic-event.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import type { SeedInput } from '../../src/traffic/seed-input.ts';
import { seedTraffic } from '../../src/traffic/seed-traffic.ts';
import { PROFILE, trafficStack } from './profiles.ts';

export const settings = z.looseObject({});
const RUN = '010203040506';
export const RUN_ID = '01020304-0506';

interface Faults {
  /** What becomes of an event; by default it is stored and acknowledged. */
  readonly outcome?: (event: TrafficEvent) => SendOutcome & { readonly stored?: number };
  readonly beforeSend?: (events: readonly TrafficEvent[]) => Promise<void> | void;
  /** Ids arrive only after so many looks. */
  readonly lateBy?: number;
}

export function shop(faults: Faults, name = 'shop') {
  const stored: string[] = [];
  const sent: TrafficEvent[] = [];
  const closed: string[] = [];
  let [inFlight, mostInFlight, looks] = [0, 0, 0];
  const visible = (): readonly string[] => (looks++ < (faults.lateBy ?? 0) ? [] : stored);
  const capability: TrafficCapability = {
    sink: {
      settings,
      open: async () => ({
        send: async (events) => {
          inFlight += 1;
          mostInFlight = Math.max(mostInFlight, inFlight);
          await faults.beforeSend?.(events);
          await new Promise((resolve) => setImmediate(resolve));
          inFlight -= 1;
          sent.push(...events);
          return events.map((event) => {
            const { stored: copies = 1, ...outcome } = faults.outcome?.(event) ?? { type: 'acked' };
            for (let copy = 0; copy < copies; copy++) stored.push(event.id);
            return outcome as SendOutcome;
          });
        },
        close: async () => void closed.push('sink'),
      }),
    },
    store: {
      settings,
      open: async () => ({
        name,
        guarantee: 'stored',
        count: async () => visible().length,
        read: async () => ({ found: tallyOf(RUN_ID, visible()), contradictions: [] }),
        close: async () => void closed.push('store'),
      }),
    },
  };
  return { capability, sent, closed, mostInFlight: () => mostInFlight };
}

export async function seed(capability: TrafficCapability, change: Partial<SeedInput> = {}) {
  const stack = trafficStack(capability);
  const { report } = await seedTraffic({
    stack,
    profile: readProfile({ text: PROFILE, file: 'orders.yaml', stack }).profile,
    refuse: () => new StackctlError('E_PROFILE_INVALID', 'nothing was expected to be refused'),
    count: 95,
    seed: 7,
    ratePerS: undefined,
    epochMs: undefined,
    settleMs: undefined,
    clock: performance,
    date: () => new Date(0),
    random: () => Buffer.from(RUN, 'hex'),
    emit: () => undefined,
    signal: new AbortController().signal,
    ...change,
  });
  return report;
}
