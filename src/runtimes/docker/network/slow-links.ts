/**
 * The fault `slow`: what other instances say to a container, and it to them, arrives later. A program in the container's network
 * namespace passes it on (src/programs/slow-link), and rules there send the others' connections to it. Connections that were there
 * before are reset, so that they are made anew.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../../lib/package-root.ts';
import { poll } from '../../../lib/poll.ts';
import type { SlowLinkOrder, SlowLinkPorts } from '../../../programs/slow-link/protocol/orders.ts';
import type { FaultOptions } from '../../../stack/contract/runtime-facts.ts';
import { addChains, type Chain, type Purpose, packetsTo, removeChains } from './chains.ts';
import { faultFailed, type Namespace, programOf } from './namespace.ts';

const REDIRECTED: Chain = { table: 'nat', hook: 'PREROUTING', name: 'STACKCTL_SLOW' };
/** What was redirected has another port by then: only connections of before come here. */
const RESET: Chain = { table: 'filter', hook: 'INPUT', name: 'STACKCTL_RESET' };
const CHAINS = [REDIRECTED, RESET];
const PURPOSE: Purpose = { rules: 'the rules that slow connections down', without: 'connections are fast again' };
const PROGRAM = 'slow-link.js';
const START_MS = 10_000;
const END_MS = 5000;

export interface SlowTarget {
  readonly namespace: Namespace;
  /** The container's, by which the program is found again. */
  readonly id: string;
  /** Its own address in the project's network. */
  readonly host: string;
  /** Of those who hear it late. */
  readonly peers: readonly string[];
}

/** @throws E_FAULT_FAILED */
export async function slowDown(target: SlowTarget, { ports = [], delayMs = 0, jitterMs = 0 }: FaultOptions) {
  const listening = await startLink(target, { host: target.host, ports, pid: target.namespace.pid, delayMs, jitterMs });
  const pairs = target.peers.flatMap((peer) => ports.map((port) => ({ peer, port })));
  const nat = pairs.map(
    ({ peer, port }) =>
      `-A ${REDIRECTED.name} -s ${peer} -p tcp --dport ${port} -j REDIRECT --to-ports ${listening[port]}`,
  );
  const filter = pairs.map(
    ({ peer, port }) => `-A ${RESET.name} -s ${peer} -p tcp --dport ${port} -j REJECT --reject-with tcp-reset`,
  );
  await addChains(target.namespace, CHAINS, { nat, filter }, PURPOSE);
}

/** New connections that the rules have sent to the program so far, by the kernel's own counters. */
export function slowConnections(namespace: Namespace): Promise<number> {
  return packetsTo('REDIRECT', namespace, [REDIRECTED]);
}

/**
 * Takes rules and programs away. A no-op where there are none. With `undefined` the namespace is gone, and the program is not.
 * @throws E_FAULT_FAILED when some are left.
 */
export async function speedUp(namespace: Namespace | undefined, id: string): Promise<void> {
  if (namespace !== undefined) await removeChains(namespace, CHAINS, PURPOSE);
  for (const pid of linksOf(id)) end(pid);
  await poll(() => (linksOf(id).length === 0 ? true : undefined), {
    everyMs: 10,
    signal: AbortSignal.timeout(END_MS),
  }).catch(() => Promise.reject(faultFailed('the program that slows connections down does not end')));
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended with its container just now.
  }
}

/** Resolves when it takes connections. It lives on when this command has ended. */
async function startLink({ namespace, id }: SlowTarget, order: SlowLinkOrder): Promise<SlowLinkPorts> {
  const nsenter = programOf(namespace.env, 'nsenter');
  if (nsenter === undefined) throw faultFailed('there is no program nsenter');
  const program = [process.execPath, join(packageRoot(), 'dist', PROGRAM), id, JSON.stringify(order)];
  const argv = ['--net', '--target', String(namespace.pid), '--', ...program];
  const child = spawn(nsenter, argv, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout });
  try {
    const line = once(lines, 'line', { signal: AbortSignal.timeout(START_MS) });
    const [text] = await Promise.race([
      line,
      once(child, 'exit').then(() => Promise.reject(new Error('it has ended'))),
    ]);
    return JSON.parse(String(text)) as SlowLinkPorts;
  } catch (error) {
    throw faultFailed(`the program that slows connections down does not start: ${(error as Error).message}`);
  } finally {
    lines.close();
    child.stdout.destroy();
    child.unref();
  }
}

/** By its arguments: it has been started by a command that may be gone. */
function linksOf(id: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const words = argumentsOf(pid);
      return words.includes(id) && words.some((word) => word.endsWith(`/${PROGRAM}`));
    })
    .map(Number);
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}
