import { describe, expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import type { ProgressEvent } from '../../src/lib/events.ts';
import { readMigrations } from '../../src/migrate/folder.ts';
import { migrationsAhead } from '../../src/migrate/outlook.ts';
import { ATTEMPTS, retryBlocked, waitMs } from '../../src/migrate/retry.ts';
import { runPending } from '../../src/migrate/run-pending.ts';
import { migrationStatus, planPending } from '../../src/migrate/status.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import { ledgerOf, onlyOne, stackOf } from '../support/memory-ledger.ts';
import { errorOf } from '../support/stack-fixtures.ts';

const SIGNAL = new AbortController().signal;

const FILES = { '2_b.sql': 'SELECT 2', '10_c.sql': 'SELECT 10', '1_a.sql': 'SELECT 1' };
const run = async (stack: Stack, emit: (event: ProgressEvent) => void = () => undefined) =>
  runPending(stack, onlyOne(stack), { signal: SIGNAL, emit, random: () => 0 });

test('files run in the order of their numbers, and a second run asks for no lock', async () => {
  const ledger = ledgerOf();
  const stack = stackOf(FILES, ledger.session);
  expect((await run(stack)).applied.map(({ name }) => name)).toEqual(['1_a', '2_b', '10_c']);
  expect(ledger.calls).toEqual(['lock', '1_a', '2_b', '10_c', 'close']);
  ledger.calls.length = 0;
  expect(await run(stack)).toEqual({ service: 'db', applied: [], unavailable: [] });
  expect(ledger.calls).toEqual(['close']);
});

test('settings that do not bind the files are named where that is asked for, and something is pending', async () => {
  const ledger = ledgerOf();
  const lifted = async () => ['statement_timeout=1s (ALTER ROLE shop)'];
  const stack = stackOf(FILES, { ...ledger.session, lifted });
  const notesOf = async (verbose: boolean): Promise<readonly ProgressEvent[]> => {
    const events: ProgressEvent[] = [];
    const emit = (event: ProgressEvent) => events.push(event);
    await runPending(stack, onlyOne(stack), { signal: SIGNAL, emit, verbose, to: verbose ? 2n : 1n });
    return events.filter(({ type }) => type === 'note');
  };
  expect(await notesOf(false)).toEqual([]);
  const text = 'db: does not bind the migrations: statement_timeout=1s (ALTER ROLE shop)';
  expect(await notesOf(true)).toEqual([{ type: 'note', text }]);
  expect(await notesOf(true)).toEqual([]);
});

test('what another run has applied while this one waited for the lock is not applied again', async () => {
  const ledger = ledgerOf();
  const stack = stackOf(FILES, ledger.session);
  const [migrated] = readMigrations(stack);
  ledger.hooks.beforeLock = () => {
    for (const { name, checksum } of migrated?.files.slice(0, 2) ?? []) ledger.enter(name, checksum, 'applied');
  };
  expect((await run(stack)).applied.map(({ name }) => name)).toEqual(['10_c']);
});

test('drift stops everything before the lock, and names both checksums', async () => {
  const ledger = ledgerOf();
  ledger.enter('1_a', 'other', 'applied');
  const error = await errorOf(run(stackOf(FILES, ledger.session)));
  expect(error).toMatchObject({ code: 'E_DRIFT', exitCode: 6 });
  expect(error.details.reasons).toEqual([
    expect.stringMatching(/^migrations\/1_a\.sql was edited .*sha256 other, now: \w{64}/),
  ]);
  expect(ledger.calls).toEqual(['close']);
});

test('a folder whose files are all gone is drift; one that never had any is silent', async () => {
  const ledger = ledgerOf();
  const empty = stackOf({}, ledger.session);
  expect(await run(empty)).toEqual({ service: 'db', applied: [], unavailable: [] });
  expect(ledger.calls).toEqual(['close']);
  await run(stackOf({ '1_a.sql': 'SELECT 1' }, ledger.session));
  const error = await errorOf(run(empty));
  expect(error).toMatchObject({ code: 'E_DRIFT', exitCode: 6 });
  expect(error.details.reasons).toEqual(['1_a was applied, and there is no such file']);
});

describe('a file that requires something', () => {
  const files = { ...FILES, '2_b.sql': '-- stackctl: requires=tsl optional=true\nSELECT 2' };

  test('is left out where that is missing, and the next one runs', async () => {
    const ledger = ledgerOf();
    const stack = stackOf(files, ledger.session);
    const events: ProgressEvent[] = [];
    const report = await run(stack, (event) => events.push(event));
    expect(report.unavailable).toEqual([{ name: '2_b', reason: 'tsl: not here' }]);
    expect(ledger.calls).toEqual(['lock', '1_a', '2_b (left out)', '10_c', 'close']);
    expect(events).toContainEqual(expect.objectContaining({ state: 'skipped', detail: 'tsl: not here' }));
    expect(await run(stack)).toEqual({ service: 'db', applied: [], unavailable: report.unavailable });
    const [migrated] = readMigrations(stack);
    if (migrated === undefined) throw new Error('no migrations');
    expect(await migrationStatus(stack, migrated, SIGNAL)).toMatchObject({
      applied: [{ name: '1_a' }, { name: '10_c' }],
      pending: [],
      unavailable: [{ name: '2_b' }],
      drifted: [],
    });
  });

  test('runs once the server has it, though later ones are applied', async () => {
    const ledger = ledgerOf(['tsl']);
    ledger.enter('2_b', 'an older text', 'unavailable');
    for (const { name, checksum } of readMigrations(stackOf(files, ledger.session))[0]?.files ?? [])
      if (name !== '2_b') ledger.enter(name, checksum, 'applied');
    expect((await run(stackOf(files, ledger.session))).applied.map(({ name }) => name)).toEqual(['2_b']);
  });

  test('is an error where it is not optional; what came before stays', async () => {
    const ledger = ledgerOf();
    const strict = { ...files, '2_b.sql': '-- stackctl: requires=tsl\nSELECT 2' };
    expect(await errorOf(run(stackOf(strict, ledger.session)))).toMatchObject({
      code: 'E_MIGRATION_UNAVAILABLE',
      message: 'migrations/2_b.sql requires what this server does not have: tsl: not here',
    });
    expect([...ledger.entries.keys()]).toEqual(['1_a']);
  });

  test('may find it in what a file before it has made', async () => {
    const features: string[] = [];
    const ledger = ledgerOf(features);
    ledger.hooks.apply = ({ name }) => {
      if (name === '1_a') features.push('tsl');
    };
    expect((await run(stackOf(files, ledger.session))).applied).toHaveLength(3);
  });
});

test('the plan of a dry run changes nothing', async () => {
  const ledger = ledgerOf();
  const files = { '1_a.sql': '-- stackctl: transaction=false\nVACUUM', '2_b.sql': '-- stackctl: requires=x\nSELECT 2' };
  const stack = stackOf(files, ledger.session);
  const [migrated] = readMigrations(stack);
  if (migrated === undefined) throw new Error('no migrations');
  expect((await planPending(stack, migrated, { signal: SIGNAL })).steps).toEqual([
    { name: '1_a', action: 'apply', reason: 'new', transactional: false, statements: ['VACUUM'] },
    { name: '2_b', action: 'refuse', reason: 'x: not here', transactional: true, statements: ['SELECT 2'] },
  ]);
  expect(ledger.calls).toEqual(['close']);
});

describe('a file that cannot get its lock', () => {
  const blocked = () => new StackctlError('E_MIGRATION_BLOCKED', 'blocked by pid 7');

  test('is tried again, and says so', async () => {
    const ledger = ledgerOf();
    let refusals = 2;
    ledger.hooks.apply = () => {
      if (refusals-- > 0) throw blocked();
    };
    const events: ProgressEvent[] = [];
    await run(stackOf({ '1_a.sql': 'SELECT 1' }, ledger.session), (event) => events.push(event));
    expect(ledger.calls.filter((call) => call === '1_a')).toHaveLength(3);
    expect(events).toContainEqual(
      expect.objectContaining({ state: 'progress', detail: 'attempt 2: blocked by pid 7' }),
    );
    // For who does not look at a terminal, once.
    expect(events.filter(({ type }) => type === 'note')).toEqual([
      { type: 'note', text: 'db: 1_a: is tried again, up to 10 times: blocked by pid 7' },
    ]);
  });

  test('fails after ten attempts; anything else fails at once', async () => {
    const count = async (error: Error): Promise<number> => {
      let attempts = 0;
      const attempt = async () => {
        attempts++;
        throw error;
      };
      // The longest waits would add up to 15 s: none is waited for.
      const options = { signal: SIGNAL, random: () => -0.5, onBlocked: () => undefined };
      await expect(retryBlocked(attempt, options)).rejects.toBe(error);
      return attempts;
    };
    expect(await count(blocked())).toBe(ATTEMPTS);
    expect(await count(new StackctlError('E_MIGRATION_FAILED', 'no such table'))).toBe(1);
  });

  test('waits longer each time, within bounds', () => {
    expect([1, 2, 3, 6, 10].map((attempt) => waitMs(attempt, 0.5))).toEqual([100, 200, 400, 3000, 3000]);
    expect([waitMs(1, 0), waitMs(10, 1)]).toEqual([50, 4500]);
  });
});

test('every mistake of every file is reported together, before anything is asked', async () => {
  const ledger = ledgerOf();
  const files = { '1_a.sql': "SELECT 'x", '1_b.sql': 'SELECT 1', '01_c.sql': 'SELECT 1', 'x.sql': 'COMMIT' };
  const error = await errorOf(run(stackOf(files, ledger.session)));
  expect(error).toMatchObject({ code: 'E_MIGRATION_INVALID', exitCode: 2 });
  expect(error.message.split('\n').slice(1)).toEqual([
    '  migrations/01_c.sql has the same version as 1_b; give it a higher number',
    '  migrations/1_b.sql has the same version as 1_a; give it a higher number',
    '  migrations/x.sql the name must be a number, an underscore and a title: 0001_events.sql or 20260102150405_events.sql',
  ]);
  expect(ledger.calls).toEqual([]);
});

test('every mistake of what is pending is reported together, before anything is applied; applied files are not read', async () => {
  const ledger = ledgerOf();
  const files = { '1_a.sql': "SELECT 'x", '2_b.sql': 'SELECT 1', '3_c.sql': 'COMMIT', '4_d.sql': "SELECT 'y" };
  const stack = stackOf(files, ledger.session);
  const first = onlyOne(stack).files[0];
  ledger.enter('1_a', first?.checksum ?? '', 'applied');
  const error = await errorOf(run(stack));
  expect(error).toMatchObject({ code: 'E_MIGRATION_INVALID', exitCode: 2 });
  expect(error.message.split('\n').slice(1)).toEqual([
    expect.stringContaining('migrations/3_c.sql:1:1 COMMIT: stackctl itself'),
    '  migrations/4_d.sql:1:8 this quoted text is never closed',
  ]);
  expect(ledger.calls).toEqual(['close']);
});

test('a service whose kind knows no migrations is refused', () => {
  expect(() => readMigrations(stackOf(FILES))).toThrow(/the service db has migrations, and the kind fake knows none/);
});

test('what is ahead is asked of a server that runs, without a lock; drift is told beside it', async () => {
  const ledger = ledgerOf();
  const stack = stackOf(FILES, ledger.session);
  ledger.enter('1_a', 'other', 'applied');
  const running = await migrationsAhead(stack, { running: ['db-1'], starting: [] }, SIGNAL);
  expect(running.failure).toMatchObject({ code: 'E_DRIFT' });
  expect(running.outlooks).toMatchObject([
    { asked: true, steps: [{ name: '2_b', action: 'apply' }, { name: '10_c' }] },
  ]);
  expect(ledger.calls).toEqual(['close']);
  const starting = await migrationsAhead(stack, { running: [], starting: ['db-1'] }, SIGNAL);
  expect(starting).toMatchObject({ failure: undefined, outlooks: [{ asked: false, files: ['1_a', '2_b', '10_c'] }] });
  const elsewhere = await migrationsAhead(stack, { running: ['other-1'], starting: [] }, SIGNAL);
  expect(elsewhere.outlooks).toEqual([]);
  expect(ledger.calls).toEqual(['close']);
});

test('a server that runs and does not answer is one that is not ready yet', async () => {
  const migrator = {
    sql: POSTGRES_SQL,
    requirements: [],
    connect: () => Promise.reject(new StackctlError('E_NOT_READY', 'db starts')),
  };
  const stack = stackOf(FILES);
  const away = {
    ...stack,
    services: stack.services.map((service) => ({ ...service, kind: { ...service.kind, migrator } })),
  };
  const { outlooks } = await migrationsAhead(away, { running: ['db-1'], starting: [] }, SIGNAL);
  expect(outlooks).toMatchObject([{ asked: false, reason: 'db starts', files: ['1_a', '2_b', '10_c'] }]);
});

describe('a section "else"', () => {
  const files = { '1_a.sql': '-- stackctl: requires=tsl\nSELECT 1;\n-- stackctl: else\nSELECT 2' };

  test('runs in the place of the file, once; the file runs when the server has what it requires', async () => {
    const without = ledgerOf();
    const statements: string[] = [];
    without.hooks.apply = (migration) => statements.push(...migration.statements.map(({ text }) => text));
    const stack = stackOf(files, without.session);
    expect((await planPending(stack, onlyOne(stack), { signal: SIGNAL })).steps).toMatchObject([
      { action: 'applyElse', statements: ['SELECT 2'] },
    ]);
    expect(await run(stack)).toMatchObject({
      applied: [],
      unavailable: [{ name: '1_a', reason: 'tsl: not here; its section "else" is in effect' }],
    });
    expect(await run(stack)).toMatchObject({ applied: [], unavailable: [{ name: '1_a' }] });
    expect(statements).toEqual(['SELECT 2']);
    const after = ledgerOf(['tsl']);
    for (const [name, entry] of without.entries) after.entries.set(name, entry);
    after.hooks.apply = without.hooks.apply;
    expect(await run(stackOf(files, after.session))).toMatchObject({ applied: [{ name: '1_a' }], unavailable: [] });
    expect(statements).toEqual(['SELECT 2', 'SELECT 1']);
  });
});

test('a late file is drift, unless it is allowed: then it runs, and its entry says so', async () => {
  const ledger = ledgerOf();
  const stack = stackOf(FILES, ledger.session);
  ledger.enter('2_b', onlyOne(stack).files[1]?.checksum ?? '', 'applied');
  expect(await errorOf(run(stack))).toMatchObject({ code: 'E_DRIFT' });
  const late: (readonly [string, boolean | undefined])[] = [];
  ledger.hooks.apply = ({ name, outOfOrder }) => late.push([name, outOfOrder]);
  await runPending(stack, onlyOne(stack), { signal: SIGNAL, emit: () => undefined, allowOutOfOrder: true });
  expect(late).toEqual([
    ['1_a', true],
    ['10_c', false],
  ]);
});

test('up to a version applies nothing above it', async () => {
  const ledger = ledgerOf();
  const stack = stackOf(FILES, ledger.session);
  await runPending(stack, onlyOne(stack), { signal: SIGNAL, emit: () => undefined, to: 2n });
  expect(ledger.calls).toEqual(['lock', '1_a', '2_b', 'close']);
});
