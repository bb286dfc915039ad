import { execFileSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';

/** The runtimes, for tests that loop over both. */
export const RUNTIMES = ['process', 'docker'] as const satisfies readonly RuntimeName[];

/** Whether this is the long suite, which sets STACKCTL_TEST_RUNTIMES=all for every file that asks here. */
function isLongSuite(): boolean {
  return process.env.STACKCTL_TEST_RUNTIMES === 'all';
}

/**
 * The runtimes of a long scenario whose other half is nearly the same work: in the gate the one that is named, and all of
 * them in the long suite.
 */
export function gateRuntimes(first: RuntimeName): readonly RuntimeName[] {
  return isLongSuite() ? RUNTIMES : [first];
}

/** The rounds of a scenario that differ in little: in the gate a few of them, or none; all of them in the long suite. */
export function gateRounds<T>(few: readonly T[], all: readonly T[]): readonly T[] {
  return isLongSuite() ? all : few;
}

type Context = Pick<TestContext, 'task' | 'skip'>;

/**
 * Skips the test when this machine lacks what a runtime needs, and says why: in the log and in the report of the test.
 * STACKCTL_REQUIRE (a list with commas) names the runtimes that must be there: then their absence is a failure.
 */
export function requireRuntime(context: Context, runtime: RuntimeName): void {
  const reason = missing(runtime);
  if (reason === undefined) return;
  if ((process.env.STACKCTL_REQUIRE ?? '').split(',').includes(runtime)) throw new Error(`required: ${reason}`);
  skipBecause(context, reason);
}

/** For tests that let Compose read files: the command line client and its plugin are enough, nothing is started. */
export function requireCompose(context: Context): void {
  if (works('docker', ['compose', 'version'])) return;
  const reason = 'docker compose is not installed';
  if ((process.env.STACKCTL_REQUIRE ?? '').split(',').includes('docker')) throw new Error(`required: ${reason}`);
  skipBecause(context, reason);
}

/** For tests that mount a file system. */
export function requireRoot(context: Context): void {
  if (process.getuid?.() !== 0) skipBecause(context, 'only root may mount a file system');
}

function skipBecause({ task, skip }: Context, reason: string): void {
  Object.assign(task.meta, { skipped: reason });
  process.stderr.write(`skipped: ${task.name}: ${reason}\n`);
  skip(reason);
}

function missing(runtime: RuntimeName): string | undefined {
  if (runtime === 'docker') return works('docker', ['version']) ? undefined : 'no Docker Engine answers';
  const lacking = ['redis-server', 'redis-cli'].filter((program) => !works(program, ['--version']));
  return lacking.length === 0 ? undefined : `${lacking.join(' and ')} not installed`;
}

function works(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, [...args], { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false; // not there, or no answer: the reason for the skip
  }
}
