import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../src/main.ts';
import { type TestHostOptions, testHost } from '../support/host.ts';

const FIXTURES = fileURLToPath(new URL('../migrate/import/fixtures/', import.meta.url));
const NAMES = ['20260105090000_create_customers.sql', '20260106100000_touch_function.sql'];

const all = await mkdtemp(join(tmpdir(), 'stackctl-import-'));
afterAll(() => rm(all, { recursive: true, force: true }));

let cwd: string;
let target: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(all, 'shop-'));
  target = join(cwd, 'shop/migrations');
  await mkdir(target, { recursive: true });
  await writeFile(
    join(cwd, 'shop/stack.yaml'),
    'stack: shop\ndescription: one\nservices:\n  db:\n    kind: postgres\n    options: { database: shop }\nmigrations:\n  db: migrations\n',
  );
  await mkdir(join(cwd, 'db'));
  for (const name of NAMES) await cp(join(FIXTURES, 'dbmate', name), join(cwd, 'db', name));
});

async function run(line: string, options: TestHostOptions = {}) {
  const host = testHost(['migrate', 'import', ...line.split(' ')], { cwd, env: { XDG_STATE_HOME: all }, ...options });
  const code = await main(host);
  return { code, out: host.out(), err: host.err() };
}

test('shows what it would write, and writes nothing without a yes', async () => {
  const dry = await run('db ./shop --dry-run');
  expect(dry).toMatchObject({ code: 0, err: '' });
  expect(dry.out).toBe(`2 migrations of dbmate in db, to shop/migrations (db)

FROM                                 FILE                                 STATEMENTS  TRANSACTION  DOWN  STATE
20260105090000_create_customers.sql  20260105090000_create_customers.sql           2  yes          1     new
20260106100000_touch_function.sql    20260106100000_touch_function.sql             3  yes          3     new

nothing was written
Next: the same command without --dry-run
If a database has them already: import again while it runs, and the last lines say what dbmate has applied in it.
`);
  const asked = await run('db ./shop');
  expect(asked.code).toBe(3);
  expect(asked.err).toContain('Write 2 files to shop/migrations?');
  expect(await run('db ./shop', { tty: true, input: 'n\n' })).toMatchObject({ code: 3 });
  expect(await readdir(target)).toEqual([]);
});

test('writes all files after a yes, and a second time nothing', async () => {
  const written = await run('db ./shop --yes --json');
  expect(JSON.parse(written.out).data).toMatchObject({
    tool: 'dbmate',
    service: 'db',
    target,
    files: NAMES.map((name) => ({ sources: [name], target: name, written: true })),
    baseline: null,
  });
  expect(await readdir(target)).toEqual(NAMES);
  expect(await readFile(join(target, NAMES[0] ?? ''), 'utf8')).toContain('-- stackctl: down\nDROP TABLE customers;\n');
  expect((await run('db ./shop')).out).toContain('already imported: all of them are in shop/migrations');
});

test('names every problem at its place in the original file, and what is in the way in the target', async () => {
  await writeFile(join(cwd, 'db/20260107000000_c.sql'), '-- migrate:up\nSELECT 1;\nCOMMIT;\n');
  await writeFile(join(target, NAMES[1] ?? ''), 'SELECT 1;');
  const refused = await run('db ./shop --yes');
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('db/20260107000000_c.sql:3:1 COMMIT: stackctl itself begins and commits');
  expect(refused.err).toContain(`shop/migrations/${NAMES[1]}:1:1 is there with another text`);
  expect(await readdir(target)).toEqual([NAMES[1]]);
});

describe('the target', () => {
  test('may be any folder, for one of several services', async () => {
    expect((await run('db ./shop db --to new --yes')).out).toContain('2 files written to new');
    expect(await readdir(join(cwd, 'new'))).toEqual(NAMES);
  });

  test.each([
    ['db analytics', 2, 'cp -r'],
    ['db event-tracking', 2, 'no service of event-tracking can have migrations'],
    ['db ./shop other', 2, 'no service "other" with migrations in shop'],
    ['shop/migrations ./shop', 2, 'is the folder of the other tool and would be the target'],
    ['none ./shop', 2, 'there is no folder none'],
    ['db ./shop --from liquibase', 2, 'known: dbmate, goose, golang-migrate, flyway, sql-migrate, pg_dump'],
  ])('%s is refused', async (line, code, said) => {
    const refused = await run(line);
    expect(refused).toMatchObject({ code, err: expect.stringContaining(said) });
  });
});
