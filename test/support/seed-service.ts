import { randomBytes } from 'node:crypto';
import type { Service, ServiceInput } from '../../src/stack/contract/model.ts';
import { type CleanReport, cleanRun, findRun } from '../../src/traffic/clean.ts';
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

/** The profile of a stack with one service. */
function profileOf({ stack, service }: SeedTarget, profile: Profile) {
  const { send, store, batch = 20, inFlight = 3, body = { id: '{{id}}', at: '{{at}}' } } = profile;
  const of = { service: service.name };
  const text = JSON.stringify({
    ...{ profile: 'events', description: 'events', send: { ...of, settings: send, batch, inFlight } },
    stores: [{ ...of, settings: store, settle: '2s' }],
    draw: { at: { time: { every: '20ms' } } },
    body,
  });
  return { stack, ...readProfile({ text, file: 'events.yaml', stack }) };
}

/** Seeds the service of this stack from a profile with these settings, and reads it back. */
export async function seedService(target: SeedTarget, profile: Profile, change: Partial<SeedInput> = {}) {
  const { report } = await seedTraffic({
    ...profileOf(target, profile),
    ...{ count: 1000, seed: 7, ratePerS: undefined, epochMs: undefined, settleMs: undefined },
    ...{ clock: performance, date: () => new Date(), random: randomBytes, emit: () => undefined },
    signal: new AbortController().signal,
    ...change,
  });
  return report;
}

/** Takes a run out of it again. */
export async function cleanService(target: SeedTarget, profile: Profile, runId: string): Promise<CleanReport> {
  const input = { ...profileOf(target, profile), runId, emit: () => undefined, signal: new AbortController().signal };
  return cleanRun(input, await findRun(input));
}
