/** Requests that are drawn, to an application with a cache, and what it says and stores of them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { StackctlError } from '../../../src/errors.ts';
import { kind as app } from '../../../src/kinds/app/index.ts';
import { unpainted } from '../../../src/output/paint.ts';
import { trafficText } from '../../../src/output/traffic.ts';
import type { Service, Stack } from '../../../src/stack/contract/model.ts';
import { eventLines } from '../../../src/traffic/emit.ts';
import { readProfile } from '../../../src/traffic/load-profile.ts';
import { seedTraffic } from '../../../src/traffic/seed-traffic.ts';
import { parseThreshold, type Threshold } from '../../../src/traffic/thresholds.ts';
import { stackOf } from '../../support/seed-service.ts';

/** What came, and what the cache of the application counted itself. */
const seen: { method: string; url: string; body: string; user: string | undefined }[] = [];
const cache = new Map<string, number>();
let counted = { hits: 0, misses: 0 };
let stored: string[] = [];
let isSilent = false;

const server = createServer((request, response) => {
  const parts: string[] = [];
  request.setEncoding('utf8').on('data', (part: string) => parts.push(part));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    if (url === '/ids') return void response.end(stored.join('\n'));
    const body = parts.join('');
    seen.push({ method, url, body, user: headers['x-user'] as string | undefined });
    if (method === 'PUT') return void response.writeHead(405).end();
    if (method !== 'GET') {
      stored.push(body);
      cache.delete(url);
      return void response.writeHead(201).end();
    }
    const isHit = cache.has(url);
    counted[isHit ? 'hits' : 'misses'] += 1;
    cache.set(url, 1);
    response.writeHead(200, isSilent ? {} : { 'X-Cache': isHit ? 'HIT' : 'MISS' }).end('{}');
  });
});

let stack: Stack;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const instance = { name: 'api-1', service: 'api', index: 1, ports: [], peer: client, client };
  stack = stackOf({ name: 'api', kind: app, instances: [instance], options: {} } as unknown as Service).stack;
});
afterAll(() => void server.close());
beforeEach(() => {
  seen.length = 0;
  cache.clear();
  counted = { hits: 0, misses: 0 };
  stored = [];
  isSilent = false;
});

const GAMES = `
profile: games
description: Games that are looked at, and moves in some of them
draw:
  game: { zipf: { count: 200 } }
  user: { oneOf: [ann, "Zoë / 1"] }
operations:
  look:
    weight: 4
    send:
      service: api
      name: reads
      batch: 10
      inFlight: 2
      settings:
        method: GET
        path: /api/games/{{game}}
        query: { by: "{{user}}" }
        headers: { X-User: "user {{sequence}}" }
        hit: { header: X-Cache, is: HIT }
  move:
    body: { id: "{{id}}", game: "{{game}}" }
    send:
      service: api
      name: writes
      batch: 10
      inFlight: 2
      settings: { method: PATCH, path: "/api/games/{{game}}/moves" }
stores:
  - { service: api, settle: 200ms, settings: { path: /ids } }
`;

const READS = `${GAMES.slice(0, GAMES.indexOf('  move:'))}`;

async function run(text = GAMES, thresholds: readonly string[] = [], change: object = {}) {
  const { profile, refuse } = readProfile({ text, file: 'games.yaml', stack });
  const { report } = await seedTraffic({
    ...{ stack, profile, refuse, seed: 7, count: 1000, ratePerS: undefined, epochMs: undefined, settleMs: undefined },
    ...{ clock: performance, date: () => new Date(), random: () => Buffer.from('a1b2c3d4e5f6', 'hex') },
    ...{ emit: () => undefined, signal: new AbortController().signal },
    thresholds: thresholds.map((one) => parseThreshold(one) as Threshold),
    ...change,
  });
  return report;
}

function mistakesOf(text: string): string {
  try {
    readProfile({ text, file: 'games.yaml', stack });
  } catch (error) {
    if (error instanceof StackctlError) return error.message;
    throw error;
  }
  return 'none';
}

test('each event has its own request, reads have no body and need no store, and hits are those that the application counts', async () => {
  const report = await run();
  const reads = seen.filter(({ method }) => method === 'GET');
  const moves = seen.filter(({ method }) => method === 'PATCH');
  expect(reads.length + moves.length).toBe(1000);
  expect(
    reads.every(({ body, url }) => body === '' && /^\/api\/games\/\d+\?by=(ann|Zo%C3%AB%20%2F%201)$/.test(url)),
  ).toBe(true);
  expect(new Set(reads.map(({ user }) => user)).size).toBe(reads.length);
  expect(moves.every(({ body, url }) => url === `/api/games/${JSON.parse(body).game}/moves`)).toBe(true);
  expect(report).toMatchObject({
    ...{ verified: true, verdict: 'pass', acked: 1000, readBack: moves.length },
    stores: [{ stored: moves.length, missing: 0, phantom: 0, duplicates: 0 }],
    sinks: [
      { sink: 'reads', cache: { ...counted, untold: 0 } },
      { sink: 'writes', cache: null },
    ],
    cache: { ...counted, untold: 0 },
  });
  expect(counted.hits).toBeGreaterThan(200);
  expect(counted.misses).toBeGreaterThan(50);
  const percent = (100 * counted.hits) / reads.length;
  expect(Math.abs((report.cache?.hitPercent ?? 0) - percent)).toBeLessThan(0.06);
  const text = unpainted(trafficText(report));
  expect(text).toMatch(
    new RegExp(`CACHE.*\\n.*reads +${counted.hits} +${counted.misses} +0 +${report.cache?.hitPercent} %`),
  );
  expect(text).toContain(`VERIFIED: ${moves.length} of 1000 acknowledged events had to be in a store`);
});

