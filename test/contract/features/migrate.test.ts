import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProgressEvent } from '../../../src/lib/events.ts';
import { readMigrations } from '../../../src/migrate/folder.ts';
import type { MigrateReport } from '../../../src/migrate/report.ts';
import { runPending } from '../../../src/migrate/run-pending.ts';
import type { Stack } from '../../../src/stack/contract/model.ts';
import { builtInStack } from '../../support/built-in-stack.ts';
import { errorOf } from '../../support/stack-fixtures.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openStores, type Stores, withPostgres } from '../services/ingester-servers.ts';

let stores: Stores;
let analytics: Stack;

beforeAll(async () => {
  stores = await openStores();
  await stores.startPostgres();
  const values = { timescaledbPort: String(stores.postgresPort), database: 'postgres', databaseUser: 'owner' };
  analytics = await builtInStack('analytics', { runtime: 'process', values });
});
afterAll(() => stores.close());
beforeEach(() =>
  sql(
    'DROP SCHEMA IF EXISTS stackctl CASCADE; DROP TABLE IF EXISTS events, t, parent; DROP SCHEMA IF EXISTS many CASCADE',
  ),
);

async function sql(text: string): Promise<readonly Record<string, unknown>[]> {
  const rows = await withPostgres(stores.postgresPort, async (client) => (await client.query(text)).rows ?? []);
  if (rows === false) throw new Error(`failed: ${text}`);
  return rows;
}

/** The stack with these files in the place of its own. */
function withFiles(files: Readonly<Record<string, string>>): Stack {
  const listed = Object.entries(files).map(([name, text]) => ({
    name,
    path: `/m/${name}.sql`,
    read: () => ({ text, mistake: undefined }),
  }));
  return { ...analytics, migrations: [{ service: 'timescaledb', folder: '/m', files: listed, others: [] }] };
}

async function run(stack: Stack, emit: (event: ProgressEvent) => void = () => undefined): Promise<MigrateReport> {
  const [migrated] = readMigrations(stack);
  if (migrated === undefined) throw new Error('no migrations');
  return runPending(stack, migrated, { signal: AbortSignal.timeout(60_000), emit });
}

test('the files of the built-in stack, by three runs at once: each is applied by one of them', async () => {
  const reports = await Promise.all([run(analytics), run(analytics), run(analytics)]);
  const names = reports.flatMap(({ applied, unavailable }) => [...applied, ...unavailable].map(({ name }) => name));
  expect(new Set(names).size).toBe(6);
  expect(reports.flatMap(({ applied }) => applied.map(({ name }) => name))).toEqual(
    expect.arrayContaining(['0001_events', '0003_events_indexes']),
  );
  expect(await sql('SELECT count(*)::int AS entries FROM stackctl.migrations')).toEqual([{ entries: 6 }]);
  expect(await sql('SELECT FROM events')).toEqual([]);
});

test('a file waits for a lock by trying again, and gets it once it is free', async () => {
  await sql('CREATE TABLE t (a int)');
  const stack = withFiles({ '1_t': '-- stackctl: lock_timeout=50ms\nALTER TABLE t ADD COLUMN b int' });
  const events: ProgressEvent[] = [];
  let release = (): void => undefined;
  const free = new Promise<void>((resolve) => {
    release = resolve;
  });
  const holder = withPostgres(stores.postgresPort, async (client) => {
    await client.query('BEGIN; LOCK TABLE t');
    await free;
    await client.query('COMMIT');
  });
  await waitFor(
    'the lock',
    async () => (await sql(`SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock'`)).length > 0,
  );
  const running = run(stack, (event) => events.push(event));
  const attempts = () => events.filter((event) => event.type === 'step' && event.state === 'progress');
  await waitFor('two attempts', () => attempts().length >= 2);
  release();
  expect((await running).applied).toMatchObject([{ name: '1_t' }]);
  await holder;
  expect(attempts()[0]).toMatchObject({
    detail: expect.stringMatching(/^attempt 1: \/m\/1_t\.sql:2:1: .*lock timeout/),
  });
  expect(await sql('SELECT b FROM t')).toEqual([]);
});

