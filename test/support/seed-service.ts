import { randomBytes } from 'node:crypto';
import type { Service, ServiceInput } from '../../src/stack/contract/model.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import type { SeedInput } from '../../src/traffic/seed-input.ts';
import { seedTraffic } from '../../src/traffic/seed-traffic.ts';
import { BARE_SERVICE } from './bare-service.ts';
import { fixtureStack } from './fixture-kind.ts';
import { PROCESS } from './runtime-facts.ts';

/** A stack of just this service. @param port where clients find its first instance, when it is not its own. */
export function stackOf<Options>({ instances, ...service }: Service<Options>, port?: number): SeedTarget {
  const moved = instances.map((instance) =>
    port === undefined ? instance : { ...instance, client: { ...instance.client, port } },
  );
  const own = { ...BARE_SERVICE, ...service, instances: moved } as unknown as Service;
  const base = fixtureStack({
    ...{ runtime: PROCESS, folder: '/', name: 'one', id: 'one-000000', image: '', network: undefined },
    ...{ marker: '', count: 1 },
  });
  return { stack: { ...base, services: [own] }, service: own };
}

export type SeedTarget = Pick<ServiceInput, 'stack' | 'service'>;

interface Profile {
  readonly send: object;
  readonly store: object;
  readonly batch?: number;
  readonly inFlight?: number;
  readonly body?: Readonly<Record<string, string>>;
}

/** Seeds the service of this stack from a profile with these settings, and reads it back. */
export async function seedService(
  { stack, service }: SeedTarget,
  { send, store, batch = 20, inFlight = 3, body = { id: '{{id}}', at: '{{at}}' } }: Profile,
  change: Partial<SeedInput> = {},
) {
  const of = { service: service.name };
  const text = JSON.stringify({
    ...{ profile: 'events', description: 'events', send: { ...of, settings: send, batch, inFlight } },
    stores: [{ ...of, settings: store, settle: '2s' }],
    draw: { at: { time: { every: '20ms' } } },
    body,
  });
  const { report } = await seedTraffic({
    ...{ stack, ...readProfile({ text, file: 'events.yaml', stack }) },
    ...{ count: 1000, seed: 7, ratePerS: undefined, epochMs: undefined, settleMs: undefined },
    ...{ clock: performance, date: () => new Date(), random: randomBytes, emit: () => undefined },
    signal: new AbortController().signal,
    ...change,
  });
  return report;
}
