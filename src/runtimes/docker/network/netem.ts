/**
 * The fault `slow` where the kernel can do it itself (`netem`): what a container says to its peers is held back on its way out.
 * When all of a group are slowed down, each way is late once, as with the program of slow-links.ts, and to connect is too.
 */
import type { FaultOptions } from '../../../stack/contract/runtime-facts.ts';
import { faultFailed, inNamespace, type Namespace, programOf } from './namespace.ts';

/** Of a device with rules of ours: by these handles they are found again. */
const ROOT = '5ac0:';
const HELD_BACK = '5ac4:';
/** A band that nothing falls into by itself, beside the usual three. */
const BAND = '5ac0:4';

export interface NetemTarget {
  readonly namespace: Namespace;
  /** The container's own address in the project's network. */
  readonly host: string;
  /** To whom what it says is late. */
  readonly peers: readonly string[];
}

/**
 * @returns false where this cannot be done: the kernel has no netem or nothing to tell packets apart by, the device has a
 *   discipline of somebody else, there is no `tc`. Nothing is in place then.
 * @throws E_FAULT_FAILED
 */
export async function holdBack(target: NetemTarget, { delayMs = 0, jitterMs = 0 }: FaultOptions): Promise<boolean> {
  const { namespace, host, peers } = target;
  if (!canUse(namespace)) return false;
  const device = await deviceOf(namespace, host);
  if (device === undefined) throw faultFailed(`no device of it has the address ${host}`);
  const { failed } = await tc(namespace, [
    `qdisc add dev ${device} root handle ${ROOT} prio bands 4`,
    // With a rate packets stay in their order, whatever the delay of each; this one is faster than any of these devices.
    `qdisc add dev ${device} parent ${BAND} handle ${HELD_BACK} netem delay ${delayMs}ms ${jitterMs}ms rate 10gbit`,
    // Only by these anything is late.
    ...peers.map(
      (peer) => `filter add dev ${device} parent ${ROOT} protocol ip prio 1 u32 match ip dst ${peer}/32 flowid ${BAND}`,
    ),
  ]);
  if (failed) await letGo(namespace);
  return !failed;
}

/** Packets that were held back so far, by the kernel's own count; 0 where none are. */
export async function heldBackPackets(namespace: Namespace): Promise<number> {
  if (!canUse(namespace)) return 0;
  const { stdout } = await inNamespace(namespace, 'tc', ['-s', 'qdisc', 'show']);
  // qdisc netem 5ac4: dev eth0 parent 5ac0:4 limit 1000 delay 100ms 50ms
  //  Sent 7350 bytes 75 pkt (dropped 0, overlimits 0 requeues 0)
  const counts = stdout.matchAll(new RegExp(`netem ${HELD_BACK} [^\\n]*\\n Sent \\d+ bytes (\\d+) pkt`, 'g'));
  return [...counts].reduce((sum, [, packets]) => sum + Number(packets), 0);
}

/** Takes it away from every device that has it. A no-op where none has. @throws E_FAULT_FAILED when it stays. */
export async function letGo(namespace: Namespace): Promise<void> {
  if (!canUse(namespace)) return;
  for (const device of await devicesWith(namespace)) await tc(namespace, [`qdisc del dev ${device} root`]);
  const left = await devicesWith(namespace);
  if (left.length > 0) throw faultFailed(`packets on ${left.join(', ')} are still held back`);
}

/** What a kernel says that has no disciplines at all. */
const NONE = /Operation not supported/i;

function canUse({ env }: Namespace): boolean {
  return ['tc', 'ip'].every((program) => programOf(env, program) !== undefined);
}

async function devicesWith(namespace: Namespace): Promise<readonly string[]> {
  const { failed, stdout, stderr } = await inNamespace(namespace, 'tc', ['qdisc', 'show']);
  if (failed && NONE.test(stderr)) return [];
  if (failed) throw faultFailed(`whether packets are held back is not known: ${stderr.trim()}`);
  return [...stdout.matchAll(new RegExp(`^qdisc prio ${ROOT} dev (\\S+) root`, 'gm'))].map(([, device = '']) => device);
}

async function deviceOf(namespace: Namespace, host: string): Promise<string | undefined> {
  const { stdout } = await inNamespace(namespace, 'ip', ['-o', '-4', 'addr', 'show']);
  // 7: eth0    inet 172.28.0.2/16 brd 172.28.255.255 scope global eth0
  const lines = [...stdout.matchAll(/^\d+: (\S+)\s+inet ([\d.]+)\//gm)];
  return lines.find(([, , address]) => address === host)?.[1]?.replace(/@.*/, '');
}

/** All of it, or up to the first line that is wrong. */
function tc(namespace: Namespace, lines: readonly string[]) {
  return inNamespace(namespace, 'tc', ['-batch', '-'], `${lines.join('\n')}\n`);
}
