/**
 * npm run bench: stackctl beside what it is compared with, in the same run, as ratios. Exits 1 when a goal is missed.
 * npm run bench -- process docker: only these parts (start, process, supervisor, failover, observer, lexers, library, migrate, generator, traffic, services, ingester, consumer, idle, figures, docker, …).
 *
 *   REDIS_IMAGE     image of the Docker comparisons (default redis:7-alpine)
 *   DBMATE          dbmate, where it is not on PATH
 *   BENCH_PAIRS     hand-overs of each kind, and a quarter as many killed masters (default 20)
 *   BENCH_MOVER_PAIRS    runs of the programs that move events (default 5)
 *   BENCH_IDLE_S    seconds for which a stack at rest is watched (default 20)
 *   BENCH_ROUNDS    runs of each short program (default 20)
 *   STACKCTL_REQUIRE=docker,process    a comparison that cannot run fails instead of being skipped
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, timed } from './compare.js';
import { failover } from './failover.js';
import { figures } from './figures.js';
import { generator } from './generator.js';
import { idle } from './idle.js';
import { lexers } from './lexers.js';
import { library } from './library.js';
import { migrations } from './migrate.js';
import { consumer, ingester } from './movers.js';
import { observer } from './observer.js';
import { bareNode, compose, engineAnswers, freePorts, imageIsThere, stackctl } from './programs.js';
import { services } from './services.js';
import { supervisorAtRest } from './supervisor.js';
import { traffic } from './traffic.js';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 20);
const UP_ROUNDS = 3;
const DOWN_ROUNDS = 7;
const IMAGE = process.env.REDIS_IMAGE ?? 'redis:7-alpine';
const REQUIRED = (process.env.STACKCTL_REQUIRE ?? '').split(',');

const noDocker = await whyNoDocker();
const node = () => timed(bareNode);
const onDocker = (name, measure) => () =>
  noDocker === undefined ? measure() : skip(`stackctl ${name} on docker`, 'docker', noDocker);
const PARTS = {
  start: async () => [await besideNode(['--version'], 1.3), await besideNode(['--help'], 1.3)],
  process: () => whileRunning('process'),
  supervisor: () => supervisorAtRest(inProject),
  failover: () => failover(inProject),
  observer: () => observer(inProject, report),
  lexers: () => lexers(report),
  library: () => library(report),
  migrate: () => migrations(report, skip),
  generator,
  traffic: () => traffic(inFolder, report, skip),
  services: () => services(inFolder, report, skip),
  ingester: () => inFolder((folder, options) => ingester(folder, options, report)),
  consumer: () => inFolder((folder, options) => consumer(folder, options, report, skip)),
  idle: () => idle(inFolder, skip),
  figures: () => figures(inFolder, report),
  docker: onDocker('status', () => whileRunning('docker')),
  'docker-up': onDocker('up', upOnDocker),
  'docker-failover': onDocker('failover', () => failover(inProject, 'docker')),
  'docker-down': onDocker('down', downOnDocker),
};
await tellWhatEveryStartPays();
const passes = [];
for (const part of partsFor(process.argv.slice(2))) passes.push(await PARTS[part]());
const missed = passes.flat().filter((passed) => !passed).length;
console.log(missed === 0 ? 'every goal is reached' : `${missed} missed`);
process.exitCode = missed === 0 ? 0 : 1;

/** A file of certificates that the environment names makes each start of Node.js longer, and both sides of most ratios. */
async function tellWhatEveryStartPays() {
  const { NODE_EXTRA_CA_CERTS: file, ...env } = process.env;
  if (file === undefined) return;
  const { ours, theirs } = await compare({
    name: 'node',
    goal: 1,
    rounds: 10,
    ours: () => timed(bareNode),
    theirs: () => timed(() => bareNode({ env })),
  });
  console.log(
    `note  NODE_EXTRA_CA_CERTS is set, and Node.js reads it at each start: ${ms(ours)} with it, ${ms(theirs)} without`,
  );
}

