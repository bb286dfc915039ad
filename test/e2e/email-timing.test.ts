import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { crash } from '../support/crash.ts';
import { ok, openTestProject, type TestProject } from '../support/project.ts';
import { gateRounds, gateRuntimes, requireRuntime } from '../support/require.ts';
import { instanceIn } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';
import { CURL_LINES, LOOKS } from '../templates/email-timing-lines.ts';

const shell = promisify(execFile);

/** Wide enough that a kill right after an insert comes before the commit. */
const COMMIT_DELAY_MS = 1000;
/** Where the events lie, and what everything else goes through. */
const STORES = ['clickhouse-1', 'kafka-1'];
/** Kafka gives the partitions of a dead consumer to nobody for half a minute, and one has been killed before. */
const VICTIMS = gateRounds(STORES, ['consumer-2', 'connector-1', 'inference-1', 'redis-1', 'postgres-1', ...STORES]);
const COUNT = 'SELECT count() FROM sendflowr.email_events';
/** Mails whose steps do not follow one another in time as they were sent. */
const OUT_OF_ORDER = `SELECT countIf(by_time != by_id) FROM (
  SELECT arraySort(step -> step.1, groupArray((timestamp, event_id))).2 AS by_time, arraySort(groupArray(event_id)) AS by_id
  FROM sendflowr.email_events WHERE JSONHas(metadata, 'subject') GROUP BY JSONExtractString(metadata, 'message_hash'))`;
/** A Wednesday. */
const NOW = '2026-01-07T12:00:00Z';

test.for(gateRuntimes('process'))(
  '%s: the guide, a crash between insert and commit, three consumers, services killed under traffic',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    const values = { consumerCommitDelayMs: COMMIT_DELAY_MS };
    await using project = await openTestProject({ stack: 'email-timing', runtime, values });
    const at = addresses(project);
    const count = (suffix = '') => query(at.clickhouse, `${COUNT} ${suffix}`).then(Number);
    await project.up('--build');
    await expectReachablePorts(project);

    // The guide's own lines.
    const { events } = (await post(`${at.connector}/api/mock/events/generate?count=50&seed=e2e`)).body;
    expect(events).toHaveLength(50);
    await waitFor('the mock events', async () => (await count()) === 50);
    expect((await post(`${at.connector}/api/mock/events/generate?count=50&seed=e2e`)).body.events).toEqual(events);
    for (const { text, port, answer } of CURL_LINES) {
      const line = text.replace(/localhost:\d+/, `localhost:${project.portValues[port]}`);
      expect(JSON.parse((await shell('sh', ['-ec', line])).stdout), text).toMatchObject(answer);
    }
    await waitFor('the events of the guide', async () => (await count()) === 55);
    for (const { stackctl, args, answer } of LOOKS) {
      const { code, out, err } = await project.run(args);
      expect({ stackctl, code, err }).toMatchObject({ stackctl, code: 0 });
      expect(out.replaceAll('\r', ''), stackctl).toMatch(answer);
    }

    // The files name the live database of ClickHouse, and the shadow one gets what they make.
    const verified = ok(await project.json(['migrate', 'verify', '--shadow'])).data.services;
    expect(verified).toMatchObject(
      ['clickhouse', 'postgres'].map((service) => ({ service, shadow: { differences: [] } })),
    );

    await expectOppositeHours(at);
    await expectOneRecipient(project, at);

    // Inserted and not committed when the consumer is killed: read and inserted again, and counted once.
    const before = await count();
    const consumer = instanceIn(await project.status(), 'consumer-1');
    await post(`${at.connector}/webhooks/e2e`, batch('crash', 30));
    await waitFor('the insert', async () => (await count()) === before + 30);
    await crash(consumer);
    const reread = async () => (await statsOf(at.consumer(1))).inserted >= 30;
    await waitFor('the consumer to insert again', async () => {
      expect(await count()).toBe(before + 30);
      return reread().catch(() => false);
    });
    expect(await count()).toBe(before + 30);

    await expectNothingLostOrTwice(project, at);

    const unseeded = await count();
    const seeded = await project.json(['seed', 'traffic', '--count', '500']);
    expect(seeded).toMatchObject({ code: 0, data: { acked: 500, verified: true } });
    const journeys = ['seed', 'traffic', '--profile', 'journeys', '--count', '500'];
    expect(await project.json(journeys)).toMatchObject({ code: 0, data: { acked: 500, verified: true } });
    expect(Number(await query(at.clickhouse, OUT_OF_ORDER))).toBe(0);
    expect(await count()).toBe(unseeded + 1000);
    expect(await project.json(['restart', 'clickhouse'])).toMatchObject({ code: 0 });
    expect(await count()).toBe(unseeded + 1000);
    await expectRebuilt(project, ['connector', 'consumer', 'inference']);
    await expectKept(project, at);
    expect(await project.json(['reset', 'clickhouse', '--yes'])).toMatchObject({ code: 0 });
    expect(await count()).toBe(0);
    expect(await project.json(['reset', 'redis', '--yes'])).toMatchObject({ code: 0 });

    ok(await project.json(['down', '--volumes', '--yes']));
    expect(await project.leftovers()).toEqual([]);
  },
);

