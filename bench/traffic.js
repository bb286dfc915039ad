import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { timed } from './compare.js';
import { besideCurl, besideKafka } from './loaders.js';
import { freePorts, output, run, seeded, stackctl, whileUp } from './programs.js';

const PAIRS = 5;
const EVENTS = 1_000_000;
const CONNECTIONS = 50;
/** Pipeline -> the least share of what redis-benchmark reaches with it. */
const GOALS = { 16: 0.9, 64: 0.6 };
const OLD_ENTRIES = 4_000_000;
const FEW = 1000;
const GENERATED = 1_000_000;

const FIELDS = ['user', 'user-1234', 'type', 'page_view', 'page', '/p/17'];
const MEMBER =
  '{"id":"a1b2c3d4-e5f6-8000-8000-__rand_int__","user":"user-1234","type":"page_view","page":"/p/17","score":123456789}';

const STACK = (port) => `stack: bench
description: One Redis
traffic: traffic
services:
  redis:
    kind: redis
    ports: { redis: ${port} }
`;

const RANDOM = 1_000_000_000;

/** Command -> what ours is told, and what redis-benchmark sends: the same but for the ids, of which it has one for all or random ones. */
const WRITES = {
  XADD: {
    what: 'a stream',
    send: '{ stream: events }',
    store: '{ stream: events }',
    command: ['XADD', 'bench', '*', 'id', 'a1b2c3d4-e5f6-8000-8000-00000000002a', ...FIELDS],
  },
  ZADD: {
    what: 'a sorted set',
    send: '{ sortedSet: { key: events, score: score } }',
    store: '{ sortedSet: events }',
    score: `  score: { integer: { min: 0, max: ${RANDOM - 1} } }\n`,
    command: ['-r', String(RANDOM), 'ZADD', 'bench', '__rand_int__', MEMBER],
  },
};

const profileOf = (name, batch) => `${name.toLowerCase()}${batch}`;

const PROFILE = (name, batch, inFlight) => `profile: ${profileOf(name, batch)}
description: Events as ${WRITES[name].what}
send:
  service: redis
  batch: ${batch}
  inFlight: ${inFlight}
  settings: ${WRITES[name].send}
stores:
  - service: redis
    settings: ${WRITES[name].store}
draw:
  user: { zipf: { count: 5000, exponent: 0.9 } }
  type: { weighted: { page_view: 70, search: 14, add_to_cart: 9, checkout: 4, purchase: 3 } }
  page: { zipf: { count: 300 } }
${WRITES[name].score ?? ''}body:
  id: "{{id}}"
  user: "user-{{user}}"
  type: "{{type}}"
  page: "/p/{{page}}"
${WRITES[name].score === undefined ? '' : '  score: "{{score}}"\n'}`;

/**
 * How fast `seed traffic` is: the generator alone, a stream and a sorted set of Redis beside redis-benchmark with as many commands on their way, and that
 * what a stream held before costs nothing. Every event is in the ledger; reading them back is not in the time.
 */
export async function traffic(inFolder, report, skip) {
  return [
    await generator(),
    ...(await inFolder((folder, options) => besideRedisBenchmark(folder, options, report))),
    await inFolder((folder, options) => besidePsql(folder, options, report)),
    await inFolder((folder, options) => besideCurl(folder, options, report)),
    await inFolder((folder, options) => besideKafka(folder, options, report, skip)),
  ];
}

const DATABASE = (port) => `stack: bench
description: One PostgreSQL
traffic: traffic
services:
  database:
    kind: postgres
    ports: { postgres: ${port} }
`;

const ROWS = `profile: rows
description: Rows of a table
send:
  service: database
  batch: 20000
  inFlight: 3
  settings: { table: events }
stores:
  - service: database
    settings: { table: events, idColumn: id }
draw:
  user: { zipf: { count: 5000, exponent: 0.9 } }
  type: { weighted: { page_view: 70, search: 14, add_to_cart: 9, checkout: 4, purchase: 3 } }
  page: { zipf: { count: 300 } }
  at: { time: { within: 1h } }
body:
  id: "{{id}}"
  user: "user-{{user}}"
  type: "{{type}}"
  at: "{{at}}"
  details: { page: "/p/{{page}}" }
`;

