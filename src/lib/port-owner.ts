import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { StackctlError, systemCode } from '../errors.ts';
import { commandOf } from './process-identity.ts';

export interface PortHolder {
  /** Undefined where the process cannot be seen, e.g. another user's. */
  readonly pid?: number;
  readonly command?: string;
  /** No process has it any more: a connection from this port was closed, and the kernel keeps the port for a minute. */
  readonly closing?: true;
}

/**
 * Who has a TCP port of this machine's loopback; undefined when it is free. Tries to bind the port for a moment, as a
 * server does: a listener's own old connections are no obstacle then, the end of a connection to elsewhere is.
 * @throws E_PORT_IN_USE for a port that this user may not bind at all.
 */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  for (const host of hostsToTry()) {
    if (await canBind(port, host)) continue;
    const owner = await ownerOf(port);
    // No holder was found: perhaps the port became free in between.
    if (owner !== undefined || !(await canBind(port, host))) return owner ?? {};
  }
  return undefined;
}

/** The process that listens on a port or has a connection from it; undefined when it cannot be found out. */
export async function ownerOf(port: number): Promise<PortHolder | undefined> {
  const pid = process.platform === 'linux' ? pidOnLinux(port) : await pidByLsof(port);
  if (pid === 'closing') return { closing: true };
  if (pid === undefined) return undefined;
  const command = commandOf(pid);
  return command === '' ? { pid } : { pid, command };
}

/**
 * `localhost` of a client may mean ::1, so a listener there is in the way too. Linux refuses 127.0.0.1 when 0.0.0.0 is
 * taken; BSD and macOS do not.
 */
function hostsToTry(): readonly string[] {
  return process.platform === 'linux' ? ['127.0.0.1', '::1'] : ['127.0.0.1', '::1', '0.0.0.0'];
}

async function canBind(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, exclusive: true }, resolve);
    });
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EADDRINUSE') return false;
    // No IPv6 on this machine.
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return true;
    throw new StackctlError('E_PORT_IN_USE', `port ${port} cannot be used on ${host}: ${code}`, {
      hint: 'Ports below 1024 need more rights. Choose a higher one with --set.',
      details: { port },
      cause: error,
    });
  }
}

/**
 * Which of these processes listens on a port; undefined: somebody else does, and none of them. `nobody`: nothing listens
 * there, or it cannot be seen. Linux only.
 */
export function listenerAmong(port: number, pids: readonly number[]): number | 'nobody' | undefined {
  const inodes = socketsOnLinux(port).flatMap(({ isListening, inode }) => (isListening && inode ? [inode] : []));
  if (inodes.length === 0) return 'nobody';
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  return pids.find((pid) => holdsOne(`/proc/${pid}/fd`, sockets));
}

function socketsOnLinux(port: number): readonly SocketRow[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].map(readOrNothing).flatMap((table) => socketsAt(table, port));
}

function pidOnLinux(port: number): number | 'closing' | undefined {
  const found = socketsOnLinux(port);
  if (found.length > 0 && found.every(({ inode }) => inode === undefined)) return 'closing';
  const listening = found.some(({ isListening }) => isListening);
  const inodes = found.filter(({ isListening }) => isListening === listening).flatMap(({ inode }) => inode ?? []);
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const holder = pids.find((pid) => holdsOne(`/proc/${pid}/fd`, sockets));
  return holder === undefined ? undefined : Number(holder);
}

export interface SocketRow {
  readonly isListening: boolean;
  /** Undefined: no process has the socket any more, e.g. in state TIME_WAIT. */
  readonly inode: string | undefined;
}

/** The sockets with this local port; see proc_net_tcp in the kernel's documentation (state 0A is LISTEN). */
export function socketsAt(table: string, port: number): readonly SocketRow[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local = '', , state] = fields;
    const inode = fields[9];
    if (!local.endsWith(`:${wanted}`) || inode === undefined) return [];
    return [{ isListening: state === '0A', inode: inode === '0' ? undefined : inode }];
  });
}

/** Synchronous: of /proc each call takes a tenth of what it takes over the threads of libuv. */
function holdsOne(folder: string, sockets: ReadonlySet<string>): boolean {
  // A process that ended meanwhile, or one of another user, has nothing to be seen.
  const descriptors = orElse([], () => readdirSync(folder));
  return descriptors.some((name) => sockets.has(orElse('', () => readlinkSync(`${folder}/${name}`))));
}

function readOrNothing(path: string): string {
  return orElse('', () => readFileSync(path, 'utf8'));
}

function orElse<T>(otherwise: T, look: () => T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

async function pidByLsof(port: number): Promise<number | undefined> {
  const { execFile } = await import('node:child_process');
  const output = await new Promise<string>((resolve) => {
    // lsof exits 1 when it finds nothing and may not be installed: both mean that the owner is unknown.
    execFile('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'], (_error, stdout) => resolve(stdout));
  });
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  return pid === undefined ? undefined : Number(pid);
}