/** Three consumers, under traffic; then services are killed in turn: in the long suite every one on processes. */
async function expectNothingLostOrTwice(project: TestProject, at: Addresses): Promise<void> {
  const count = (suffix = '') => query(at.clickhouse, `${COUNT} ${suffix}`).then(Number);
  const traffic = startTraffic(at);
  expect(await project.json(['scale', 'consumer=3'])).toMatchObject({ code: 0 });
  await waitFor('a partition for each of the three', async () => {
    const stats = await Promise.all([1, 2, 3].map((index) => statsOf(at.consumer(index))));
    const partitions = stats.map((each) => each.partitions);
    return partitions.every(({ length }) => length === 1) && new Set(partitions.flat()).size === 3;
  });
  const isWhole = project.runtime === 'process';
  for (const victim of isWhole ? VICTIMS : VICTIMS.slice(-1)) {
    const acked = traffic.acked();
    await crash(instanceIn(await project.status(), victim));
    await untilHealthyAfter(victim, project);
    await waitFor(`acknowledgements after ${victim} was killed`, () => traffic.acked() > acked);
  }
  const { sent, miscounted } = await traffic.stop();
  expect(miscounted).toEqual([]);
  expect(sent).toBeGreaterThan(200);
  await waitFor('every event', async () => (await count("WHERE provider = 'traffic'")) === sent);
}

/** `up --build` with the names of services restarts each of them, and leaves every other one running as it is. */
async function expectRebuilt(project: TestProject, services: readonly string[]): Promise<void> {
  const startsOf = async () => {
    const { instances } = await project.status();
    return new Map(instances.map(({ name, service, startedAt }) => [name, { service, startedAt }]));
  };
  const before = await startsOf();
  ok(await project.json(['up', '--build', ...services]));
  const after = await startsOf();
  const restarted = [...after].filter(([name, { startedAt }]) => startedAt !== before.get(name)?.startedAt);
  const asked = [...after].filter(([, { service }]) => services.includes(service));
  expect(restarted.map(([name]) => name)).toEqual(asked.map(([name]) => name));
  expect(asked.length).toBeGreaterThanOrEqual(services.length);
}

/** `down` and `up`: rows, recipients and offsets are what they were, and only what is new is read. */
async function expectKept(project: TestProject, at: Addresses): Promise<void> {
  await waitFor('the commits', async () => (await groupOffsets(project)).every(({ lag }) => lag === 0));
  const before = await keptState(project, at);
  expect(before.people).toContain('sf_');
  ok(await project.json(['down']));
  expect(await project.leftovers({ data: false })).toEqual([]);
  await project.up();
  expect(await keptState(project, at)).toEqual(before);
  await post(`${at.connector}/webhooks/e2e`, batch('after-down', 20));
  await waitFor('what is new', async () => (await query(at.clickhouse, COUNT)) === String(Number(before.rows) + 20));
  const stats = await Promise.all([1, 2, 3].map((index) => statsOf(at.consumer(index))));
  expect(stats.map(({ received }) => received).reduce((sum, each) => sum + each)).toBe(20);
}

