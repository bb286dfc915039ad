#!/usr/bin/env node
/**
 * `npm run dev` of a sample service: runs it from its source, in the folder and with the environment that it is called
 * in, and starts it again after every change. SIGINT and SIGTERM end it in order.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { context } from 'esbuild';
import { serviceOptions } from './bundle-service.js';

let program;
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
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await source.dispose();
    await turn.then(stop);
    process.exit(0);
  });
}
await source.watch();
