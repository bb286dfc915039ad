import { readFile } from 'node:fs/promises';
import { membersOf } from '../../lib/process-group.ts';
import { runStateOf } from '../../programs/supervisor/protocol/recover.ts';
import type { Logged } from '../../stack/contract/inside.ts';
import type { RuntimeInput } from '../../stack/contract/runtime.ts';
import { existing } from './existing.ts';
import { logged } from './logs/logged.ts';

/** Whether a line that the server has logged since its last start matches. @throws E_INSTANCE_NOT_FOUND; the signal's reason. */
export async function loggedBy(
  input: RuntimeInput,
  name: string,
  pattern: RegExp,
  signal: AbortSignal,
): Promise<Logged> {
  const { folders, record } = await existing(input, name);
  const { server } = await runStateOf(folders, record);
  return server === undefined ? 'no' : logged(folders, server, pattern, signal);
}

/** One of the server's processes that is stopped by a signal. */
export async function frozenOf(input: RuntimeInput, name: string): Promise<string | undefined> {
  const { folders, record } = await existing(input, name);
  const { server } = await runStateOf(folders, record);
  const stopped = server === undefined ? undefined : membersOf(server).find((member) => member.stopped);
  return stopped === undefined ? undefined : `pid ${stopped.pid}${await programOf(stopped.pid)}`;
}

/** Nothing on a system without /proc. */
async function programOf(pid: number): Promise<string> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return name === '' ? '' : ` (${name.trim()})`;
}
