import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, test } from 'vitest';
import { run, STACKCTL } from '../support/cli.ts';
import { crash } from '../support/crash.ts';
import { ok, openTestProject, type TestProject } from '../support/project.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';
import { untilHealthy } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';
import { ANALYTICS_LINES } from '../templates/analytics-lines.ts';

const PLAIN = ['0001_events', '0002_events_hypertable', '0003_events_indexes'];
/** Debian's package is the Apache edition. */
const LICENSED = ['0004_events_compression', '0005_events_hourly', '0006_events_hourly_all_hours'];
const VALUES = { claimIdleMs: 1000 };

test.for(gateRuntimes('process'))(
  '%s: events reach the hypertable once each, whoever is killed',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ stack: 'analytics', runtime, values: VALUES });
    const first = await project.up();
    expect(first).toMatchObject({ healthy: true, stack: 'analytics', runtime });
    expect(first.instances.map(({ name }) => name)).toEqual(['redis-1', 'timescaledb-1', 'ingester-1']);
    await expectMigrated(project);
    expect(await query(project, 'SELECT hypertable_name FROM timescaledb_information.hypertables')).toEqual([
      { hypertable_name: 'events' },
    ]);

    const byHand = fields(randomUUID());
    expect(await project.run(['cli', 'redis', 'XADD', 'events', '*', ...byHand])).toMatchObject({ code: 0 });
    expect(await project.run(['cli', 'redis', 'XADD', 'events', '*', ...byHand])).toMatchObject({ code: 0 });
    const refused = ['event_id', 'none', 'time', '2026-01-02T03:04:05Z'];
    expect(await project.run(['cli', 'redis', 'XADD', 'events', '*', ...refused])).toMatchObject({ code: 0 });
    const traffic = startTraffic(project, [byHand[1] ?? '']);
    for (const name of ['ingester-1', 'redis-1', 'timescaledb-1']) {
      await traffic.more(200);
      await crash(await project.instance(name));
      await traffic.more(200);
      await untilHealthy(project);
    }
    const sent = await traffic.stop();
    await untilStored(project, sent);
    expect(await storedIds(project)).toEqual(sent);

    await pipeSchema(project);
    await pipeSchema(project);
    await expectMigrated(project);
    expect(ok(await project.json(['migrate', 'up'])).data.services).toMatchObject([{ applied: [] }]);

    await expectAnswers(project);
    const { out: dead } = await project.run(['cli', 'redis', 'XRANGE', 'events:dead', '-', '+']);
    expect(dead.replaceAll('\r', '')).toMatch(/^none$[\s\S]*^event_id must be a UUID$/m);

    ok(await project.json(['restart']));
    expect(await storedIds(project)).toEqual(sent);
    ok(await project.json(['scale', 'ingester=2']));
    const again = startTraffic(project, sent);
    await again.more(200);
    const all = await again.stop();
    await untilStored(project, all);
    expect(await storedIds(project)).toEqual(all);
    await expectSeeded(project, 1000);

    const before = await storedIds(project);
    expect(before).toHaveLength(all.length + 1000);
    ok(await project.json(['down']));
    await project.up();
    expect(await storedIds(project)).toEqual(before);
    ok(await project.json(['down', '--volumes', '--yes']));
    expect(await project.leftovers()).toEqual([]);
  },
);

