import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { bundleProgram } from '../packages/service-kit/build/bundle.js';
import { timed } from './compare.js';
import { freePorts, output, run, seeded, stackctl } from './programs.js';

const PAIRS = Number(process.env.BENCH_MOVER_PAIRS ?? 5);
const LOOK_EVERY_MS = 50;
/** Longer than any run that is worth its figures. */
const DEADLINE_MS = 180_000;
/** Where test/setup.sh puts a PostgreSQL with TimescaleDB on a machine whose own packages have none. */
const TIMESCALE = '/opt/stackctl-test/postgresql-17/usr/lib/postgresql/17/bin/postgres';

const ENTRIES = 200_000;

const BACKLOG_OF = {
  analytics: (profile) =>
    profile
      .replace('profile: clicks', 'profile: backlog')
      .replace('default: true', 'default: false')
      .replace(/^stores:\n[\s\S]*?^draw:/m, 'stores: [{ service: redis, settings: { stream: events } }]\n\ndraw:'),
  'email-timing': () => MESSAGES_OF,
};

/**
 * The programs that move events from a channel into a table, each with a backlog before it, beside the table's own loader with the same
 * rows from a file that is there already, on the same server. The time ends with the last entry that is stored and acknowledged, and is without
 * the start of the program; every row is counted.
 *
 * Here a Redis stream into a hypertable with all its indexes.
 */
export async function ingester(folder, options, report) {
  const env = existsSync(TIMESCALE) ? { STACKCTL_BIN_POSTGRES: TIMESCALE, ...options.env } : options.env;
  const own = { ...options, env };
  const parts = { stack: 'analytics', service: 'ingester', beside: ['redis', 'timescaledb'], profile: 'clicks' };
  return besideServers(folder, own, parts, async (main, variables) => {
    const psql = (text) => run('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', '-c', text], { env: { ...env, ...variables } });
    const empty = () => psql('truncate events; checkpoint');
    const holds = (count) =>
      psql(
        `do $$ begin assert (select count(*) = ${count} and count(distinct event_id) = ${count} from events); end $$`,
      );
    await seeded(own, ENTRIES, 'backlog');
    const redis = new Redis({ host: variables.REDIS_HOST, port: Number(variables.REDIS_PORT), protocol: 2 });
    const ours = async () => {
      await empty();
      const group = `bench-${performance.now()}`;
      const ms = await moved(main, { ...variables, GROUP: group }, { isDone: () => isThrough(redis, group) });
      await holds(ENTRIES);
      return ms;
    };
    await ours();
    const file = join(folder, 'rows.txt');
    // A hypertable's rows are in its chunks, where COPY of the table itself finds none.
    await psql(`\\copy (select * from events) to '${file}'`);
    const theirs = async () => {
      await empty();
      return timed(() => psql(`\\copy events from '${file}'`));
    };
    const name = `${ENTRIES} entries of a stream through the ingester : psql \\copy of the same rows from a file`;
    return report({ name, goal: 1 / 0.9, rounds: PAIRS, ours, theirs }).finally(() => redis.disconnect());
  });
}

/** Asked of Redis, so that the program has nothing else to do. */
async function isThrough(redis, group) {
  const groups = await redis.xinfo('GROUPS', 'events');
  const found = groups.find((fields) => fields[fields.indexOf('name') + 1] === group) ?? [];
  return ['lag', 'pending'].every((name) => found[found.indexOf(name) + 1] === 0);
}

const MESSAGES = 500_000;
const COLUMNS = 'event_id, universal_id, event_type, timestamp, provider, metadata';

/** As the connector writes them. */
const MESSAGES_OF = `profile: backlog
description: Events as they are in the topic
epoch: now
send:
  service: kafka
  batch: 2000
  inFlight: 8
  settings: { topic: email-events, key: universal_id }
stores: [{ service: kafka, settings: { topic: email-events } }]
draw:
  recipient: { zipf: { count: 400, exponent: 0.6 } }
  type: { weighted: { sent: 30, delivered: 29, opened: 26, clicked: 12, bounced: 2, unsubscribed: 1 } }
  persona: { weighted: { early_bird: 20, office_worker: 35, lunch_reader: 15, night_owl: 20, weekend_reader: 10 } }
  latency: { skewed: { median: 900, p99: 7200 } }
  campaign: { integer: { min: 1, max: 12 } }
  at: { time: { within: 28d } }
body:
  event_id: "{{id}}:synthetic"
  universal_id: "sf_{{recipient}}"
  event_type: "{{type}}"
  timestamp: "{{at}}"
  provider: synthetic
  metadata: { persona: "{{persona}}", latency_seconds: "{{latency}}", campaign: "c-{{campaign}}", run: "{{run}}" }
`;

