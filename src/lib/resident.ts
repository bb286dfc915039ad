/** A process and the folder that it works in. */
export interface Resident {
  readonly pid: number;
  readonly session: number;
  /** 0: it has no terminal. */
  readonly terminal: number;
  readonly startTicks: number;
  readonly folder: string;
}

/** @param stat text of /proc/PID/stat. @param folder target of /proc/PID/cwd. */
export function residentOf(pid: number, stat: string, folder: string): Resident {
  // Fields behind the command name, which may hold spaces and parentheses: state, parent, group, session, terminal, …
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [, , , session, terminal] = fields;
  return { pid, session: Number(session), terminal: Number(terminal), startTicks: Number(fields[19]), folder };
}

/**
 * Whether a process can only be a server that a supervisor started in `folder`: it works there (the folder may be
 * deleted by now), leads a session of its own, and has no terminal. A shell in which somebody looks around there has
 * one, and what runs in it leads no session.
 */
export function isServerIn(folder: string, { pid, session, terminal, folder: at }: Resident): boolean {
  return (
    pid === session && terminal === 0 && (at === folder || at === `${folder} (deleted)` || at.startsWith(`${folder}/`))
  );
}
