import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { timed } from './compare.js';
import { bareNode, freePorts } from './programs.js';

const ROUNDS = Number(process.env.BENCH_LIBRARY_ROUNDS ?? 15);
/** Not reached: a server with its append-only file, started by its script, takes 1.8 times as long as a bare one by itself. */
const GOAL = 2;
const LOOK_MS = 1;

/**
 * `up('redis')` of the library on this machine until the stack is ready, beside a bare redis-server until it answers PING;
 * dispose, and where the time goes, are told.
 */
export async function library(report) {
  const { up } = await import('../dist/api.js');
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-bench-library-'));
  const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state') };
  const phases = [];
  const ends = [];
  const ours = async () => {
    const began = performance.now();
    const seen = {};
    const onEvent = ({ text }) => {
      for (const [name, pattern] of PHASES) if (pattern.test(text)) seen[name] ??= performance.now() - began;
    };
    const stack = await up('redis', { runtime: 'process', env, onEvent });
    const ms = performance.now() - began;
    phases.push({ ...seen, ready: ms });
    ends.push(await timed(() => stack.dispose()));
    return ms;
  };
  try {
    const name = "up('redis') of the library : redis-server until PING";
    const passed = await report({ name, goal: GOAL, rounds: ROUNDS, ours, theirs: () => bareServer(folder) });
    const parts = [...PHASES.map(([title]) => title), 'ready'].map((title) => `${title} ${median(phases, title)} ms`);
    const nodeMs = await medianOf(() => timed(bareNode));
    console.log(`note  up('redis'): ${parts.join(', ')}; dispose ${mid(ends).toFixed(0)} ms; node alone ${nodeMs} ms`);
    return [passed];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** When `up` says so for the first time. */
const PHASES = [
  ['opened', /^runtime: /],
  ['rendered', /: start, starting/],
  ['started', /: (progress|done)/],
];

async function bareServer(folder) {
  const port = await freePorts(1);
  const began = performance.now();
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder], {
    stdio: 'ignore',
  });
  while (!(await answers(port))) await delay(LOOK_MS);
  const ms = performance.now() - began;
  server.kill('SIGKILL');
  await once(server, 'exit');
  return ms;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('error', () => resolve(false));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function median(rows, title) {
  return mid(rows.map((row) => row[title] ?? Number.NaN)).toFixed(0);
}

function mid(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function medianOf(measure) {
  const values = [];
  for (let round = 0; round < 7; round++) values.push(await measure());
  return mid(values).toFixed(0);
}
