import { readdir, readFile, readlink } from 'node:fs/promises';
import { readProcStat } from './proc-stat.ts';

/**
 * Absolute paths of the files that some processes, or those that they started, hold open for writing. Only Linux shows it;
 * elsewhere none.
 * @param leaders pids of leaders of sessions.
 */
export async function filesOpenForWriting(leaders: readonly number[]): Promise<ReadonlySet<string>> {
  if (process.platform !== 'linux' || leaders.length === 0) return new Set();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const members = pids.filter((pid) => leaders.includes(readProcStat(Number(pid))?.session ?? -1));
  return new Set((await Promise.all(members.map(openIn))).flat());
}

/** What ended meanwhile, or belongs to another user, holds nothing that can be seen. */
async function openIn(pid: string): Promise<readonly string[]> {
  const numbers = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const found = numbers.map(async (number) => {
    const info = await readFile(`/proc/${pid}/fdinfo/${number}`, 'utf8').catch(() => '');
    return isForWriting(info) ? [await readlink(`/proc/${pid}/fd/${number}`).catch(() => '')] : [];
  });
  return (await Promise.all(found)).flat().filter((path) => path.startsWith('/'));
}

/** See proc_pid_fdinfo(5): `flags` is octal, its last two bits are the access mode, 1 and 2 of which write. */
export function isForWriting(info: string): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1];
  return flags !== undefined && [1, 2].includes(Number.parseInt(flags, 8) & 3);
}