test('process: the schema by hand comes first, and the migrations find nothing in their way', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ stack: 'analytics', runtime: 'process' });
  const later = await project.json([...project.upArgs, '--dry-run']);
  expect(ok(later).data.migrations).toMatchObject([
    { service: 'timescaledb', asked: false, files: [...PLAIN, ...LICENSED] },
  ]);
  ok(await project.json([...project.upArgs, 'timescaledb', '--no-migrate']));
  const ahead = ok(await project.json(['up', '--dry-run'])).data.migrations;
  expect(ahead).toMatchObject([
    {
      service: 'timescaledb',
      asked: true,
      steps: [
        ...PLAIN.map((name) => ({ name, action: 'apply' })),
        ...LICENSED.map((name) => ({ name, action: 'leaveOut' })),
      ],
    },
  ]);
  // The ingester waits for a table that nobody makes; more time would not help.
  expect(await project.json(['up', '--no-migrate', '--timeout', '10s'])).toMatchObject({
    code: 5,
    error: { code: 'E_NOT_READY', hint: expect.stringContaining('`stackctl migrate up`') },
  });
  const traces = `SELECT 1 FROM pg_namespace WHERE nspname = 'stackctl' UNION ALL SELECT 1 FROM pg_locks WHERE locktype = 'advisory'`;
  expect(await query(project, traces)).toEqual([]);
  expect(ok(await project.json(['migrate', 'status'])).data.services).toMatchObject([
    {
      service: 'timescaledb',
      applied: [],
      pending: [{ reason: 'new' }, {}, {}, {}, {}, {}],
      unavailable: [],
      drifted: [],
    },
  ]);
  const dry = await project.run(['migrate', 'up', '--dry-run']);
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('CREATE TABLE IF NOT EXISTS events') });
  await pipeSchema(project);
  const before = await query(project, CATALOG);
  expect(ok(await project.json(['migrate', 'up'])).data.services).toMatchObject([
    {
      service: 'timescaledb',
      applied: PLAIN.map((name) => ({ name })),
      unavailable: LICENSED.map((name) => ({ name, reason: expect.stringContaining('Apache edition') })),
    },
  ]);
  await expectMigrated(project);
  // The same schema by either way, and after the guide's own statements.
  expect(await query(project, CATALOG)).toEqual(before);
  for (const byHand of [[], [GUIDE_TABLE, `SELECT create_hypertable('events', 'time')`]]) {
    await query(project, 'DROP TABLE events; DELETE FROM stackctl.migrations');
    for (const statement of byHand) await query(project, statement);
    ok(await project.json(['migrate', 'up']));
    expect(await query(project, CATALOG)).toEqual(before);
  }
  const parts = before.map(({ part }) => part);
  for (const index of GUIDE_INDEXES) expect(parts).toContainEqual(expect.stringContaining(index));

  await expectVerified(project);
  await expectImported(project);
  await expectKept(project);

  await query(project, `UPDATE stackctl.migrations SET checksum = 'other' WHERE name = '0001_events'`);
  const drifted = await project.json(['migrate', 'status']);
  expect(drifted).toMatchObject({ code: 6, status: 'failed', error: { code: 'E_DRIFT' } });
  expect(drifted.data.services).toMatchObject([{ drifted: [{ name: '0001_events', type: 'edited' }] }]);
  expect(await project.json(['migrate', 'up'])).toMatchObject({ code: 6, error: { code: 'E_DRIFT' } });
  expect(await project.json(['up', '--dry-run'])).toMatchObject({
    code: 6,
    error: { code: 'E_DRIFT' },
    data: { migrations: [{ drifted: [{ name: '0001_events', type: 'edited' }] }] },
  });
});

/** As the guide has it. */
const GUIDE_TABLE = `CREATE TABLE events (
    time TIMESTAMPTZ NOT NULL,
    event_id UUID NOT NULL,
    event_type TEXT NOT NULL,
    user_id TEXT NOT NULL,
    properties JSONB,
    PRIMARY KEY (event_id, time)
);`;

/** The indexes that the guide lists, in the words of pg_indexes. */
const GUIDE_INDEXES = [
  'UNIQUE INDEX events_pkey ON public.events USING btree (event_id, "time")',
  'USING btree (event_type, "time" DESC)',
  'USING btree (user_id, "time" DESC)',
  'USING gin (properties)',
];

const CATALOG = `SELECT indexdef AS part FROM pg_indexes WHERE tablename = 'events' AND schemaname = 'public'
  UNION ALL SELECT attname || ' ' || atttypid::regtype || ' ' || attnotnull FROM pg_attribute
  WHERE attrelid = 'events'::regclass AND attnum > 0 ORDER BY 1`;

async function expectMigrated(project: TestProject): Promise<void> {
  const { data } = ok(await project.json(['migrate', 'status']));
  expect(data.services).toMatchObject([
    {
      service: 'timescaledb',
      applied: PLAIN.map((name) => ({ name })),
      pending: [],
      unavailable: LICENSED.map((name) => ({ name, reason: expect.stringContaining('Apache edition') })),
      drifted: [],
    },
  ]);
}

