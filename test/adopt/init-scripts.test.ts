import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readMigration } from '../../src/migrate/file.ts';
import { loadKind } from '../../src/stack/contract/plugins.ts';
import { adoptFile, adoptFixture, copiedFixture } from '../support/compose-fixtures.ts';

test('SQL of the first start becomes migrations, in order, each with where it comes from', async () => {
  const { migrations, report } = await adoptFixture('init-scripts');
  expect(migrations.map(({ path, from }) => [path, from])).toEqual([
    ['migrations/db/0001_schema.sql', './db/init/10-schema.sql'],
    ['migrations/db/0002_grants-roles.sql', './db/init/20 grants & roles.sql'],
    ['migrations/db/0003_other-database.sql', './db/init/30-other-database.sql'],
    ['migrations/db/0004_last.sql', './db/last.sql'],
    ['migrations/metrics/0001_init.sql', './metrics.sql'],
    ['migrations/events/0001_init.sql', './events/1.sql'],
  ]);
  expect(report.migrations.slice(4)).toEqual([
    { service: 'metrics', file: 'migrations/metrics/0001_init.sql', from: './metrics.sql' },
    { service: 'events', file: 'migrations/events/0001_init.sql', from: './events/1.sql' },
  ]);
  const texts = new Map(migrations.map(({ path, text }) => [path, text]));
  expect(texts.get('migrations/db/0002_grants-roles.sql')).toBe(
    '-- From ./db/init/20 grants & roles.sql, which the image ran as /docker-entrypoint-initdb.d/20 grants & roles.sql when it made its data.\n' +
      '\nCREATE ROLE reader;\nGRANT SELECT ON orders TO reader;\n',
  );
  expect(texts.get('migrations/db/0003_other-database.sql')).toContain(
    '\n-- stackctl: transaction=false\n\nCREATE DATABASE',
  );
  expect(texts.get('migrations/events/0001_init.sql')).toContain('\n-- stackctl: once=true\n\nCREATE TABLE hits');
});

test('what is written is what `migrate` takes', async () => {
  const { migrations, report } = await adoptFixture('init-scripts');
  const kinds = new Map(report.services.map(({ name, kind }) => [name, kind]));
  for (const { path, text } of migrations) {
    const { migrator } = await loadKind(kinds.get(path.split('/')[1] ?? '') ?? '');
    if (migrator === undefined) throw new Error(`${path} is of no kind with migrations`);
    const { sql, withoutTransactions = false, requirements } = migrator;
    const name = path.split('/').at(-1) ?? '';
    const read = readMigration({ name, path, text, mistake: undefined }, { sql, withoutTransactions, requirements });
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    expect(read.file.content(), path).toMatchObject({ ok: true });
  }
});

test('what stays out is named, with its place and what to do', async () => {
  const { report, text } = await adoptFixture('init-scripts');
  const notes = report.changed.filter(({ service }) => service === 'db').map(({ what }) => what);
  expect(notes).toEqual([
    'env file /etc/none/db.env is not there and left out, and so are its variables',
    'env file ../none/of-db.env is not there and left out, and so are its variables',
    expect.stringContaining('./db/last.sql as migrations/db/0004_last.sql'),
    expect.stringMatching(/^\.\/db\/init\/40-connect\.sql:2:1 stays out: .*psql/),
    './db/init/50-users.sh stays out: no script is run in the server; what it does there goes into a file that `stackctl migrate new <title> db` makes',
    './db/init/60-old.sql.gz stays out: it is packed; unpack it, and run the same command again',
    './db/init/70-empty.sql stays out: it has no statement',
  ]);
  expect(text).toContain(
    'migrations:\n  db: migrations/db\n  metrics: migrations/metrics\n  events: migrations/events\n',
  );
  expect(JSON.stringify(report)).not.toMatch(/notes\.md|below\.sql|may-be\.env/);
});

test('Sentinels that name no master watch the one that their image takes', async () => {
  const { report } = await adoptFixture('init-scripts');
  expect(report.services.map(({ name, kind }) => [name, kind]).slice(3)).toEqual([
    ['redis', 'redis'],
    ['sentinel', 'sentinel'],
  ]);
  expect(report.staysOut).toMatchObject([{ service: 'redis-replica' }]);
});

test('a folder with other files is not filled up', async () => {
  const folder = await copiedFixture('init-scripts');
  try {
    await mkdir(join(folder, 'migrations/metrics'), { recursive: true });
    await writeFile(join(folder, 'migrations/metrics/0001_init.sql'), 'SELECT 1;\n');
    const again = await adoptFile(join(folder, 'compose.yaml'));
    expect(again.migrations.map(({ path }) => path)).toContain('migrations/metrics/0001_init.sql');
    await writeFile(join(folder, 'migrations/metrics/0002_own.sql'), 'SELECT 1;\n');
    const other = await adoptFile(join(folder, 'compose.yaml'));
    expect(other.migrations.map(({ path }) => path)).toContain('migrations/metrics-init/0001_init.sql');
  } finally {
    await rm(folder, { recursive: true });
  }
});
