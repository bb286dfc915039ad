import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { unpainted } from '../../src/output/paint.ts';
import { rateShortfall, trafficText } from '../../src/output/traffic.ts';
import { eventId } from '../../src/stack/contract/event-id.ts';
import { digestOf, eventLines } from '../../src/traffic/emit.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import { eventsOf, planOf } from '../../src/traffic/operations.ts';
import type { SeedInput } from '../../src/traffic/seed-input.ts';
import { parseThreshold, type Threshold } from '../../src/traffic/thresholds.ts';
import { trafficStack } from './profiles.ts';
import { RUN_ID, seed, shop } from './shop.ts';

/** Visits are many and go to one service, orders are few and go to two of them. */
const SHOP = `
profile: shop
description: Visits and orders
epoch: "2026-01-01T00:00:00Z"
send: { service: api, batch: 10, inFlight: 2 }
draw:
  customer: { zipf: { count: 100 } }
  country: { stable: { of: customer, draw: { weighted: { DE: 3, FR: 1 } } } }
operations:
  visit:
    weight: 8
    draw: { page: { integer: { min: 1, max: 9 } } }
    body: { id: "{{id}}", page: "{{page}}", country: "{{country}}" }
  order:
    weight: 2
    draw: { price: { number: { min: 1, max: 20 } } }
    body: { id: "{{id}}", price: "{{price}}", customer: "{{customer}}" }
    send: { service: api, name: orders, batch: 10, inFlight: 2 }
    also:
      - { service: topic, batch: 5, inFlight: 2, body: { id: "{{id}}", of: "{{customer}}" } }
stores:
  - { service: store, operations: [visit], settle: 100ms }
  - { service: topic, operations: [order], sinks: [topic], settle: 100ms }
`;

function read(text: string, stack = trafficStack(shop({}).capability, { topic: shop({}).capability })) {
  return readProfile({ text, file: 'shop.yaml', stack }).profile;
}

function mistakesOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof StackctlError) return error.message;
    throw error;
  }
  return 'none';
}

test('each operation is as frequent as its weight says, and an event does not depend on who else is sent it', () => {
  const profile = read(SHOP);
  const plan = planOf(profile);
  const run = { seed: 7, runId: RUN_ID, epochMs: 0 };
  const events = eventsOf({ profile, plan, ...run });
  const all = Array.from({ length: 10_000 }, (_, sequence) => events.operationOf(sequence));
  const orders = all.filter((operation) => operation === 1).length;
  // Three standard deviations of a binomial distribution with p = 0.2.
  expect(Math.abs(orders - 2000)).toBeLessThan(120);
  const without = read(SHOP.replace(/ {4}also:\n.*\n/, '').replace(/.*sinks: .topic.*\n/, ''));
  const fewer = eventsOf({ profile: without, plan: planOf(without), ...run });
  const first = all.indexOf(1);
  expect(fewer.operationOf(first)).toBe(1);
  expect(fewer.of[1]?.(first)).toEqual(events.of[1]?.(first));
  // What is drawn for all is the same in every operation: the same customer, the same country.
  const [visit, order, topic] = [0, 1, 2].map((route) => events.of[route]?.(first));
  expect(topic?.body.of).toBe(order?.body.customer);
  expect(visit?.id).toBe(order?.id);
});

test('what would be sent is told with its operation and its sink, the same every time', () => {
  const input = { profile: read(SHOP), seed: 7, count: 50, epochMs: undefined };
  const lines = [...eventLines(input)]
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const orders = lines.filter(({ operation }) => operation === 'order');
  expect(orders.map(({ sink }) => sink)).toEqual(orders.map((_, index) => (index % 2 === 0 ? 'orders' : 'topic')));
  expect(orders[0].body.id).toBe(orders[1].body.id);
  expect(lines.length).toBe(50 + orders.length / 2);
  expect(digestOf(input)).toBe(digestOf({ ...input }));
  expect(digestOf({ ...input, seed: 8 })).not.toBe(digestOf(input));
});

/** A run of it: visits and orders go to one shop, orders to the topic too. */
async function seedShop(topic = shop({}, 'topic'), change: Parameters<typeof seed>[1] = {}, text = SHOP) {
  const main = shop({});
  const stack = trafficStack(main.capability, { topic: topic.capability });
  const report = await seed(main.capability, { stack, profile: read(text, stack), count: 200, ...change });
  return { report, main, topic };
}

