import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timed } from './compare.js';
import { freePorts, run, runs, stackctl } from './programs.js';

const FILES = 200;
const MANY = 10_000;
const FEW = 10;
const ROUNDS = 5;
const STATUS_ROUNDS = 20;

/** Where dbmate is; it is on npm too. */
const DBMATE = process.env.DBMATE ?? 'dbmate';

/**
 * `migrate up` beside dbmate and beside one psql for each file, on the same server, which is emptied between the runs; and
 * `migrate status` with many applied files beside the same with few.
 * @param report prints a comparison, true when its goal is reached. @param skip the same for one that cannot run.
 */
export async function migrations(report, skip) {
  const passes = [];
  await withServer(FILES, async (project) => {
    const { files, empty, up, url } = project;
    const ours = async () => {
      await empty();
      return timed(up);
    };
    const each = async () => {
      await empty();
      return timed(async () => {
        for (const file of files) await psql(url, ['--single-transaction', '-f', file]);
      });
    };
    const name = `stackctl migrate up, ${FILES} files :`;
    if (await runs(DBMATE, ['--version'])) {
      const folder = await forDbmate(project);
      const dbmate = ['--no-dump-schema', '--migrations-dir', folder, 'up'];
      const theirs = async () => {
        await empty();
        return timed(() => run(DBMATE, dbmate, { env: { ...process.env, DATABASE_URL: `${url}?sslmode=disable` } }));
      };
      passes.push(await report({ name: `${name} dbmate`, goal: 1, rounds: ROUNDS, ours, theirs }));
    } else passes.push(skip(`${name} dbmate`, 'dbmate', `there is no ${DBMATE}: set DBMATE`));
    passes.push(await report({ name: `${name} psql for each`, goal: 1.5, rounds: ROUNDS, ours, theirs: each }));
  });
  await withServer(MANY, async (many) => {
    await many.baseline(MANY);
    await withServer(FEW, async (few) => {
      await few.baseline(FEW);
      const pair = { ours: () => timed(many.status), theirs: () => timed(few.status) };
      const name = `stackctl migrate status, ${MANY} applied files : ${FEW}`;
      passes.push(await report({ name, goal: 1.6, rounds: STATUS_ROUNDS, ...pair }));
    });
  });
  return passes;
}

/** A project of its own with one PostgreSQL server and this many migration files, none of them applied. */
async function withServer(count, measure) {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-bench-'));
  const options = { cwd: folder, env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') } };
  const port = await freePorts(1);
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  const migrations = join(folder, 'stack', 'migrations');
  await mkdir(migrations, { recursive: true });
  await writeFile(join(folder, 'stack', 'stack.yaml'), stackYaml(port));
  const files = await writeFiles(migrations, count, (statement) => statement);
  const all = (action) => stackctl([...action, '--timeout', '10m'], options);
  try {
    await all(['up', './stack', '--runtime', 'process', '--no-migrate']);
    return await measure({
      files,
      folder,
      url,
      empty: () => psql(url, ['-c', 'DROP SCHEMA IF EXISTS stackctl, public CASCADE', '-c', 'CREATE SCHEMA public']),
      up: () => all(['migrate', 'up']),
      status: () => stackctl(['migrate', 'status'], options),
      baseline: (version) => all(['migrate', 'baseline', String(version), '--yes']),
    });
  } finally {
    await stackctl(['down', '--volumes', '--yes'], options).catch(() => undefined);
    await rm(folder, { recursive: true });
  }
}

function stackYaml(port) {
  return `stack: bench
description: One PostgreSQL server
values:
  password: {type: secret, default: postgres, description: Password}
services:
  db:
    kind: postgres
    ports: {postgres: ${port}}
    options: {database: postgres, user: postgres, password: "{{password}}"}
migrations: {db: migrations}
`;
}

/** A table each, as a migration makes one. */
async function writeFiles(folder, count, wrap) {
  const files = Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const statement = `CREATE TABLE t${number} (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());\n`;
    return { path: join(folder, `${String(number).padStart(5, '0')}_t${number}.sql`), text: wrap(statement) };
  });
  for (const { path, text } of files) await writeFile(path, text);
  return files.map(({ path }) => path);
}

async function forDbmate({ folder }) {
  const own = join(folder, 'dbmate');
  await mkdir(own);
  await writeFiles(own, FILES, (statement) => `-- migrate:up\n${statement}\n-- migrate:down\n`);
  return own;
}

function psql(url, args) {
  return run('psql', ['--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', '-d', url, ...args]);
}