/** The same rows as psql reads them from a file that is there already. */
async function besidePsql(folder, options, report) {
  const stack = DATABASE(await freePorts(1));
  return whileUp(folder, options, { stack, profiles: { rows: ROWS } }, async () => {
    const variables = JSON.parse((await output(['env', 'database', '--format', 'json'], options)).out);
    const sql = (text) => run('psql', ['-qX', '-c', text], { env: { ...process.env, ...variables } });
    const columns = 'id uuid, "user" text, type text, at timestamptz, details jsonb';
    const empty = () => sql(`drop table if exists events; create table events (${columns}); checkpoint`);
    const file = join(folder, 'rows.txt');
    const ours = async () => {
      await empty();
      return (await seeded(options, EVENTS, 'rows')).durationMs;
    };
    await ours();
    await sql(`\\copy events to '${file}'`);
    const theirs = async () => {
      await empty();
      return timed(() => sql(`\\copy events from '${file}'`));
    };
    const name = `${EVENTS} rows into a table of PostgreSQL : psql \\copy of the same rows from a file`;
    return report({ name, goal: 1 / 0.95, rounds: PAIRS, ours, theirs });
  });
}

/** With the start of the program taken away. */
async function generator() {
  const emit = (count) =>
    timed(() => stackctl(['seed', 'traffic', 'event-tracking', '--count', String(count), '--digest', '--json']));
  await emit(1);
  const rates = [];
  for (let round = 0; round < PAIRS; round++) {
    const ms = (await emit(GENERATED)) - (await emit(1));
    rates.push(Math.round((GENERATED * 1000) / ms));
  }
  const median = rates.toSorted((a, b) => a - b)[PAIRS >> 1];
  console.log(`note  ${GENERATED} events of event-tracking, as lines of JSON with their SHA-256: ${median} a second`);
  return true;
}

async function besideRedisBenchmark(folder, options, report) {
  const port = await freePorts(1);
  const pairs = Object.keys(WRITES).flatMap((name) => Object.keys(GOALS).map((pipeline) => [name, pipeline]));
  const profiles = Object.fromEntries(
    pairs.map(([name, pipeline]) => [profileOf(name, pipeline), PROFILE(name, Number(pipeline), CONNECTIONS)]),
  );
  return whileUp(folder, options, { stack: STACK(port), profiles }, async () => {
    const clear = () => run('redis-cli', ['-p', String(port), 'DEL', 'events', 'bench']);
    const passes = [];
    for (const [name, pipeline] of pairs) {
      passes.push(
        await report({
          name: `${EVENTS} events into ${WRITES[name].what} : redis-benchmark ${name}, -P${pipeline} -c${CONNECTIONS}`,
          goal: 1 / GOALS[pipeline],
          rounds: PAIRS,
          ours: async () => {
            await clear();
            const { durationMs } = await seeded(options, EVENTS, profileOf(name, pipeline));
            return durationMs;
          },
          theirs: async () => {
            await clear();
            return benchmarkMs(port, pipeline, WRITES[name].command);
          },
        }),
      );
    }
    await clear();
    passes.push(await besideOldEntries(port, options, report));
    return passes;
  });
}

async function benchmarkMs(port, pipeline, command) {
  const load = ['-n', String(EVENTS), '-P', pipeline, '-c', String(CONNECTIONS), '--csv'];
  const { stdout } = await promisify(execFile)('redis-benchmark', ['-p', String(port), ...load, ...command]);
  // The columns are "test","rps","avg_latency_ms", …
  const perS = Number(/","([\d.]+)"/.exec(stdout.trim().split('\n').at(-1) ?? '')?.[1]);
  if (!(perS > 0)) throw new Error(`redis-benchmark says no rate: ${stdout}`);
  return (EVENTS * 1000) / perS;
}

/** A whole run, its start and its reading back included, into a stream with millions of entries and into an empty one. */
async function besideOldEntries(port, options, report) {
  const whole = () => timed(() => seeded(options, FEW, profileOf('XADD', 16)));
  const cli = (...args) => run('redis-cli', ['-p', String(port), ...args]);
  const fill = async () => {
    const script = "for i = 1, tonumber(ARGV[1]) do redis.call('XADD', KEYS[1], '*', 'user', i) end";
    for (let left = OLD_ENTRIES; left > 0; left -= 500_000) await cli('EVAL', script, '1', 'old', '500000');
  };
  await fill();
  const swap = async (isFull) => {
    await cli('DEL', 'events');
    if (isFull) await cli('COPY', 'old', 'events');
  };
  const measured = (isFull) => async () => {
    await swap(isFull);
    return whole();
  };
  return report({
    name: `${FEW} events into a stream with ${OLD_ENTRIES} entries : into an empty one`,
    goal: 1.5,
    rounds: PAIRS,
    ours: measured(true),
    theirs: measured(false),
  });
}
