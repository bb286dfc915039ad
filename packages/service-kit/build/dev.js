/**
 * `npm run dev` of a program: runs it from its source, in the folder and with the environment that it is called in, and
 * starts it again after every change. SIGINT, SIGTERM and SIGHUP (a closed terminal) end it in order, and so does the
 * end of npm, which may have been killed without passing that on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { context } from 'esbuild';
import { bundleOptions } from './bundle.js';

const PARENT_MS = 500;

/** Resolves when the program is being watched; the process lives until a signal ends it. */
export async function develop(folder) {
  const program = createProgram();
  const source = await context({ ...bundleOptions(folder), plugins: [afterEachBuild(program.restart)] });
  endWith(async () => {
    await source.dispose();
    await program.stop();
    process.exit(0);
  });
  await source.watch();
}

/** The program, started again and stopped in turn: a change that comes meanwhile waits. */
function createProgram() {
  let child;
  let turn = Promise.resolve();
  // In a process group of its own: Ctrl-C must not reach it twice, which would cut its end short.
  const start = () => {
    child = spawn(process.execPath, ['dist/main.mjs'], { stdio: 'inherit', detached: true });
  };
  const stop = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return {
    restart: () => {
      turn = turn.then(stop).then(start);
    },
    stop: () => turn.then(stop),
  };
}

/** Source with a mistake in it leaves the program as it runs; esbuild prints the mistake. */
function afterEachBuild(restart) {
  return {
    name: 'restart',
    setup: (build) =>
      build.onEnd(({ errors }) => {
        if (errors.length === 0) restart();
      }),
  };
}

/** Calls `end` once: Ctrl-C comes twice, from the terminal and from npm, and must not cut short what the first began. */
function endWith(end) {
  const parent = process.ppid;
  let isEnding = false;
  const endOnce = async () => {
    if (isEnding) return;
    isEnding = true;
    await end();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, endOnce);
  if (process.env.npm_lifecycle_event === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) void endOnce();
  }, PARENT_MS).unref();
}