async function keptState(project: TestProject, at: Addresses) {
  const tables = ['identifiers', 'universal_ids'].flatMap((table) => ['-c', `select * from ${table} order by 1, 2`]);
  const { code, out } = await project.run(['cli', 'postgres', '-tA', ...tables]);
  expect(code).toBe(0);
  return { rows: await query(at.clickhouse, COUNT), people: out, offsets: await groupOffsets(project) };
}

interface GroupOffset {
  readonly partition: number;
  readonly committedOffset: number;
  readonly latestOffset: number;
  readonly lag: number;
}

async function groupOffsets(project: TestProject): Promise<readonly GroupOffset[]> {
  const { data } = ok(await project.json(['inspect', 'kafka', 'groups']));
  const rows: readonly GroupOffset[] = data.services[0].views[0].rows;
  expect(rows).toHaveLength(3);
  return rows.map(({ partition, committedOffset, latestOffset, lag }) => ({
    partition,
    committedOffset,
    latestOffset,
    lag,
  }));
}

/** The controller of a broker in a container is for that container alone. */
async function expectReachablePorts({ runtime, json, paths }: TestProject): Promise<void> {
  const names = runtime === 'docker' ? ['broker', 'inside'] : ['broker', 'inside', 'controller'];
  const { ports } = (await json(['ports'])).data as { ports: { instance: string; port: string }[] };
  expect(ports.filter(({ instance }) => instance === 'kafka-1').map(({ port }) => port)).toEqual(names);
  const record = JSON.parse(await readFile(paths.record, 'utf8'));
  expect(Object.keys(record.ports['kafka-1'])).toEqual(names);
}

async function untilHealthyAfter(victim: string, project: TestProject): Promise<void> {
  let last = '';
  const healthy = async () => {
    const { code, error } = await project.json(['health']);
    last = error?.message ?? '';
    return code === 0;
  };
  await waitFor('health', healthy).catch(() => expect.fail(`after ${victim} was killed: ${last}`));
}

interface Addresses {
  readonly connector: string;
  readonly inference: string;
  readonly clickhouse: string;
  consumer(index: number): string;
}

function addresses({ portValues }: TestProject): Addresses {
  const local = (port = 0) => `http://127.0.0.1:${port}`;
  return {
    connector: local(portValues.connectorPort),
    inference: local(portValues.inferencePort),
    clickhouse: local(portValues.clickhousePort),
    consumer: (index) => local((portValues.consumerPort ?? 0) + index - 1),
  };
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it with matchers
  readonly body: any;
}

async function post(url: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(url, { method: 'POST', ...(body !== undefined && { body: JSON.stringify(body) }) });
  return { status: answer.status, body: await answer.json() };
}

/** As anybody would ask: nothing of the stack's own settings comes with it. */
async function query(clickhouse: string, sql: string): Promise<string> {
  const answer = await fetch(clickhouse, { method: 'POST', body: sql });
  const text = (await answer.text()).trim();
  if (!answer.ok) throw new Error(text);
  return text;
}

interface ConsumerStats {
  readonly received: number;
  readonly inserted: number;
  readonly partitions: readonly number[];
}

async function statsOf(consumer: string): Promise<ConsumerStats> {
  return (await fetch(`${consumer}/stats`)).json() as never;
}

function batch(name: string, size: number): readonly Record<string, unknown>[] {
  return Array.from({ length: size }, (_, index) => ({
    event_id: `${name}-${index}`,
    event_type: 'delivered',
    email: `reader-${index % 7}@example.com`,
    timestamp: '2026-01-05T10:00:00Z',
  }));
}

/** Two people with opposite habits, by what they did; `now` is given, so the answer depends on nothing else. */
async function expectOppositeHours(at: Addresses): Promise<void> {
  const opens = (email: string, hour: number) =>
    Array.from({ length: 8 }, (_, week) => ({
      event_type: 'opened',
      email,
      timestamp: new Date(Date.UTC(2026, 0, 6 - 7 * (week % 4), hour, week)).toISOString(),
    }));
  const sent = await post(`${at.connector}/webhooks/e2e`, [
    ...opens('owl@example.com', 23),
    ...opens('bird@example.com', 5),
  ]);
  expect(sent).toMatchObject({ status: 202, body: { accepted: 16 } });
  await waitFor('both histories', async () => {
    const [owl, bird] = await Promise.all([hourFor(at, 'owl@example.com'), hourFor(at, 'bird@example.com')]);
    return owl === 23 && bird === 5;
  });
}

