import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withPostgres } from '../../src/clients/postgres/connect.ts';
import { targetOf } from '../../src/kinds/_shared/postgres/options.ts';
import { ensureDatabase } from '../../src/kinds/_shared/postgres/provision.ts';
import { kind } from '../../src/kinds/postgres/index.ts';
import type { PostgresOptions } from '../../src/kinds/postgres/options.ts';
import { Secret } from '../../src/lib/secret.ts';
import { baselineAdvice } from '../../src/migrate/import/baseline.ts';
import type { ImportPlan } from '../../src/migrate/import/plan.ts';
import { planRevert, revert } from '../../src/migrate/revert.ts';
import { runPending } from '../../src/migrate/run-pending.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import { FOREIGN_RUNS, foreignTools } from '../support/foreign-tools.ts';
import { migratedOf, planOf, stackOf } from '../support/imported.ts';
import { installation, type PostgresServer, postgresServer } from '../support/postgres-server.ts';
import { schemaSnapshot } from '../support/schema-snapshot.ts';
import { patience } from '../support/wait-for.ts';

const FIXTURES = fileURLToPath(new URL('../migrate/import/fixtures/', import.meta.url));
const OPTIONS = { database: 'shop', user: 'shop_user', password: new Secret('secret') };

let server: PostgresServer<PostgresOptions>;
let tools: Readonly<Record<string, string>>;
let scratch: string;

beforeAll(async () => {
  tools = foreignTools();
  scratch = await mkdtemp(join(tmpdir(), 'stackctl-foreign-'));
  const found = installation(false) ?? installation(true);
  if (found === undefined) throw new Error('no PostgreSQL');
  server = await postgresServer({ kind, options: OPTIONS, installation: found });
  await server.start();
  await server.ready();
}, 600_000);

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

function targetIn(database: string) {
  return targetOf(server.input.instance.client, { ...OPTIONS, database }, 'migrate');
}

async function snapshot(database: string): Promise<readonly string[]> {
  const lines = await withPostgres(targetIn(database), schemaSnapshot);
  // Two databases do not get their rows at the same instant.
  return lines.map((line) => line.replace(/20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+00/g, '(now)'));
}

const options = () => ({ signal: patience(), emit: () => undefined });

async function applied(database: string, plan: ImportPlan): Promise<Stack> {
  await ensureDatabase(targetIn(database), patience());
  const stack = stackOf(server.input as never, database, plan);
  const report = await runPending(stack, migratedOf(stack), options());
  expect(report.applied.map(({ name }) => `${name}.sql`)).toEqual(plan.steps.map(({ target }) => target));
  return stack;
}

async function takenBack(stack: Stack): Promise<void> {
  const migrated = migratedOf(stack);
  const { steps } = await planRevert(stack, migrated, { to: 0n, signal: patience() });
  await revert(stack, migrated, { ...options(), to: 0n, expected: steps.map(({ name }) => name) });
}

describe.each(Object.keys(FOREIGN_RUNS))('%s', (tool) => {
  const [theirs, ours] = [`theirs_${tool.replace('-', '_')}`, `ours_${tool.replace('-', '_')}`];
  let plan: ImportPlan;
  let stack: Stack;

  const foreign = () =>
    FOREIGN_RUNS[tool]?.(tools[tool] ?? '', {
      files: join(FIXTURES, tool),
      port: server.input.instance.client.port,
      user: OPTIONS.user,
      password: OPTIONS.password.reveal(),
      database: theirs,
      scratch,
    });

  test('its files make the same schema and rows as the imported ones', async () => {
    plan = await planOf(join(FIXTURES, tool));
    await ensureDatabase(targetIn(theirs), patience());
    await foreign()?.up();
    stack = await applied(ours, plan);
    const made = await snapshot(ours);
    expect(made).toEqual(await snapshot(theirs));
    expect(made.length).toBeGreaterThan(5);
  }, 300_000);

  test('its own ledger says which baseline to set', async () => {
    const { service: own } = server.input;
    const service = { ...own, options: { ...own.options, database: theirs } };
    const ledgers = await kind.migrator?.foreignLedgers?.({ stack: server.input.stack, service });
    expect(ledgers).toMatchObject([{ tool, table: expect.stringMatching(/^public\./) }]);
    const last = plan.steps.findLast(({ version }) => version !== '');
    expect(baselineAdvice(plan, ledgers ?? [], [])).toMatchObject({ version: /^\d+/.exec(last?.target ?? '')?.[0] });
  });

  test('its down parts leave what the imported ones leave', async () => {
    const down = foreign()?.down;
    if (down === undefined) {
      // Flyway takes back only for money, and nothing takes back what it runs again and again.
      const versioned = { ...plan, steps: plan.steps.filter(({ version }) => version !== '') };
      await takenBack(await applied('without_views', versioned));
      expect(await snapshot('without_views')).toEqual(['schema public']);
      return;
    }
    await down();
    await takenBack(stack);
    expect(await snapshot(ours)).toEqual(await snapshot(theirs));
    expect(await snapshot(ours)).toEqual(['schema public']);
  });
});

describe('pg_dump', () => {
  test.each([[[]], [['--inserts']], [['--schema-only']], [['--no-owner', '--clean', '--if-exists']]])(
    'a dump with %j makes the same again',
    async (flags) => {
      const name = `dump_${flags.join('').replaceAll('-', '')}`;
      const source = join(FIXTURES, 'pg_dump/shop.sql');
      if (flags.length === 0) await applied('dumped', await planOf(source));
      const dump = execFileSync('pg_dump', [...flags, '--exclude-schema=stackctl', 'dumped'], {
        env: {
          ...process.env,
          PGHOST: '127.0.0.1',
          PGPORT: String(server.input.instance.client.port),
          PGUSER: OPTIONS.user,
          PGPASSWORD: 'secret',
        },
        encoding: 'utf8',
      });
      const file = join(scratch, `${name}.sql`);
      await writeFile(file, dump);
      await applied(name, await planOf(file));
      const rows = (line: string) => !flags.includes('--schema-only') || !line.startsWith('row of ');
      expect(await snapshot(name)).toEqual((await snapshot('dumped')).filter(rows));
    },
  );
});
