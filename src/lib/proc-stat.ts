import { readFileSync } from 'node:fs';
import { systemCode } from '../errors.ts';

/** What Linux says about a process in /proc/PID/stat, as far as it is used here. See proc_pid_stat(5). */
export interface ProcStat {
  readonly pid: number;
  /** One letter: `R`, `S`, `T` (stopped by a signal), `Z` (ended, not yet waited for), … */
  readonly state: string;
  readonly group: number;
  readonly session: number;
  /** Number of its terminal; 0: it has none. */
  readonly terminal: number;
  /** When it was started, in clock ticks since the machine was. */
  readonly startTicks: number;
}

/** Undefined when there is no such process. Linux only. */
export function readProcStat(pid: number): ProcStat | undefined {
  try {
    return parseProcStat(pid, readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

/** @param text all of /proc/PID/stat. */
export function parseProcStat(pid: number, text: string): ProcStat {
  // The name of the command (field 2) may hold spaces and parentheses: fields are counted from its last parenthesis on.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group, session, terminal] = fields;
  return {
    pid,
    state,
    group: Number(group),
    session: Number(session),
    terminal: Number(terminal),
    startTicks: Number(fields[19]),
  };
}