/** The files make what is there, the dump says it, and both notice what was made by hand. */
async function expectVerified(project: TestProject): Promise<void> {
  const verified = ok(await project.json(['migrate', 'verify', '--shadow'])).data.services;
  expect(verified).toMatchObject([{ drifted: [], unsound: [], shadow: { applied: PLAIN, differences: [] } }]);
  const { out } = await project.run(['migrate', 'dump', '--output', '-']);
  expect(out).toContain("SELECT public.create_hypertable('public.events', 'time', ");
  const dump = ['migrate', 'dump', '--output', 'schema.sql'];
  expect(await project.json(['migrate', 'dump'])).toMatchObject({ code: 2, error: { code: 'E_USAGE' } });
  const own = join(project.folder, 'structure.sql');
  await writeFile(own, '-- of another tool\n');
  expect(await project.json([...dump.slice(0, 3), 'structure.sql'])).toMatchObject({
    code: 2,
    error: { code: 'E_USAGE' },
  });
  expect(await readFile(own, 'utf8')).toBe('-- of another tool\n');
  ok(await project.json(dump));
  expect(await readFile(join(project.folder, 'schema.sql'), 'utf8')).toBe(out);
  ok(await project.json([...dump, '--check']));
  await query(project, 'CREATE INDEX by_hand ON events (event_type)');
  expect(await project.run([...dump, '--check'])).toMatchObject({
    code: 6,
    out: expect.stringContaining('+CREATE INDEX by_hand'),
  });
  const index = { type: 'index', name: 'public.by_hand', state: 'extra' };
  expect(await project.json(['migrate', 'verify', '--shadow'])).toMatchObject({
    code: 6,
    error: { code: 'E_MIGRATION_UNVERIFIED' },
    data: { services: [{ shadow: { differences: [index] } }] },
  });
  await query(project, 'DROP INDEX by_hand');
}

/** The files of another tool become ours, and what its ledger says in the running database becomes the next command. */
async function expectImported(project: TestProject): Promise<void> {
  const source = fileURLToPath(new URL('../migrate/import/fixtures/dbmate', import.meta.url));
  await query(
    project,
    `CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20260105090000')`,
  );
  const files = ['migrate', 'import', source, '--to', 'imported'];
  expect((await project.run([...files, '--dry-run'])).out).toMatch(
    /^nothing was written\npublic\.schema_migrations says .*, up to 20260105090000\.\nNext: the same command without --dry-run$/m,
  );
  expect(ok(await project.json([...files, '--yes'])).data).toMatchObject({
    tool: 'dbmate',
    service: 'timescaledb',
    baseline: { version: '20260105090000' },
  });
  expect(await readdir(join(project.folder, 'imported'))).toEqual(await readdir(source));
  expect(await project.run(files)).toMatchObject({ code: 0, out: expect.stringContaining('already imported') });
  await query(project, 'DROP TABLE schema_migrations');
  expect((await project.run(files)).out).toMatch(/has no table in which dbmate notes what it has applied\.\nNext: /);
}

/** The files of a built-in stack stay as they are, and so does a ledger that has them all. */
async function expectKept(project: TestProject): Promise<void> {
  const before = await query(project, 'SELECT * FROM stackctl.migrations ORDER BY name');
  for (const [words, error] of [
    [['new', 'more'], { code: 'E_USAGE', hint: expect.stringContaining('cp -r ') }],
    [['import', '.', '--yes'], { code: 'E_USAGE', hint: expect.stringContaining('cp -r ') }],
    [['down', '--yes'], { code: 'E_MIGRATION_UNAVAILABLE' }],
    [['lint'], null],
    [['repair', '--yes'], null],
    [['baseline', '3', '--yes'], null],
  ] as const)
    expect({ words, ...(await project.json(['migrate', ...words])) }).toMatchObject({ words, error });
  expect(await query(project, 'SELECT * FROM stackctl.migrations ORDER BY name')).toEqual(before);
}

/** What `seed traffic` says it has verified, as the table has it. */
async function expectSeeded(project: TestProject, count: number): Promise<void> {
  const { data } = ok(await project.json(['seed', 'traffic', '--count', String(count), '--seed', '5']));
  expect(data).toMatchObject({ asked: count, acked: count, rejected: 0, unknown: 0, verified: true });
  expect(data.stores).toEqual([expect.objectContaining({ stored: count, missing: 0, phantom: 0, duplicates: 0 })]);
  const sql = `SELECT count(*)::int AS rows, count(DISTINCT event_id)::int AS ids FROM events
    WHERE properties->>'run' = '${data.run}'`;
  expect(await query(project, sql)).toEqual([{ rows: count, ids: count }]);

  // The other profile writes visits into the hypertable itself.
  const visits = ok(await project.json(['seed', 'traffic', '--profile', 'sessions', '--count', '12000'])).data;
  expect(visits).toMatchObject({ acked: 12_000, verified: true, stores: [{ stored: 12_000, duplicates: 0 }] });
  const ordered = `SELECT count(*)::int AS visits, min(steps)::int AS fewest FROM (SELECT count(*) AS steps FROM events
    WHERE properties->>'run' = '${visits.run}' GROUP BY properties->>'session') AS of_session`;
  // 400 at a time, of 12 steps each: the third 400 are half way.
  expect(await query(project, ordered)).toEqual([{ visits: 1200, fewest: 6 }]);
  await query(
    project,
    `WITH gone AS (DELETE FROM events WHERE properties->>'run' = '${visits.run}' RETURNING 1) SELECT count(*) FROM gone`,
  );
}

