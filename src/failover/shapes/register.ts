import type { WriteRecord } from '../../stack/contract/failover.ts';

export interface Last {
  /** Who was read. */
  readonly node: string;
  /** What the register holds in the end; 0 for nothing. */
  readonly value: number;
}

/**
 * The writes that the register has gone through to come to its last value, newest first: each answer names the value that it
 * replaced, so from the last one a chain leads back to the first. A write that is not in it was taken back, together with what it
 * had replaced. A write without an answer names nobody. What it replaced is then taken for the last acknowledged one that was sent
 * before it; or, because it may have been applied long after it was sent, a later one of the server at which the chain goes on.
 * So where such a write is the first of a new master's, what the old one had and the new one had not is not seen to be lost.
 * One writer sends the values in ascending order.
 */
export function chainOf(history: readonly WriteRecord[], { node, value }: Last): readonly number[] {
  const records = new Map(history.map((record) => [record.value, record]));
  const acked = history.filter(({ outcome }) => outcome === 'acked').sort((a, b) => a.value - b.value);
  const chain = new Set<number>();
  let next = { node, value: Number.POSITIVE_INFINITY };
  // A server that hung may apply what two connections sent in another order: it must end all the same.
  for (let link = value; link > 0 && !chain.has(link); ) {
    chain.add(link);
    const record = records.get(link);
    const isAcked = record?.outcome === 'acked';
    const replaced = isAcked ? record.answer : undefined;
    if (isAcked) next = { node: record.node ?? '', value: link };
    link = replaced ?? replacedBy(link, next, acked, chain);
  }
  return [...chain];
}

/** 0 for none. @param next of the chain, i.e. the acknowledged write that came after it, and whose server that was. */
function replacedBy(
  link: number,
  next: { readonly node: string; readonly value: number },
  acked: readonly WriteRecord[],
  chain: ReadonlySet<number>,
): number {
  const before = acked.findLast(({ value }) => value < link && !chain.has(value))?.value ?? 0;
  const bySame = acked.findLast(({ value, node }) => node === next.node && value < next.value && !chain.has(value));
  return Math.max(before, bySame?.value ?? 0);
}