test.concurrent('every event goes to the sinks of its operation, with one id, and each store is held against its own', async () => {
  const { report, main, topic } = await seedShop();
  const orders = topic.sent.length;
  expect(orders).toBeGreaterThan(10);
  // The shop holds orders too, whose place in this profile is no store: they are known by their ids.
  expect(main.sent.length).toBe(200);
  expect(new Set(main.sent.map(({ id }) => id)).size).toBe(200);
  expect(topic.sent.every(({ id }) => main.sent.some((event) => event.id === id))).toBe(true);
  expect(topic.sent.every(({ body }) => Object.keys(body).join() === 'id,of')).toBe(true);
  expect(report).toMatchObject({
    ...{ events: 200, asked: 200 + orders, acked: 200 + orders, count: 200 },
    operations: [
      { operation: 'visit', sink: 'api', acked: 200 - orders },
      { operation: 'order', sink: 'orders', acked: orders },
      { operation: 'order', sink: 'topic', acked: orders },
    ],
    sinks: [{ sink: 'api' }, { sink: 'orders', service: 'api' }, { sink: 'topic', acked: orders }],
    // Orders came to the shop by another sink than the one that this store is for.
    stores: [
      { store: 'shop', missing: 0, phantom: orders },
      { store: 'topic', stored: orders, missing: 0, phantom: 0 },
    ],
  });
});

test.concurrent('a store may hold what several sinks were sent', async () => {
  const { report } = await seedShop(
    shop({}, 'topic'),
    {},
    SHOP.replace('operations: [visit], settle', 'sinks: [api, orders], settle'),
  );
  expect(report).toMatchObject({ verified: true, stores: [{ stored: 200, phantom: 0 }, { phantom: 0 }] });
});

test.concurrent('a loss in one sink is told of that one alone, by id, and a refusal by one is no loss in another', async () => {
  const lost = new Set<string>();
  const topic = shop(
    {
      outcome: ({ id }) => {
        if (lost.size < 2) lost.add(id);
        return lost.has(id) ? { type: 'acked', stored: 0 } : { type: 'acked' };
      },
    },
    'topic',
  );
  const { report } = await seedShop(
    topic,
    {},
    SHOP.replace('  - { service: store, operations: [visit], settle: 100ms }\n', ''),
  );
  expect(report).toMatchObject({
    verdict: 'fail',
    stores: [{ store: 'topic', missing: 2, missingIds: [...lost].toSorted() }],
  });
  const refusing = shop({ outcome: () => ({ type: 'rejected', reason: 'full', stored: 0 }) }, 'topic');
  const refused = await seedShop(
    refusing,
    {},
    SHOP.replace('operations: [order], sinks: [topic]', 'operations: [order], sinks: [orders]'),
  );
  expect(refused.report.operations).toMatchObject([{ rejected: 0 }, { rejected: 0 }, { acked: 0, operation: 'order' }]);
  expect(refused.report.refusals).toEqual([
    { sink: 'topic', outcome: 'rejected', reason: 'full', count: refusing.sent.length },
  ]);
  expect(trafficText(refused.report)).toContain(`${refusing.sent.length} rejected by topic: full`);
});

