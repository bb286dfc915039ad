/** A stack with a service that takes events and one that holds them, and a profile for it. */

import * as z from 'zod';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { Service, Stack } from '../../src/stack/contract/model.ts';
import type { TrafficCapability } from '../../src/stack/contract/traffic.ts';
import { BARE_SERVICE } from '../support/bare-service.ts';
import { PROCESS } from '../support/runtime-facts.ts';

const unused = () => {
  throw new Error('not part of this test');
};

function kindWith(name: string, traffic: TrafficCapability | undefined): Kind {
  return {
    name,
    description: '',
    options: z.unknown(),
    ports: [],
    defaultImage: '',
    binaries: [],
    variables: unused,
    files: unused,
    container: unused,
    process: unused,
    probe: unused,
    ...(traffic === undefined ? {} : { traffic }),
  };
}

function service(name: string, kind: Kind): Service {
  return {
    ...BARE_SERVICE,
    name,
    kind,
    instances: [],
    options: {},
  };
}

const settings = z.strictObject({
  path: z.string().regex(/^\//, { error: 'must begin with /' }),
  token: z.unknown().optional(),
});

/**
 * @param traffic of the services `api` and `store`; by default they can be named, not opened.
 * @param others of further services, by name.
 */
export function trafficStack(
  traffic: TrafficCapability = { sink: { settings, open: unused }, store: { settings, open: unused } },
  others: Readonly<Record<string, TrafficCapability>> = {},
): Stack {
  return {
    name: 'shop',
    description: '',
    folder: '/stacks/shop',
    runtime: PROCESS,
    profile: 'dev',
    project: { name: 'shop', id: 'shop-000000', folder: '/project' },
    values: [{ name: 'storage', type: 'string', description: '', value: 'disk', origin: 'built-in' }],
    services: [
      service('api', kindWith('api', traffic)),
      service('store', kindWith('store', traffic)),
      service('mute', kindWith('mute', undefined)),
      ...Object.entries(others).map(([name, own]) => service(name, kindWith(name, own))),
    ],
    network: undefined,
    primaries: {},
    readiness: { timeoutMs: 1000 },
    migrations: [],
    traffic: '/stacks/shop/traffic',
  };
}

export const PROFILE = `
profile: orders
description: Orders of customers
epoch: "2026-01-01T00:00:00Z"
send:
  service: api
  batch: 10
  inFlight: 2
  settings: { path: /orders }
stores:
  - service: store
    settings: { path: /ids }
    settle: 200ms
draw:
  customer: { zipf: { count: 100, exponent: 1.1 } }
  country: { stable: { of: customer, draw: { weighted: { DE: 3, FR: 1 } } } }
  kind: { oneOf: [book, toy] }
  price: { number: { min: 1, max: 20, decimals: 2 } }
  waitMs: { skewed: { median: 40, p99: 900 } }
  status: { weighted: { 200: 95, 500: 5 } }
  problem: { case: { of: status, when: { 500: { text: "broken {{kind}}" } } } }
  at: { time: { every: 20ms } }
  size: { integer: { min: 1, max: 5 } }
body:
  id: "{{id}}"
  customer: "customer-{{customer}}"
  country: "{{country}}"
  status: "{{status}}"
  problem: "{{problem}}"
  at: "{{at}}"
  details: { kind: "{{kind}}", price: "{{price}}", waitMs: "{{waitMs}}", size: "{{size}}", tags: ["{{kind}}", new] }
`;
