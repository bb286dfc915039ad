#!/usr/bin/env node
/**
 * `npm run dev` of a sample service: runs it from its source, in the folder and with the environment that it is called
 * in, and starts it again after every change. SIGINT, SIGTERM and SIGHUP (a closed terminal) end it
 * in order, and so does the end of npm, which may have been killed and can tell nobody.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { context } from 'esbuild';
import { serviceOptions } from './bundle-service.js';

const PARENT_MS = 500;

const parent = process.ppid;
let program;
let isEnding = false;
let turn = Promise.resolve();

// In a process group of its own: Ctrl-C must not reach it twice, which would cut its end short.
function start() {
  program = spawn(process.execPath, ['dist/main.mjs'], { stdio: 'inherit', detached: true });
}

async function stop() {
  if (program === undefined || program.exitCode !== null || program.signalCode !== null) return;
  const ended = once(program, 'exit');
  program.kill('SIGTERM');
  await ended;
}

const restart = {
  name: 'restart',
  setup: (build) =>
    build.onEnd(({ errors }) => {
      if (errors.length > 0) return;
      turn = turn.then(stop).then(start);
    }),
};

const source = await context({ ...serviceOptions(process.cwd()), plugins: [restart] });

// Ctrl-C comes twice, from the terminal and from npm: the second must not cut short what the first began.
async function end() {
  if (isEnding) return;
  isEnding = true;
  await source.dispose();
  await turn.then(stop);
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => {
    if (process.ppid !== parent) void end();
  }, PARENT_MS).unref();
}
await source.watch();
