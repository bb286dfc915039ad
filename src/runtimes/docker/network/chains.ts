/** Chains of iptables of our own in the network namespace of a container: put in place, counted, and taken away again. */
import { faultFailed, inNamespace, type Namespace } from './namespace.ts';

export interface Chain {
  readonly table: 'filter' | 'nat';
  /** The chain of the kernel that leads to it. */
  readonly hook: string;
  readonly name: string;
}

/** What the rules are for, in the words of errors. */
export interface Purpose {
  /** E.g. `the rules that drop packets`. */
  readonly rules: string;
  /** What is so without them, e.g. `packets pass again`. */
  readonly without: string;
}

/**
 * Puts chains that are not there yet in place, with their rules: those of a table all at the same time.
 * @param rulesIn of each table, in the words of iptables-restore.
 * @returns when the kernel was asked: they were not there before.
 * @throws E_FAULT_FAILED
 */
export async function addChains(
  namespace: Namespace,
  chains: readonly Chain[],
  rulesIn: Readonly<Partial<Record<Chain['table'], readonly string[]>>>,
  { rules }: Purpose,
): Promise<number> {
  const lines = tablesOf(chains).flatMap((table) => {
    const own = chains.filter((chain) => chain.table === table);
    return [
      `*${table}`,
      ...own.map(({ name }) => `:${name} - [0:0]`),
      ...(rulesIn[table] ?? []),
      ...own.map(({ hook, name }) => `-I ${hook} 1 -j ${name}`),
      'COMMIT',
    ];
  });
  const argv = ['--noflush', '-w', '5'];
  const input = [...lines, ''].join('\n');
  const { failed, stderr, toldAt } = await inNamespace(namespace, 'iptables-restore', argv, input);
  if (failed) throw faultFailed(`${rules} were not taken: ${stderr.trim()}`);
  return toldAt;
}

/** A no-op where there are none. @throws E_FAULT_FAILED when some are left. */
export async function removeChains(
  namespace: Namespace,
  chains: readonly Chain[],
  { rules, without }: Purpose,
): Promise<void> {
  for (const { table, hook, name } of chains) {
    while (!(await iptables(namespace, table, '-D', hook, '-j', name)).failed);
    await iptables(namespace, table, '-F', name);
    await iptables(namespace, table, '-X', name);
  }
  for (const table of tablesOf(chains)) {
    const { failed, stdout, stderr } = await iptables(namespace, table, '-S');
    if (failed) throw faultFailed(`whether ${without} is not known: ${stderr.trim()}`);
    if (chains.some(({ name }) => stdout.includes(name))) throw faultFailed(`${rules} cannot be taken away`);
  }
}

/** Packets that came to a rule with this target so far, by the kernel's own counters. */
export async function packetsTo(target: string, namespace: Namespace, chains: readonly Chain[]): Promise<number> {
  const listed = await Promise.all(chains.map(({ table, name }) => iptables(namespace, table, '-nvxL', name)));
  const lines = listed.flatMap(({ stdout }) => stdout.split('\n'));
  const counted = lines.map((line) => /^\s*(\d+)\s+\d+\s+(\S+)/.exec(line) ?? []);
  return counted.reduce((sum, [, packets, to]) => sum + (to === target ? Number(packets) : 0), 0);
}

function tablesOf(chains: readonly Chain[]): readonly Chain['table'][] {
  return [...new Set(chains.map(({ table }) => table))];
}

function iptables(namespace: Namespace, table: Chain['table'], ...args: readonly string[]) {
  return inNamespace(namespace, 'iptables', ['-w', '5', '-t', table, ...args]);
}