test.concurrent('in an open loop a sink that is held up does not hold up the others, and the rate is told as not reached', async () => {
  const main = shop({});
  const topic = shop(
    {
      // Until the others have got everything, and long enough to be late.
      beforeSend: async () => {
        while (main.sent.length < 200) await new Promise((resolve) => setTimeout(resolve, 10));
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
    },
    'topic',
  );
  const stack = trafficStack(main.capability, { topic: topic.capability });
  const report = await seed(main.capability, { stack, profile: read(SHOP, stack), ratePerS: 500, count: 200 });
  expect(topic.sent.length).toBe(report.operations[2]?.acked);
  expect(report).toMatchObject({ loop: 'open', askedRateReached: false, events: 200 });
  // What was sent is counted to the last batch of the one that was furthest behind.
  expect(report.sentRatePerS).toBeLessThan(500);
  expect(rateShortfall(report)).toContain('were on their way to topic as may be');
});

test.concurrent('thresholds may be about one sink', async () => {
  const thresholds = ['topic.p99<1us', 'api.p99<60s', 'orders.errors.rate==0%', 'p99<60s'];
  const { report } = await seedShop(shop({}, 'topic'), {
    thresholds: thresholds.map((text) => parseThreshold(text) as Threshold),
  });
  expect(report.thresholds.map(({ passed }) => passed)).toEqual([false, true, true, true]);
  await expect(
    seedShop(shop({}, 'topic'), { thresholds: [parseThreshold('cart.p99<1ms') as Threshold] }),
  ).rejects.toMatchObject({
    code: 'E_USAGE',
    message: '--threshold cart.p99<1ms: the profile sends nothing to "cart" (it sends to: api, orders, topic)',
  });
});

test.concurrent('the text tells who was sent what, and how long each took', async () => {
  const { report } = await seedShop();
  const text = unpainted(trafficText(report));
  expect(text).toMatch(/OPERATION +SENT TO +ACKED/);
  expect(text).toMatch(/order +topic +\d+/);
  expect(text).toMatch(/MS, SENT TO ACKNOWLEDGED +P50[\s\S]*topic +[\d.]+/);
  expect(text).toMatch(/200 events, sent \d+ times/);
});

test.each([
  [
    (text: string) => text.replace('send: { service: api, batch: 10, inFlight: 2 }\n', ''),
    /shop\.yaml:.* operations\.visit\.send: is missing; it says who gets the events/,
  ],
  [
    (text: string) => text.replace(/ {4}body: \{ id: "\{\{id\}\}", page.*\n/, ''),
    /operations\.visit\.body: is missing; it is what is sent/,
  ],
  [
    (text: string) => text.replace('name: orders, ', ''),
    /operations\.order\.send\.name: is needed: another one that events are sent to is called api/,
  ],
  [
    (text: string) => text.replace('name: orders', 'name: errors'),
    /cannot be errors: thresholds have a metric of that name/,
  ],
  [
    (text: string) => text.replace('price: { number', 'customer: { number'),
    /operations\.order\.draw\.customer: is drawn for all events already/,
  ],
  [
    (text: string) => text.replace('"{{price}}"', '"{{page}}"'),
    /operations\.order\.body.*nothing is drawn as page|operations\.order\.body.*page/,
  ],
  [
    (text: string) => text.replace('of: "{{customer}}"', 'of: "{{nobody}}"'),
    /operations\.order\.also\.0\.body\.of.*nobody/,
  ],
  [
    (text: string) => text.replace('operations: [visit]', 'operations: [vizit]'),
    /stores\.0\.operations\.0: the profile has no operation "vizit".*did you mean .*visit/,
  ],
  [
    (text: string) => text.replace('sinks: [topic]', 'sinks: [tropic]'),
    /stores\.1\.sinks\.0: the profile has no sink "tropic"/,
  ],
  [
    (text: string) => text.replace('operations: [order], sinks: [topic]', 'operations: [visit], sinks: [topic]'),
    /the operation visit is not sent to topic/,
  ],
  [(text: string) => `${text}body: { id: "{{id}}" }\n`, / body: no operation has it/],
  [(text: string) => `${text}thresholds: ["cart.p99 < 5ms"]\n`, /thresholds\.0: the profile sends nothing to "cart"/],
  [
    (text: string) => text.replace('operations: [order], sinks: [topic]', 'operations: [order]'),
    /stores\.1\.service: is sent order by several: say with sinks whose .*, one of orders, topic/,
  ],
  [(text: string) => text.replace('weight: 2', 'weight: 0'), /operations\.order\.weight: must be more than 0/],
  [
    (text: string) => text.replace('service: topic, batch', 'service: topik, batch'),
    /also\.0\.service: the stack has no service "topik"/,
  ],
])('a mistake is told with its place (%#)', (change, message) => {
  expect(mistakesOf(SHOP)).toBe('none');
  expect(mistakesOf(change(SHOP))).toMatch(message);
});

test('an id is one of the run whatever it is sent to', () => {
  const profile = read(SHOP);
  const events = eventsOf({ profile, plan: planOf(profile), seed: 1, runId: RUN_ID, epochMs: 0 });
  expect(events.of.map((eventAt) => eventAt(42).id)).toEqual(events.of.map(() => eventId(RUN_ID, 42)));
});

test.concurrent('what a closed loop does not take of a profile is said, and the run is named before it is over', async () => {
  const told: string[] = [];
  const arrival = 'arrival: { process: poisson, rate: 100/s }\nstores:';
  await seedShop(
    shop({}, 'topic'),
    { emit: (event) => void told.push('text' in event ? event.text : 'title' in event ? event.title : '') },
    SHOP.replace('stores:', arrival),
  );
  expect(told).toContain("a closed loop takes nothing of the profile's arrival: give --rate or --duration");
  expect(told).toContain(`send 200 events of shop to api, orders, topic, run ${RUN_ID}`);
});

test.concurrent('within a check, whose flags nobody chose, nothing is said about them', async () => {
  const told: string[] = [];
  const arrival = 'arrival: { process: poisson, rate: 100/s }\nstores:';
  const emit: SeedInput['emit'] = (event) => void (event.type === 'note' && told.push(event.text));
  await seedShop(shop({}, 'topic'), { emit, isPart: true }, SHOP.replace('stores:', arrival));
  expect(told).toEqual([]);
});

test.concurrent('reasons that are not shown are counted', async () => {
  const refusing = shop(
    { outcome: ({ sequence }) => ({ type: 'rejected', reason: `HTTP ${sequence}`, stored: 0 }) },
    'topic',
  );
  const { report } = await seedShop(refusing);
  expect(unpainted(trafficText(report))).toContain(
    `  ${report.rejected - 5} for ${report.rejected - 5} other reasons: all of them with --json`,
  );
});

test.concurrent('what no store has to hold is not verified, and the sentence counts what was read back', async () => {
  const uncovered = SHOP.replace(/ {2}- \{ service: topic, operations.*\n/, '');
  const { report } = await seedShop(
    shop({}, 'topic'),
    {},
    uncovered.replace('operations: [visit], settle', 'sinks: [api, orders], settle'),
  );
  const orders = report.operations[2]?.acked;
  expect(report).toMatchObject({ verdict: 'inconclusive', verified: false, readBack: 200 });
  expect(report.reasons).toEqual([`no store of the profile has to hold ${orders} acknowledged ones of order to topic`]);
  // A channel is asked, and proves nothing.
  const topic = shop({}, 'topic');
  const { store } = topic.capability;
  if (store === undefined) throw new Error('no store');
  const open: typeof store.open = async (...given) => ({ ...(await store.open(...given)), guarantee: 'atMostOnce' });
  const channel = { ...topic, capability: { ...topic.capability, store: { ...store, open } } };
  const both = await seedShop(channel, {}, SHOP.replace('operations: [visit], settle', 'sinks: [api, orders], settle'));
  expect(both.report).toMatchObject({ verdict: 'pass', readBack: 200 });
  expect(unpainted(trafficText(both.report))).toContain(
    `VERIFIED: 200 of ${both.report.acked} acknowledged events had to be in a store, and were read back once`,
  );
});

test('who else is sent the events of an operation may stand beside the service of all', () => {
  const text = SHOP.replace('    send: { service: api, name: orders, batch: 10, inFlight: 2 }\n', '').replace(
    'operations: [visit], settle',
    'operations: [visit, order], sinks: [api], settle',
  );
  const { sinks, routes } = planOf(read(text));
  expect(sinks.map(({ name }) => name)).toEqual(['api', 'topic']);
  expect(routes.map(({ operation, sink }) => [operation, sink])).toEqual([
    [0, 0],
    [1, 0],
    [1, 1],
  ]);
});

test.concurrent('after a stop, and at the end of the time of a closed loop, nothing more leaves', async () => {
  for (const change of [{ untilStopped: true }, { durationMs: 60 }]) {
    const stop = new AbortController();
    const batches: number[] = [];
    const { capability } = shop({
      beforeSend: async () => {
        batches.push(performance.now());
        if (!('durationMs' in change) && batches.length === 2)
          stop.abort(new StackctlError('E_INTERRUPTED', 'interrupted'));
        await new Promise((resolve) => setTimeout(resolve, 120));
      },
    });
    const report = await seed(capability, { ...change, count: undefined, signal: stop.signal });
    // As many as may be on their way.
    expect([batches.length, report.asked]).toEqual([2, 20]);
  }
});
