/** What is done in the network namespace of a container, from the Engine's machine, as root. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StackctlError } from '../../../errors.ts';
import { pollFor } from '../../../lib/poll.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';

/** Root's PATH, which not everybody has. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

export function programOf(env: RuntimeInput['env'], name: string): string | undefined {
  const folders = [...(env.PATH ?? '').split(delimiter), ...SBIN];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** The namespace of a running container, by its first process. */
export interface Namespace {
  readonly pid: number;
  readonly env: RuntimeInput['env'];
}

export interface Ran {
  readonly failed: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** When it was given its input, on the clock of `performance.now()`: what that says cannot have been done before. */
  readonly toldAt: number;
}

/** @param input is given to it once it waits for it, so that the time that it takes to start is not a part of what it does. */
export async function inNamespace(
  { pid, env }: Namespace,
  program: string,
  args: readonly string[],
  input = '',
): Promise<Ran> {
  const { execa } = await import('execa');
  const file = programOf(env, program);
  if (file === undefined) throw faultFailed(`there is no program ${program}`);
  const argv = ['--net', '--target', String(pid), '--', file, ...args];
  const running = execa('nsenter', argv, { stdin: 'pipe', reject: false });
  if (input !== '') await untilReading(running);
  const toldAt = performance.now();
  running.stdin.end(input);
  const { failed, stdout, stderr } = await running;
  return { failed, stdout, stderr, toldAt };
}

/** Longer than any of them takes to start. One that cannot be watched is told then. */
const START_MS = 200;
/** `read`, from its standard input: proc_pid_syscall(5), on x86-64 and on arm64. */
const READING = /^(0|63) 0x0 /;

async function untilReading(running: Pick<ChildProcess, 'pid' | 'exitCode'>): Promise<void> {
  const isOver = () => running.exitCode !== null || READING.test(callOf(running.pid));
  await pollFor(START_MS, () => (isOver() ? true : undefined), { everyMs: 1 });
}

function callOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/syscall`, 'utf8');
  } catch {
    return ''; // it has ended, or this kernel does not say
  }
}

export function faultFailed(problem: string): StackctlError {
  return new StackctlError('E_FAULT_FAILED', problem, {
    hint: '`stackctl status` shows the state of every instance; `stackctl heal` takes back what is in place.',
  });
}
