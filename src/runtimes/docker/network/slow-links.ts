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
import { faultFailed, inNamespace, type Namespace, programOf } from './namespace.ts';

const [REDIRECTED, RESET] = ['STACKCTL_SLOW', 'STACKCTL_RESET'] as const;
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
  const rules = [
    '*nat',
    `:${REDIRECTED} - [0:0]`,
    ...pairs.map(
      ({ peer, port }) =>
        `-A ${REDIRECTED} -s ${peer} -p tcp --dport ${port} -j REDIRECT --to-ports ${listening[port]}`,
    ),
    `-I PREROUTING 1 -j ${REDIRECTED}`,
    'COMMIT',
    '*filter',
    `:${RESET} - [0:0]`,
    // What was redirected has another port by now: only connections of before come here.
    ...pairs.map(({ peer, port }) => `-A ${RESET} -s ${peer} -p tcp --dport ${port} -j REJECT --reject-with tcp-reset`),
    `-I INPUT 1 -j ${RESET}`,
    'COMMIT',
    '',
  ];
  const { failed, stderr } = await inNamespace(
    target.namespace,
    'iptables-restore',
    ['--noflush', '-w', '5'],
    rules.join('\n'),
  );
  if (failed) throw faultFailed(`the rules that slow connections down were not taken: ${stderr.trim()}`);
}

/** New connections that the rules have sent to the program so far, by the kernel's own counters. */
export async function slowConnections(namespace: Namespace): Promise<number> {
  const { stdout } = await inNamespace(namespace, 'iptables', ['-w', '5', '-t', 'nat', '-nvxL', REDIRECTED]);
  const counts = stdout.split('\n').map((line) => Number(/^\s*(\d+)\s+\d+\s+REDIRECT\b/.exec(line)?.[1] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Takes rules and programs away. A no-op where there are none. With `undefined` the namespace is gone, and the program is not.
 * @throws E_FAULT_FAILED when some are left.
 */
export async function speedUp(namespace: Namespace | undefined, id: string): Promise<void> {
  if (namespace !== undefined) await removeRules(namespace);
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

async function removeRules(namespace: Namespace): Promise<void> {
  const chains = [
    { table: 'nat', hook: 'PREROUTING', chain: REDIRECTED },
    { table: 'filter', hook: 'INPUT', chain: RESET },
  ];
  for (const { table, hook, chain } of chains) {
    const iptables = (...args: readonly string[]) =>
      inNamespace(namespace, 'iptables', ['-w', '5', '-t', table, ...args]);
    while (!(await iptables('-D', hook, '-j', chain)).failed);
    await iptables('-F', chain);
    await iptables('-X', chain);
    const { failed, stdout, stderr } = await iptables('-S');
    if (failed) throw faultFailed(`whether connections are fast again is not known: ${stderr.trim()}`);
    if (stdout.includes(chain)) throw faultFailed('the rules that slow connections down cannot be taken away');
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