test('a file that fails names its line; what came before stays, and the corrected file runs', async () => {
  const wrong = {
    '1_t': 'CREATE TABLE t (a int)',
    '2_t': 'ALTER TABLE t ADD b int;\n\nALTER TABLE t\n  ADD c nonsense',
  };
  const error = await errorOf(run(withFiles(wrong)));
  expect(error).toMatchObject({ code: 'E_MIGRATION_FAILED', exitCode: 1 });
  expect(error.message).toMatch(/^\/m\/2_t\.sql:4:9: .*"nonsense" does not exist/);
  expect(await sql(`SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0`)).toEqual([
    { attname: 'a' },
  ]);
  const right = { ...wrong, '2_t': 'ALTER TABLE t ADD b int' };
  expect((await run(withFiles(right))).applied).toMatchObject([{ name: '2_t' }]);
});

/** Tables in a schema of their own, each in a file. */
function many(count: number, others: Readonly<Record<number, string>> = {}): Readonly<Record<string, string>> {
  const texts = Array.from({ length: count }, (_, index) => others[index] ?? `CREATE TABLE many.t${index} (n int)`);
  return Object.fromEntries(texts.map((text, index) => [`${index + 1}_t`, text]));
}

const entries = async (): Promise<readonly unknown[]> =>
  (await sql('SELECT name FROM stackctl.migrations ORDER BY run_order')).map(({ name }) => name);

test('files that go together, by three runs at once: each is applied once, in its order', async () => {
  await sql('CREATE SCHEMA many');
  const stack = withFiles(many(50));
  const reports = await Promise.all([run(stack), run(stack), run(stack)]);
  expect(reports.map(({ applied }) => applied.length).toSorted()).toEqual([0, 0, 50]);
  expect(await entries()).toEqual(Object.keys(many(50)));
});

test.each([
  ['grammar', 'CREATE TABLE many.b (n int,,)', /^\/m\/21_t\.sql:1:28: syntax error/],
  ['a table that is there', 'CREATE TABLE many.t3 (n int)', /^\/m\/21_t\.sql:1:1: relation "t3" already exists/],
])(
  'a file among many that go together fails (%s): those before it stay, the others follow',
  async (_what, text, message) => {
    await sql('CREATE SCHEMA many');
    const error = await errorOf(run(withFiles(many(40, { 20: text }))));
    expect(error.code).toBe('E_MIGRATION_FAILED');
    expect(error.message).toMatch(message);
    expect(await entries()).toEqual(Object.keys(many(20)));
    expect((await run(withFiles(many(40)))).applied).toHaveLength(20);
    expect(await entries()).toEqual(Object.keys(many(40)));
  },
);

test('a file among many that waits for a lock has the time in its report, all attempts together; no other has', async () => {
  await sql('CREATE SCHEMA many; CREATE TABLE parent (n int PRIMARY KEY)');
  const child = '-- stackctl: lock_timeout=1s\nCREATE TABLE many.child (n int REFERENCES parent)';
  const events: ProgressEvent[] = [];
  const began = performance.now();
  const report = await withPostgres(stores.postgresPort, async (client) => {
    await client.query('BEGIN; LOCK TABLE parent');
    const running = run(withFiles(many(20, { 5: child })), (event) => events.push(event));
    await waitFor('the second attempt', async () =>
      events.some((event) => event.type === 'note' && event.text.includes('is tried again')),
    );
    await client.query('COMMIT');
    return running;
  });
  if (report === false) throw new Error('the run failed');
  const tookMs = performance.now() - began;
  const { '6_t': waited = 0, ...others } = Object.fromEntries(
    report.applied.map(({ name, durationMs }) => [name, durationMs]),
  );
  expect(waited).toBeGreaterThanOrEqual(1000);
  expect(waited).toBeLessThan(tookMs);
  expect(Object.keys(others)).toHaveLength(19);
  expect(Math.max(...Object.values(others))).toBeLessThan(1000);
  expect(events).toContainEqual(expect.objectContaining({ id: 'migrate:timescaledb:1_t', state: 'done' }));
});