/** Three partitions of a topic into a table that keeps one row for each id. */
export async function consumer(folder, options, report, skip) {
  const name = `${MESSAGES} messages of a topic through the consumer : curl of the same rows from a file`;
  const { code } = await output(['doctor', 'email-timing', '--runtime', 'process', '--json'], options);
  if (code !== 0)
    return skip(name, 'kafka', 'not all servers are there: stackctl doctor email-timing --runtime process --fix');
  const parts = { stack: 'email-timing', service: 'consumer', beside: ['kafka', 'clickhouse'], profile: 'mailings' };
  return besideServers(folder, options, parts, async (main, variables) => {
    const { ClickHouse__Host: host, ClickHouse__Port: port, ClickHouse__Database: database } = variables;
    const login = `${variables.ClickHouse__User}:${variables.ClickHouse__Password}`;
    const ask = (sql, more = ['-X', 'POST']) => {
      const url = `http://${host}:${port}/?database=${database}&date_time_input_format=best_effort&query=${encodeURIComponent(sql)}`;
      return run('curl', ['-sSf', '-u', login, ...more, url]);
    };
    const empty = () => ask('truncate table email_events');
    const holds = (count) =>
      ask(
        `select throwIf((count(), uniqExact(event_id)) != (${count}, ${count})) from email_events settings final = 0`,
      );
    await seeded(options, MESSAGES, 'backlog');
    const ours = async () => {
      await empty();
      const group = { Kafka__GroupId: `bench-${performance.now()}` };
      const ms = await moved(
        main,
        { ...variables, ...group },
        {
          hasBegun: ({ partitions }) => partitions.length > 0,
          isDone: async (stats) => isCommitted(await stats()),
        },
      );
      await holds(MESSAGES);
      return ms;
    };
    await ours();
    const file = join(folder, 'rows.json');
    await ask(`select ${COLUMNS} from email_events format JSONEachRow`, ['-X', 'POST', '-o', file]);
    const theirs = async () => {
      await empty();
      const insert = `insert into email_events (${COLUMNS}) format JSONEachRow`;
      return timed(() => ask(insert, ['--data-binary', `@${file}`]));
    };
    return report({ name, goal: 1 / 0.5, rounds: PAIRS, ours, theirs });
  });
}

function isCommitted({ inserted, insertingSince, lastInsertAt, lastCommitAt }) {
  return inserted >= MESSAGES && insertingSince === null && lastCommitAt >= lastInsertAt;
}

/**
 * Brings up the servers of a stack alone, with a profile `backlog` beside the stack's own.
 * @param use gets the built program of the service and its variables.
 */
async function besideServers(folder, options, { stack, service, beside, profile }, use) {
  const copy = join(folder, 'stack');
  await cp(new URL(`../templates/${stack}`, import.meta.url), copy, { recursive: true });
  const text = await readFile(join(copy, `traffic/${profile}.yaml`), 'utf8');
  await writeFile(join(copy, 'traffic/backlog.yaml'), BACKLOG_OF[stack](text));
  const program = join(copy, 'services', service);
  await bundleProgram(program);
  await stackctl(['up', './stack', ...beside, '--runtime', 'process', '--ports', 'auto', '--json'], options);
  try {
    const variables = JSON.parse((await output(['env', service, '--format', 'json'], options)).out);
    return await use(join(program, 'dist/main.mjs'), { ...variables, PORT: String(await freePorts(1)) });
  } finally {
    await stackctl(['down', '--volumes', '--yes', '--json'], options);
  }
}

/**
 * Milliseconds from the moment at which the program has begun, by what its `/stats` say, until it is done. It is ended in order then.
 * BENCH_CPU_PROF: a folder for its CPU profiles.
 */
async function moved(main, variables, { hasBegun = () => true, isDone }) {
  const folder = process.env.BENCH_CPU_PROF;
  const child = spawn(process.execPath, [...(folder ? ['--cpu-prof', '--cpu-prof-dir', folder] : []), main], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  const stats = () => fetch(`http://127.0.0.1:${variables.PORT}/stats`).then((answer) => answer.json());
  const until = async (isSo) => {
    for (const deadline = performance.now() + DEADLINE_MS; ; await delay(LOOK_EVERY_MS)) {
      if (await isSo()) return performance.now();
      if (child.exitCode !== null || performance.now() > deadline) throw new Error(`${main} is not done`);
    }
  };
  try {
    const start = await until(() => stats().then(hasBegun, () => false));
    return (await until(async () => isDone(stats))) - start;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
