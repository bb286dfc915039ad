import { readFile } from 'node:fs/promises';
import { defined } from '../../lib/defined.ts';
import { membersOf } from '../../lib/process-group.ts';
import { runStateOf } from '../../programs/supervisor/protocol/recover.ts';
import type { Logged } from '../../stack/contract/inside.ts';
import type { RuntimeInput } from '../../stack/contract/runtime.ts';
import type { LogStart } from '../../stack/contract/runtime-options.ts';
import { existing } from './existing.ts';
import { linesSince, logged } from './logs/logged.ts';

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

/** The last lines of the log since a start. @throws E_INSTANCE_NOT_FOUND; the signal's reason. */
export async function lastLinesOf(
  input: RuntimeInput,
  name: string,
  { count, since, signal }: { readonly count: number; readonly since: LogStart; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { startedAt, logBytes } = since;
  if (startedAt === undefined) return [];
  const { folders } = await existing(input, name);
  let lines: string[] = [];
  for await (const line of linesSince(folders, { startedAt, ...defined({ logBytes }) }, signal)) {
    lines.push(line);
    if (lines.length > 2 * count) lines = lines.slice(-count);
  }
  return lines.slice(-count);
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