/** The lines of the README that look, as they stand there. */
async function expectAnswers(project: TestProject): Promise<void> {
  for (const { stackctl, input, answer } of ANALYTICS_LINES) {
    if (answer === undefined) continue;
    const words = stackctl.split(' ').slice(1);
    expect(
      words.includes('--follow') ? await follow(project, words, answer) : await feed(project, words, input),
    ).toMatch(answer);
  }
}

/** Follows until the answer is there, and is interrupted then. */
async function follow(project: TestProject, words: readonly string[], answer: RegExp): Promise<string> {
  const { child, ended } = project.begin(words);
  let out = '';
  child.stdout?.on('data', (text) => (out += text));
  await waitFor(`${words.join(' ')} to say ${answer}`, () => answer.test(out));
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  return out;
}

async function feed({ folder, env }: TestProject, words: readonly string[], input = ''): Promise<string> {
  const line = `printf '%s' "$INPUT" | "${process.execPath}" "${STACKCTL}" ${words.join(' ')}`;
  const { code, out, err } = await run('bash', ['-c', line], { cwd: folder, env: { ...env, INPUT: input } });
  expect({ words, code, err }).toMatchObject({ words, code: 0 });
  return out;
}

/** As the guide does it, with `docker exec -i … psql … < schema.sql`. */
async function pipeSchema({ folder, env, paths }: TestProject): Promise<void> {
  const file = join(paths.rendered, 'timescaledb-1', 'schema.sql');
  const line = `"${process.execPath}" "${STACKCTL}" cli timescaledb -v ON_ERROR_STOP=1 < "${file}"`;
  expect(await run('bash', ['-c', line], { cwd: folder, env })).toMatchObject({ code: 0 });
}

async function query({ portValues }: TestProject, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: portValues.timescaledbPort ?? 0,
    database: 'analytics',
    user: 'analytics_user',
    password: 'analytics_pass',
  });
  client.on('error', () => undefined); // the query's own error is enough
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function storedIds(project: TestProject): Promise<readonly unknown[]> {
  return (await query(project, 'SELECT event_id FROM events ORDER BY 1')).map(({ event_id }) => event_id);
}

async function untilStored(project: TestProject, ids: readonly string[]): Promise<void> {
  await waitFor(`${ids.length} rows`, async () => (await storedIds(project)).length >= ids.length);
}

function fields(id: string): readonly string[] {
  const texts = {
    event_id: id,
    time: '2026-01-02T03:04:05Z',
    event_type: 'click',
    user_id: 'u',
    properties: '{"a":1}',
  };
  return Object.entries(texts).flat();
}

interface Traffic {
  /** Waits for this many more acknowledged events. */
  more(count: number): Promise<void>;
  /** The ids of everything that was acknowledged, sorted. */
  stop(): Promise<readonly string[]>;
}

/** Sends each event until it is acknowledged: one whose answer was lost may be in the stream twice. */
function startTraffic({ portValues }: TestProject, before: readonly string[]): Traffic {
  const redis = new Redis({
    port: portValues.redisPort ?? 0,
    protocol: 2,
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  });
  redis.on('error', () => undefined); // it is killed on purpose
  const sent = [...before];
  let stopped = false;
  const ended = (async () => {
    while (!stopped) {
      const ids = Array.from({ length: 10 }, () => randomUUID());
      await Promise.all(ids.map((id) => redis.xadd('events', '*', ...fields(id))));
      sent.push(...ids);
      // Often enough that some are in every step of the ingester, and the servers have the processor too.
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  })();
  return {
    more: async (count) => {
      const goal = sent.length + count;
      await waitFor('more traffic', () => sent.length >= goal);
    },
    stop: async () => {
      stopped = true;
      await ended;
      redis.disconnect();
      return sent.toSorted();
    },
  };
}