async function hourFor(at: Addresses, email: string): Promise<number> {
  const universal_id = await idOf(at, email);
  const { body } = await post(`${at.inference}/timing/decide`, { universal_id, latency_seconds: 0, now: NOW });
  return new Date(body.send_at).getUTCHours();
}

/** What the topic's key says: the id is in the answer of the connector's own question to the timing service. */
async function idOf(at: Addresses, email: string): Promise<string> {
  return (await post(`${at.connector}/api/timing/decide`, { email, latency_seconds: 0 })).body.universal_id;
}

/** Identifiers in pairs, at once and in any order: one person in the end, and the address is nowhere. */
async function expectOneRecipient(project: TestProject, at: Addresses): Promise<void> {
  const [first, second] = ['zed.one@example.com', 'zed.two@example.com'];
  const pairs = [
    { email: first, phone: '+49 30 123456' },
    { phone: '0049 30 123456', external_id: 'zed.one@example.com#7' },
    { external_id: 'zed.one@example.com#7', email: second },
  ];
  const event = { event_type: 'sent', timestamp: NOW, metadata: { note: 'to zed.one@example.com' } };
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, index) =>
      post(`${at.connector}/webhooks/e2e`, { ...event, ...pairs[index % 3], event_id: `pair-${index}` }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(await idOf(at, first)).toBe(await idOf(at, second));
  await waitFor(
    'all of them',
    async () => (await query(at.clickhouse, `${COUNT} WHERE event_id LIKE 'pair-%'`)) === '24',
  );
  const rows = await query(at.clickhouse, 'SELECT * FROM sendflowr.email_events FORMAT JSONEachRow');
  const people = await project.run([
    'cli',
    'postgres',
    '-c',
    'select * from identifiers',
    '-c',
    'select * from universal_ids',
  ]);
  expect(people).toMatchObject({ code: 0, out: expect.stringContaining('sf_') });
  const logs = await project.run(['logs']);
  expect(`${rows}${people.out}${logs.out}`).not.toMatch(/zed\.|example\.com|30 ?123456/);
}

interface Traffic {
  acked(): number;
  /** Events that were all acknowledged in the end, and the moments at which the count was not that of the ids. */
  stop(): Promise<{ readonly sent: number; readonly miscounted: readonly string[] }>;
}

/** Enough to be at work whenever something is killed, and little enough to leave the processor to what is started again. */
const PAUSE_MS = 100;
const LOOK_EVERY_MS = 500;

/**
 * Webhooks one after the other, each repeated until it is acknowledged and every fifth one once more after that, as
 * providers do; and a look at the plain count all the time.
 */
function startTraffic(at: Addresses): Traffic {
  let [batches, stopped] = [0, false];
  const miscounted: string[] = [];
  const deliver = (events: readonly unknown[]) =>
    post(`${at.connector}/webhooks/traffic`, events).then(
      ({ status }) => status === 202,
      () => false,
    );
  const send = async (): Promise<void> => {
    for (; !stopped; batches += 1) {
      const events = batch(`traffic-${batches}`, 10);
      await waitFor('an acknowledgement', () => deliver(events));
      if (batches % 5 === 0) await deliver(events);
      await delay(PAUSE_MS);
    }
  };
  const look = async (): Promise<void> => {
    while (!stopped) {
      const counts = await query(
        at.clickhouse,
        'SELECT count(), uniqExact(event_id) FROM sendflowr.email_events',
      ).catch(() => '0\t0');
      const [rows, ids] = counts.split('\t');
      if (rows !== ids) miscounted.push(counts);
      await delay(LOOK_EVERY_MS);
    }
  };
  const running = Promise.all([send(), look()]);
  return {
    acked: () => batches * 10,
    stop: async () => {
      stopped = true;
      await running;
      return { sent: batches * 10, miscounted };
    },
  };
}
