import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { freePorts } from '../../support/free-ports.ts';
import { canRun, programPath } from '../../support/need.ts';
import { databaseForTests, fileOf, soon } from '../../support/postgres-database.ts';
import { errorOf } from '../../support/stack-fixtures.ts';
import { waitFor } from '../../support/wait-for.ts';

const { test, target, locked, session, query } = databaseForTests({
  hasTimescale: false,
  isPossible: canRun('pgbouncer'),
});

let pooler: { readonly child: ChildProcess; readonly folder: string } | undefined;

afterEach(async () => {
  if (pooler === undefined) return;
  const { child, folder } = pooler;
  pooler = undefined;
  if (child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

/** A pool in front of the server of this test, as its address. */
async function pool(mode: 'transaction' | 'session', ignored: string) {
  const { address, database, user } = target();
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-pgbouncer-'));
  const port = await freePorts(1);
  await writeFile(join(folder, 'users'), `"${user}" "secret"\n`);
  await writeFile(
    join(folder, 'ini'),
    `[databases]
* = host=127.0.0.1 port=${address.port} dbname=${database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${folder}/users
pool_mode = ${mode}
ignore_startup_parameters = extra_float_digits${ignored}
logfile = ${folder}/log
`,
  );
  // It does not run as root, and is given what it needs.
  const root = process.getuid?.() === 0;
  for (const [path, rights] of [
    [folder, 0o777],
    [join(folder, 'ini'), 0o644],
    [join(folder, 'users'), 0o644],
  ] as const)
    await chmod(path, rights);
  const child = spawn(programPath('pgbouncer'), [...(root ? ['-u', 'nobody'] : []), join(folder, 'ini')], {
    stdio: 'ignore',
  });
  pooler = { child, folder };
  const through = { ...target(), address: { ...address, port } };
  return through;
}

test.each([
  ['transaction', '', /does not take the settings that a session begins with/],
  ['transaction', ', options', /drops the settings that a session begins with/],
  ['session', ', options', /drops the settings that a session begins with/],
] as const)('pool_mode = %s, ignored: "%s"', async (mode, ignored, reason) => {
  const through = await pool(mode, ignored);
  let error: unknown;
  await waitFor('the pooler to answer', async () => {
    error = await errorOf(locked(through)).catch(() => undefined);
    return error !== undefined && (error as { code: string }).code !== 'E_NOT_READY';
  });
  expect(error).toMatchObject({
    code: 'E_MIGRATION_UNAVAILABLE',
    message: expect.stringMatching(reason),
    hint: expect.stringContaining('pool_mode = session'),
  });
  expect(await query(`select from pg_locks where locktype = 'advisory'`)).toEqual([]);
});

test('sessions of the server that change between transactions are seen', async () => {
  // What some poolers do pass on, the database sets here.
  await query(
    `do $$ begin execute format('alter database %I set search_path = pg_catalog, pg_temp', current_database()); end $$`,
  );
  const through = await pool('transaction', ', options');
  await (await session(through)).close();
  expect(await errorOf(locked(through))).toMatchObject({
    code: 'E_MIGRATION_UNAVAILABLE',
    message: expect.stringContaining('transaction pooling'),
  });
  expect(await query(`select from pg_locks where locktype = 'advisory'`)).toEqual([]);
  await using direct = await locked();
  await direct.apply(fileOf('0001_a', 'SELECT 1'), soon());
});
