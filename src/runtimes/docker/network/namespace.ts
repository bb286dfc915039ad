/** What is done in the network namespace of a container, from the Engine's machine, as root. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StackctlError } from '../../../errors.ts';
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

export async function inNamespace({ pid, env }: Namespace, program: string, args: readonly string[], input = '') {
  const { execa } = await import('execa');
  const file = programOf(env, program);
  if (file === undefined) throw faultFailed(`there is no program ${program}`);
  const argv = ['--net', '--target', String(pid), '--', file, ...args];
  const { failed, stdout, stderr } = await execa('nsenter', argv, { input, reject: false });
  return { failed, stdout, stderr };
}

export function faultFailed(problem: string): StackctlError {
  return new StackctlError('E_FAULT_FAILED', problem, {
    hint: '`stackctl status` shows the state of every instance; `stackctl heal` takes back what is in place.',
  });
}
