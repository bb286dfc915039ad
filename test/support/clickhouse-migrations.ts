import { createHash } from 'node:crypto';
import { kind } from '../../src/kinds/clickhouse/index.ts';
import { type ClickhouseOptions, clickhouseOptions } from '../../src/kinds/clickhouse/options.ts';
import { CLICKHOUSE_SQL } from '../../src/kinds/clickhouse/sql/dialect.ts';
import { Secret } from '../../src/lib/secret.ts';
import { readContent } from '../../src/migrate/content.ts';
import type { PendingMigration } from '../../src/stack/contract/migrate.ts';
import type { InstanceInput } from '../../src/stack/contract/model.ts';
import { factsOf } from '../../src/stack/contract/plugins.ts';

/** A file as the feature would read it. @throws Error with its mistakes. */
export function migrationOf(name: string, text: string, part: 'up' | 'down' = 'up'): PendingMigration {
  const path = `migrations/${name}.sql`;
  const read = readContent(path, text, { sql: CLICKHOUSE_SQL, withoutTransactions: true });
  if (!read.ok) throw new Error(read.problems.map(({ line, message }) => `${line}: ${message}`).join('; '));
  const content = read.content[part];
  if (content === undefined) throw new Error(`no part ${part}`);
  const checksum = createHash('sha256').update(text).digest('hex');
  return { name, path, checksum, ...content, unavailable: undefined };
}

/** A file of these statements, which begin on lines 1, 11, 21 …. */
export function fileOf(name: string, statements: readonly string[]): PendingMigration {
  return {
    name,
    path: `migrations/${name}.sql`,
    checksum: 'c'.repeat(64),
    statements: statements.map((text, index) => ({ text, line: 1 + index * 10, column: 1 })),
    transactional: false,
    lockTimeoutMs: 0,
    unavailable: undefined,
  };
}

/** What a stack with one instance there would hand to the kind. */
export function inputOf(
  { port, password }: { readonly port: number; readonly password: string },
  database: string,
  given = password,
): InstanceInput<ClickhouseOptions> {
  const address = { host: '127.0.0.1', port };
  const instance = { name: 'clickhouse-1', service: 'clickhouse', index: 1, ports: [], peer: address, client: address };
  const options = clickhouseOptions.parse({ database, user: 'tester', password: new Secret(given) });
  const service = { name: 'clickhouse', kind, instances: [instance], options };
  return { stack: { runtime: factsOf('process') }, service, instance } as unknown as InstanceInput<ClickhouseOptions>;
}
