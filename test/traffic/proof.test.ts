import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Stack } from '../../src/stack/contract/model.ts';
import { applies } from '../../src/traffic/check-profile.ts';
import { loadProfile } from '../../src/traffic/load-profile.ts';
import { whyNoProof } from '../../src/traffic/proof.ts';
import { servicesOf } from '../../src/traffic/seed-traffic.ts';
import { builtInStack } from '../support/built-in-stack.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url));

/** What the stores of a built-in stack's profile say about a run of so many events, and who is asked. */
async function verdict(name: string, values: Readonly<Record<string, string>>, count: number, backends = 1) {
  const built = await builtInStack(name, { runtime: 'process', values });
  const services = built.services.map((service) =>
    service.name === 'backend'
      ? { ...service, instances: Array.from({ length: backends }, () => service.instances).flat() }
      : service,
  );
  const stack: Stack = { ...built, services, traffic: join(TEMPLATES, name, 'traffic') };
  const { profile } = await loadProfile(stack, undefined, '/');
  const used = profile.stores.filter(({ when }) => applies(when, stack));
  return { why: used.map((store) => whyNoProof(store, stack, count)), services: servicesOf(profile, stack) };
}

test('events in the memory of several backends cannot be verified, in that of one they can until it is full', async () => {
  const memory = { eventStorage: 'memory', eventMemoryMax: '500' };
  expect((await verdict('event-tracking', memory, 500)).why).toEqual([undefined]);
  expect((await verdict('event-tracking', memory, 501)).why).toEqual(['it keeps 500 events, and the run has 501']);
  expect((await verdict('event-tracking', memory, 500, 2)).why).toEqual([
    expect.stringMatching(/^each of its 2 instances keeps what it got itself/),
  ]);
  expect((await verdict('event-tracking', {}, 2_000_000, 2)).why).toEqual([undefined]);
});

test('the sandbox is no proof of what another Matomo got, nor of more calls than it keeps', async () => {
  expect(await verdict('cache-api', {}, 500_000)).toEqual({
    why: [undefined],
    services: ['opalmind-api', 'matomo-sandbox'],
  });
  expect((await verdict('cache-api', {}, 500_001)).why).toEqual(['it keeps 500000 events, and the run has 500001']);
  expect(await verdict('cache-api', { matomoBaseUrl: 'https://matomo.example' }, 1)).toEqual({
    why: ['it gets the events only with matomoBaseUrl=http://{{matomo-sandbox.address}}'],
    services: ['opalmind-api'],
  });
});
