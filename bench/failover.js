import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { output, stackctl } from './programs.js';

const WRITER = fileURLToPath(new URL('../dist/failover-writer.js', import.meta.url));
const PAIRS = Number(process.env.BENCH_PAIRS ?? 20);
const RATE_PER_S = 1000;
/** The median write gap of an express hand-over, in milliseconds. */
const GOAL_MS = 25;
/** Written before a hand-over begins. */
const WARM_MS = 500;
const HEALTHY_MS = 60_000;
const DRAIN_MS = 2000;
const GROUP = 'kasagi-master';

/** Masters that are killed: each costs `downAfterMs` and an election. */
const KILLS = Math.ceil(PAIRS / 4);

/**
 * Hand-overs of a redis-sentinel project, express, graceful and stock in turn, while a process of its own writes: the gap
 * between acknowledged writes, the acknowledged writes that are gone, and how the replicas got in step; then the same of
 * masters that are killed, as `failover-test` measures it. Prints all; true when express loses nothing and reaches its goal.
 *
 * @param {(runtime: string, measure: (project: {up: () => Promise<void>, options: object}) => Promise<boolean>) => Promise<boolean>} inProject
 */
export function failover(inProject, runtime = 'process') {
  return inProject(runtime, async ({ up, options }) => {
    await up();
    const runs = { express: [], graceful: [], stock: [] };
    for (let turn = 0; turn < PAIRS; turn++)
      for (const mode of Object.keys(runs)) runs[mode].push(await handOver(mode, options));
    const { gap, lost } = summary(runs.express);
    const passed = gap.median <= GOAL_MS && lost === 0;
    console.log(`${passed ? 'pass' : 'FAIL'}  stackctl failover on ${runtime}, ${RATE_PER_S} writes a second`);
    for (const [mode, ofMode] of Object.entries(runs)) console.log(`      ${line(mode, summary(ofMode))}`);
    console.log(`      (goal: express has a median gap of at most ${GOAL_MS} ms and loses nothing; ${PAIRS} of each)`);
    console.log(`      ${line('kill', summary(await kills(options)))}`);
    console.log(`      (failover-test, ${KILLS} of them, with the writer and the rate that it has)`);
    return passed;
  });
}

/** What `failover-test` says of masters that it kills, one run after the other. */
async function kills(options) {
  const runs = [];
  for (let run = 0; run < KILLS; run++) {
    await healthy(options);
    const { code, out } = await output(['failover-test', '--scenario', 'master-kill', '--json'], options);
    const [report] = JSON.parse(out).data?.runs ?? [];
    if (report === undefined) throw new Error(`failover-test ended with ${code}:\n${out}`);
    runs.push({ gap: report.longestGapMs, acked: report.acked, lost: report.lost });
  }
  return runs;
}

/** One hand-over, from a healthy group to a healthy group. */
async function handOver(mode, options) {
  const instances = await healthy(options);
  const key = `bench:${mode}:${process.pid}:${performance.now()}`;
  const before = await resyncs(instances);
  const writer = await openWriter(instances, key);
  await delay(WARM_MS);
  const begunAt = now();
  await stackctl(['failover', '--mode', mode, '--no-measure', '--json'], options);
  const after = await healthy(options);
  const records = await writer.stop();
  const acked = records.filter(({ outcome }) => outcome.type === 'acked');
  const there = await values(after, key);
  const counts = await resyncs(instances);
  return {
    gap: longestGap(
      acked.map(({ outcome }) => outcome.at),
      begunAt,
    ),
    acked: acked.length,
    lost: acked.filter(({ value }) => !there.has(String(value))).length,
    full: counts.full - before.full,
    partial: counts.partial - before.partial,
  };
}

export async function healthy(options) {
  const until = performance.now() + HEALTHY_MS;
  for (;;) {
    const { code, out } = await output(['health', '--json'], options);
    if (code === 0) return JSON.parse(out).data.instances;
    if (performance.now() > until) throw new Error(`not healthy within ${HEALTHY_MS} ms:\n${out}`);
    await delay(200);
  }
}

/** The writer of `stackctl failover` itself: it does nothing else, and speaks one JSON object a line. */
export async function openWriter(instances, key, part = {}, onRecords = () => undefined) {
  const child = spawn(process.execPath, [WRITER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const records = [];
  let stats;
  const lines = createInterface({ input: child.stdout });
  const opened = once(lines, 'line');
  lines.on('line', (text) => {
    const message = JSON.parse(text);
    if (message.type === 'stopped') stats = message.stats;
    if (message.type !== 'records') return;
    const told = message.records.map(([value, , , at, type, node]) => ({
      value,
      outcome: { type, at: at / 1000, node },
    }));
    records.push(...told);
    onRecords(told);
  });
  const ended = once(child, 'close');
  const say = (message) => child.stdin.write(`${JSON.stringify(message)}\n`);
  const of = (service) => instances.filter((one) => one.service === service).map(reachable);
  const members = of('redis');
  const load = { shape: 'list', lifetimeS: 600, ratePerS: RATE_PER_S, ...part };
  say({ group: GROUP, sentinels: of('sentinel'), members, key, companions: [], ...load });
  await opened;
  return {
    stop: async () => {
      say({ drainMs: DRAIN_MS });
      await ended;
      return Object.assign(records, { stats });
    },
  };
}

function reachable({ name, client, peer }) {
  const [host, port] = client.split(':');
  return { name, peer, host, port: Number(port) };
}

/** What the master holds of the list, which is deleted. */
export async function values(instances, key) {
  const master = instances.find(({ role }) => role === 'master');
  return onServer(master, async (client) => {
    const all = new Set(await client.lrange(key, 0, -1));
    await client.del(key);
    return all;
  });
}

/** Since the servers started, over all of them. */
async function resyncs(instances) {
  const infos = await Promise.all(
    instances
      .filter(({ service }) => service === 'redis')
      .map((one) => onServer(one, (client) => client.info('stats'))),
  );
  const sum = (field) =>
    infos.reduce((total, text) => total + Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)[1]), 0);
  return { full: sum('sync_full'), partial: sum('sync_partial_ok') };
}

async function onServer(instance, use) {
  const { host, port } = reachable(instance);
  const client = new Redis({ host, port, lazyConnect: true });
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** The clock of the writer: CLOCK_MONOTONIC, which all processes share. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

function longestGap(moments, since) {
  const sorted = moments.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((at, index) => (index === 0 || at < since ? 0 : at - sorted[index - 1])));
}

function summary(runs) {
  const sum = (field) => runs.reduce((total, run) => total + run[field], 0);
  const gaps = runs.map(({ gap }) => gap).toSorted((a, b) => a - b);
  const median = (gaps[Math.floor((gaps.length - 1) / 2)] + gaps[Math.ceil((gaps.length - 1) / 2)]) / 2;
  const gap = { median, low: gaps[0], high: gaps.at(-1) };
  return { gap, acked: sum('acked'), lost: sum('lost'), full: sum('full'), partial: sum('partial') };
}

function line(mode, { gap, acked, lost, full, partial }) {
  const spread = `median ${gap.median.toFixed(1)} ms [${gap.low.toFixed(1)} .. ${gap.high.toFixed(1)}]`;
  // A server that was killed has forgotten its counts.
  const resyncs = Number.isNaN(full) ? '' : `, ${full} full and ${partial} partial resyncs`;
  return `${mode.padEnd(8)} gap ${spread}, ${lost} of ${acked} lost${resyncs}`;
}
