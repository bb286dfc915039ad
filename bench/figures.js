import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { timed } from './compare.js';
import { output, stackctl } from './programs.js';

const FEW = 10_000;
const SIZES = [FEW, 100_000, 1_000_000];
const BATCH = 1000;
const BATCHES_AT_ONCE = 4;
const ROUNDS = 40;
const GOAL = 3;
const AT_ONCE = 32;
const WAVES = 20;
/** Milliseconds for `/health` of the same backend meanwhile, of 99 in 100. */
const HEALTH_P99_MS = 50;
/** Milliseconds between two such requests: they must not take the processor from what they stand beside. */
const HEALTH_REST_MS = 5;
/** Bytes by which Redis may grow meanwhile: the connections' own buffers. */
const REDIS_BYTES = 4 * 1024 * 1024;
const TENANTS = 40;
const SPREAD_MS = 20 * 3600 * 1000;
/** Minutes: everything, and a window that begins in the middle. */
const WINDOWS = [1440, 600];

/**
 * The figures of event-tracking over few stored events and over many, each in a project of its own; then many queries at once, and who asks
 * for something else beside them.
 */
export async function figures(inFolder, report) {
  return inFolder(async (folder, options) => {
    const all = [];
    try {
      for (const events of SIZES) all.push(await filled(folder, options, events));
      const [few, ...more] = all;
      const passes = [];
      for (const many of more) for (const query of queries()) passes.push(await report(overMany(query, few, many)));
      return [...passes, ...(await manyAtOnce(all.at(-1)))];
    } finally {
      for (const events of SIZES) {
        const own = optionsIn(folder, options, events);
        await stackctl(['down', '--volumes', '--yes', '--json'], own).catch(() => undefined);
      }
    }
  });
}

function queries() {
  return WINDOWS.flatMap((window) => ['errors', 'latency'].map((what) => `${what}?window=${window}`));
}

function overMany(query, few, many) {
  const asking =
    ({ api }) =>
    () =>
      timed(() => get(`${api}/analytics/top-tenants/${query}`));
  const name = `top-tenants/${query} over ${many.events} events : over ${few.events}`;
  return { name, goal: GOAL, rounds: ROUNDS, ours: asking(many), theirs: asking(few) };
}

function optionsIn(folder, options, events) {
  return { ...options, cwd: join(folder, String(events)) };
}

/** A project with so many events in it. */
async function filled(folder, options, events) {
  const own = optionsIn(folder, options, events);
  await mkdir(own.cwd);
  await stackctl(['up', 'event-tracking', '--runtime', 'process', '--ports', 'auto', '--json'], own);
  const { data } = JSON.parse((await output(['status', '--json'], own)).out);
  const addressOf = (name) => data.instances.find((one) => one.name === name).client;
  const root = `http://${addressOf('backend-1')}`;
  const api = `${root}/api/v1`;
  const random = drawing(events);
  let left = events;
  const send = async () => {
    while (left > 0) {
      left -= BATCH;
      await post(
        `${api}/events`,
        Array.from({ length: BATCH }, () => draw(random)),
      );
    }
  };
  const ms = await timed(() => Promise.all(Array.from({ length: BATCHES_AT_ONCE }, send)));
  console.log(`note  ${events} events stored in batches of ${BATCH}: ${Math.round((events * 1000) / ms)} a second`);
  return { events, root, api, redis: addressOf('redis-1') };
}

/** The same numbers in every run. */
function drawing(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

function draw(random) {
  // A few tenants have most of the events, and a few events take long.
  const tenant = Math.floor(TENANTS ** random());
  const spread = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return {
    ...{ tenantId: `tenant-${tenant}`, method: 'GET', path: '/api/v1/orders' },
    status: random() < 0.04 ? 500 : 200,
    latencyMs: Math.round(35_000 * Math.exp(1.2 * spread)) / 1000,
    timestamp: Date.now() - Math.floor(random() * SPREAD_MS),
  };
}

/** Both figures with windows that all differ, so that none is answered from another. */
async function manyAtOnce({ api, root, redis, events }) {
  const used = async (field) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await info(redis))?.[1]);
  const before = await used('used_memory');
  const [asked, health] = [[], []];
  let done = false;
  let peak = before;
  const beside = (async () => {
    while (!done) {
      health.push(await timed(() => get(`${root}/health`)));
      await delay(HEALTH_REST_MS);
    }
  })();
  const watching = (async () => {
    while (!done) {
      peak = Math.max(peak, await used('used_memory'));
      await delay(HEALTH_REST_MS);
    }
  })();
  for (let wave = 0; wave < WAVES; wave++) {
    const urls = Array.from({ length: AT_ONCE }, (_, index) => {
      const what = index % 2 === 0 ? 'errors' : 'latency';
      return `${api}/analytics/top-tenants/${what}?window=${1440 - wave * AT_ONCE - index}`;
    });
    await Promise.all(urls.map(async (url) => asked.push(await timed(() => get(url)))));
  }
  done = true;
  await Promise.all([beside, watching]);
  const title = `${AT_ONCE} top-tenants at once over ${events} events, ${WAVES} times`;
  return [
    within(`${title}: p99 of /health beside them, ms`, quantile(health, 0.99), HEALTH_P99_MS),
    within(`${title}: growth of Redis, bytes`, peak - before, REDIS_BYTES),
    note(
      `${title}: all answered, p50 ${quantile(asked, 0.5).toFixed(0)} ms, p99 ${quantile(asked, 0.99).toFixed(0)} ms`,
    ),
  ];
}

function within(name, value, goal) {
  console.log(`${value <= goal ? 'pass' : 'FAIL'}  ${name}\n      ${value.toFixed(1)} (goal: at most ${goal})`);
  return value <= goal;
}

function note(text) {
  console.log(`note  ${text}`);
  return true;
}

function quantile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)];
}

function cli(address) {
  const [host, port] = address.split(':');
  return ['-h', host, '-p', port];
}

async function info(address) {
  const { stdout } = await promisify(execFile)('redis-cli', [...cli(address), 'INFO', 'memory']);
  return stdout;
}

/** @throws when it is not answered with 200. */
async function get(url) {
  const answer = await fetch(url);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${text}`);
}

async function post(url, body) {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (answer.status !== 202) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}
