/** Databases of their own on a server of a contract test. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type PostgresTarget, withPostgres } from '../../src/clients/postgres/connect.ts';
import { SESSIONS } from '../../src/clients/postgres/purpose.ts';
import { type DumpOptions, dumpSchema } from '../../src/kinds/_shared/postgres/schema/dump.ts';
import type { Installation } from './postgres-server.ts';

/** An empty one, in the place of an earlier one of this name. */
export async function newDatabase(
  server: PostgresTarget,
  database: string,
  ...setUp: string[]
): Promise<PostgresTarget> {
  await withPostgres(server, async (client) => {
    await client.query(`drop database if exists ${database} with (force)`);
    await client.query(`create database ${database} template template0`);
  });
  const target = { ...server, ...SESSIONS.migrate, database };
  for (const text of setUp) await runSql(target, text);
  return target;
}

/** All statements of a text. */
export async function runSql(target: PostgresTarget, text: string): Promise<void> {
  await withPostgres({ ...target, statementTimeoutMs: undefined }, (client) => client.query(text));
}

/** The schema as one text. */
export async function dumpOf(target: PostgresTarget, options: Partial<DumpOptions> = {}): Promise<string> {
  const objects = await withPostgres(target, (client) => dumpSchema(client, { grants: true, ...options }));
  return objects.map(({ sql }) => sql).join('\n');
}

/** What pg_dump prints of the schema, without its meta commands; undefined: it is not beside this server. */
export async function pgDump({ postgres }: Installation, target: PostgresTarget): Promise<string | undefined> {
  const program = join(dirname(postgres), 'pg_dump');
  if (!existsSync(program)) return undefined;
  const text = await dumpBy(program, target, '--schema-only');
  return text.replace(/^\\.*$/gm, '');
}

/** What this pg_dump prints of a database, without stackctl's own tables. */
export async function dumpBy(program: string, target: PostgresTarget, ...options: string[]): Promise<string> {
  const { address, user, password, database } = target;
  const { stdout } = await promisify(execFile)(program, ['--exclude-schema=stackctl', ...options, database], {
    env: {
      ...process.env,
      LC_ALL: 'C',
      PGHOST: address.host,
      PGPORT: String(address.port),
      PGUSER: user,
      PGPASSWORD: password.reveal(),
    },
    maxBuffer: 1 << 26,
  });
  return stdout;
}