/** None named: all. */
function partsFor(named) {
  const all = Object.keys(PARTS);
  const unknown = named.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}, only ${all.join(', ')}`);
  return named.length === 0 ? all : named;
}

async function whyNoDocker() {
  if (!(await engineAnswers())) return 'no Docker Engine answers';
  return (await imageIsThere(IMAGE))
    ? undefined
    : `the Engine has no image ${IMAGE} and cannot pull it: set REDIS_IMAGE`;
}

/** One verb beside bare node, which every program on Node.js pays. */
function besideNode(args, goal, on = '', options = undefined) {
  const name = `stackctl ${args.join(' ')}${on} : node`;
  return report({ name, goal, rounds: ROUNDS, ours: () => timed(() => stackctl(args, options)), theirs: node });
}

/** The verbs that people repeat while a project runs. */
async function whileRunning(runtime) {
  return inProject(runtime, async ({ up, options }) => {
    await up();
    return [
      await besideNode(['status', '--json'], 3, ` on ${runtime}`, options),
      await besideNode(['up', '--json'], 4, ` on ${runtime}, which runs already`, options),
      await besideNode(['config', '--json'], 2.5, ` on ${runtime}`, options),
    ];
  });
}

/** From nothing to ready, and down again between the runs, which is not measured. */
async function upOnDocker() {
  return inProject('docker', async ({ up, down }) => {
    const env = await composeEnvironment();
    const project = `stackctl-bench-${process.pid}`;
    const remove = () => compose(project, ['down', '-v', '--timeout', '1'], env);
    const ours = async () => {
      const ms = await timed(up);
      await down();
      return ms;
    };
    const theirs = async () => {
      const ms = await timed(() => compose(project, ['up', '-d', '--wait'], env));
      await remove();
      return ms;
    };
    const name = 'stackctl up redis-sentinel on docker : docker compose up -d --wait';
    return report({ name, goal: 0.35, rounds: UP_ROUNDS, warmUp: false, ours, theirs }).finally(remove);
  });
}

/** Of the same project, which comes up again between the runs: that is not measured. */
async function downOnDocker() {
  return inProject('docker', async ({ up, down, folder }) => {
    const rendered = join(folder, '.stackctl', 'redis-sentinel');
    await up();
    const { id } = JSON.parse(await readFile(join(rendered, 'project.json'), 'utf8'));
    const file = join(rendered, 'rendered', 'compose.yaml');
    const measured = async (end) => {
      await up();
      return timed(end);
    };
    return report({
      name: 'stackctl down --volumes on docker : docker compose down --volumes',
      goal: 1,
      rounds: DOWN_ROUNDS,
      ours: () => measured(down),
      theirs: () => measured(() => compose(id, ['down', '--volumes'], {}, file)),
    });
  });
}

/** A folder for projects whose registry is its own; it is gone afterwards. */
async function inFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-bench-'));
  const options = { cwd: folder, env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') } };
  try {
    return await use(folder, options);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A redis-sentinel project in such a folder, with ports that are free; it is down afterwards. */
function inProject(runtime, measure) {
  return inFolder(async (folder, options) => {
    const values = {
      redisPort: await freePorts(3),
      sentinelPort: await freePorts(3),
      redisImage: IMAGE,
      sentinelImage: IMAGE,
    };
    const set = Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const up = () => stackctl(['up', 'redis-sentinel', '--runtime', runtime, '--json', ...set], options);
    const down = () => stackctl(['down', '--volumes', '--yes', '--json'], options);
    try {
      return await measure({ up, down, options, folder });
    } finally {
      await down();
    }
  });
}

async function composeEnvironment() {
  const [redis, sentinel] = [await freePorts(3), await freePorts(3)];
  const ports = [0, 1, 2].flatMap((index) => [
    [`REDIS_${index + 1}_PORT`, String(redis + index)],
    [`SENTINEL_${index + 1}_PORT`, String(sentinel + index)],
  ]);
  return { REDIS_IMAGE: IMAGE, ...Object.fromEntries(ports) };
}

/** Prints one comparison; true when its goal is reached. */
async function report(pair) {
  const { name, goal, passed, ratio, ours, theirs, rounds } = await compare(pair);
  console.log(`${passed ? 'pass' : 'FAIL'}  ${name}`);
  console.log(
    `      ${times(ratio)} (goal: at most ${Number(goal.toFixed(2))}x), ${ms(ours)} against ${ms(theirs)}, ${rounds} runs each`,
  );
  return passed;
}

function skip(name, need, why) {
  console.log(`${REQUIRED.includes(need) ? 'FAIL' : 'skip'}  ${name}: ${why}`);
  return !REQUIRED.includes(need);
}

function times({ median, low, high }) {
  return `${median.toFixed(2)}x [${low.toFixed(2)} .. ${high.toFixed(2)}]`;
}

function ms({ median, low, high }) {
  return `${median.toFixed(0)} ms [${low.toFixed(0)} .. ${high.toFixed(0)}]`;
}