test('a profile of reads alone needs no store, is not called verified, and may have to reach a hit ratio', async () => {
  const cold = await run(READS, ['reads.hits.rate>=99%', 'hits.rate>0%']);
  expect(cold).toMatchObject({ verdict: 'fail', verified: false, stores: [], readBack: 0 });
  expect(cold.thresholds).toMatchObject([{ passed: false, unit: '%' }, { passed: true }]);
  expect(unpainted(trafficText(cold))).toMatch(
    /FAILED: the threshold reads\.hits\.rate>=99% was not met: \d+\.?\d*%$/m,
  );
  // The same again, from a cache that has everything by now.
  const warm = await run(READS, ['reads.hits.rate>=99%']);
  expect(warm).toMatchObject({ verdict: 'pass', verified: false, cache: { hits: 1000, misses: 0, hitPercent: 100 } });
  expect(unpainted(trafficText(warm))).toContain(
    'PASSED: 1000 requests were acknowledged, none of which a store has to hold',
  );
});

test('an application that does not say whether it hit is told so, and proves no ratio', async () => {
  isSilent = true;
  const report = await run(READS, ['hits.rate>=1%']);
  expect(report).toMatchObject({
    ...{ verdict: 'inconclusive', cache: { hits: 0, misses: 0, untold: 1000, hitPercent: null } },
    reasons: ['nothing was measured that the threshold hits.rate>=1% could be held against'],
  });
});

test('where all that could be stored is refused, the reads that were answered verify nothing', async () => {
  expect(await run(GAMES.replace('method: PATCH', 'method: PUT'))).toMatchObject({
    ...{ verdict: 'inconclusive', verified: false, readBack: 0 },
    reasons: ['no event was acknowledged that a store has to hold'],
  });
});

test('a request without a body may be sent again, and what is drawn for it is printed', async () => {
  expect(await run(READS, [], { retry: true })).toMatchObject({ verdict: 'pass', retries: 0 });
  await expect(run(GAMES, [], { retry: true })).rejects.toMatchObject({ code: 'E_USAGE' });
  const { profile } = readProfile({ text: GAMES, file: 'games.yaml', stack });
  const lines = [...eventLines({ profile, stack, seed: 7, count: 100, epochMs: undefined })]
    .join('')
    .trimEnd()
    .split('\n');
  await run(GAMES, [], { count: 100 });
  const told = lines.map((line) => JSON.parse(line));
  expect(told.map(({ request }) => `${request.method} ${request.path}`).toSorted()).toEqual(
    seen
      .slice(-100)
      .map(({ method, url }) => `${method} ${url}`)
      .toSorted(),
  );
  expect(told.filter(({ operation }) => operation === 'look').every(({ body }) => body === undefined)).toBe(true);
  expect(told.filter(({ operation }) => operation === 'move').every(({ body }) => body.id !== undefined)).toBe(true);
});

test.each([
  [
    '{{game}}\n        query',
    '{{gane}}\n        query',
    /operations\.look\.send\.settings\.path: nothing is drawn, .*\{\{gane\}\}; did you mean "game"/,
  ],
  [
    'service: api, settle: 200ms',
    'service: api, operations: [look], settle: 200ms',
    /stores\.0\.service: nothing of the operation look is stored: its requests have no body/,
  ],
  [
    '  look:\n',
    '  look:\n    body: { id: "{{id}}" }\n',
    /operations\.look\.body: is sent to nobody: the requests that it is for have no body/,
  ],
  ['    body: { id: "{{id}}", game: "{{game}}" }\n', '', /operations\.move\.body: is missing/],
  [
    'stores:\n  - { service: api, settle: 200ms, settings: { path: /ids } }\n',
    '',
    /stores: is missing; it says who is read back/,
  ],
  ['method: PATCH', 'method: PATCH, events: together', /operations\.move\.send\.settings\.events: cannot be together/],
  ['method: PATCH', 'method: HEAD', /operations\.move\.send\.settings\.method: /],
])('a mistake is told with its place: %j', (from, to, message) => {
  expect(GAMES).toContain(from);
  expect(mistakesOf(GAMES)).toBe('none');
  expect(mistakesOf(GAMES.replace(from, to))).toMatch(message);
});

test('a name that is drawn and a value of the stack could mean either', () => {
  const value = { name: 'game', type: 'string', description: '', value: '7', origin: 'built-in' } as const;
  const own = { ...stack, values: [value] } as unknown as Stack;
  expect(() => readProfile({ text: GAMES, file: 'games.yaml', stack: own })).toThrow(
    /send\.settings\.path: \{\{game\}\} is drawn, and a value of the stack too: draw it under another name/,
  );
});
